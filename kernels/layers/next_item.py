"""The next item of a list: self-attention over the items so far, in four variants.

- plain causal attention with the last item as its query;
- multi-query attention (MQSA): half of the answer comes from a query of the last item (short),
  half from the mean of the last ``queries`` items (long);
- relative convolutional attention (`kernels.layers.rcmha`);
- decoupled embeddings (DARE): queries and keys are made of one table, values and answers of
  another, so that what to look at and what it stands for do not pull at the same numbers.

`transition_distillation` (TED) is a loss for any of them: the embeddings alone are to tell what
follows what within three steps.

Sources: Zhu et al., Collaboration and Transition, WSDM 2024, arXiv 2311.01056, sections 3.2
(L-query, multi-query) and 3.3 (distillation); Feng et al., Long-Sequence Recommendation Models Need
Decoupled Embeddings, ICLR 2025, arXiv 2410.02604, section 4, where the candidate is the query; here
the history is.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from kernels.layers.rcmha import RelativeConvolutionalAttention

Encoder = Literal["plain", "multi-query", "rcmha"]
HOURS = 24


class NextItem(nn.Module):
    """Scores of every item, for each place of a list that was read so far."""

    def __init__(
        self, items: int, *, encoder: Encoder = "plain", decoupled: bool = False, width: int = 32,
        heads: int = 2, longest: int = 48, queries: int = 4, dropout: float = 0.3,
    ) -> None:  # fmt: skip
        """Make a model.

        Args:
            items: How many there are; ``items`` itself stands for the beginning of a day.
            encoder: Which attention.
            decoupled: Whether attention has a table of embeddings of its own.
            width: Channels.
            heads: How many heads; divides ``width``.
            longest: Most items of a list.
            queries: Items whose mean is the long query.
            dropout: Share of channels that are dropped in training.

        Raises:
            ValueError: RCMHA makes queries, keys and values of one input.
        """
        super().__init__()
        if decoupled and encoder == "rcmha":
            raise ValueError("rcmha convolves one input; decoupled embeddings need another encoder")
        self.items = nn.Embedding(items + 1, width)
        self.attended = nn.Embedding(items + 1, width) if decoupled else self.items
        self.places = nn.Embedding(longest, width)
        self.hours, self.next_hours = nn.Embedding(HOURS, width), nn.Embedding(HOURS, width)
        for table, scale in (
            *((self.items, 0.1), (self.attended, 0.1), (self.places, 0.02)),
            *((self.hours, 0.02), (self.next_hours, 0.02)),
        ):
            nn.init.normal_(table.weight, std=scale)
        spans = (1, queries) if encoder == "multi-query" else (1,)
        self.blocks = nn.ModuleList(
            _Block(width, heads, span, dropout, longest if encoder == "rcmha" else 0)
            for span in spans
        )
        self.bias = nn.Parameter(torch.zeros(items))
        self.dropout = nn.Dropout(dropout)

    def forward(self, listed: Tensor, hours: Tensor, next_hours: Tensor) -> Tensor:
        """Read lists.

        Args:
            listed: Items [B, n].
            hours: When each was, [B, n], 0 to 23.
            next_hours: When each next one is, [B, n].

        Returns:
            Scores [B, n, items] of what comes behind each place.
        """
        scale = self.items.embedding_dim**0.5
        beside = self.places.weight[: listed.shape[1]] + self.hours(hours)
        values = self.dropout(self.items(listed) * scale + beside)
        attended = values
        if self.attended is not self.items:
            attended = self.dropout(self.attended(listed) * scale + beside)
        read = torch.stack([block(values, attended) for block in self.blocks]).mean(dim=0)
        scores: Tensor = (read + self.next_hours(next_hours)) @ self.items.weight[:-1].T + self.bias
        return scores


class _Block(nn.Module):
    def __init__(self, width: int, heads: int, span: int, dropout: float, longest: int) -> None:
        super().__init__()
        self.heads, self.span = heads, span
        self.query_norm, self.mixed_norm, self.out_norm = (nn.LayerNorm(width) for _ in range(3))
        if longest:
            self.relative = RelativeConvolutionalAttention(width, heads, longest=longest)
        else:
            self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.convolved = bool(longest)
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, values: Tensor, attended: Tensor) -> Tensor:
        query = self.query_norm(trailing_mean(attended, self.span))
        if self.convolved:
            mixed = self.relative(query)[0]
        else:
            mixed = functional.scaled_dot_product_attention(
                self._by_head(self.query(query)), self._by_head(self.key(attended)),
                self._by_head(self.value(values)), is_causal=True,
            ).transpose(1, 2).flatten(2)  # fmt: skip
        stays = query if values is attended else self.query_norm(trailing_mean(values, self.span))
        mixed = self.mixed_norm(mixed + stays)
        inner = self.dropout(functional.relu(self.first(mixed)))
        out: Tensor = self.out_norm(mixed + self.dropout(self.second(inner)))
        return out

    def _by_head(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


def trailing_mean(x: Tensor, span: int) -> Tensor:
    """The mean of each place and the ``span`` - 1 before it; of fewer at the beginning."""
    sums = functional.pad(x.cumsum(dim=1), (0, 0, 1, 0))
    ends = torch.arange(1, x.shape[1] + 1, device=x.device)
    begins = (ends - span).clamp(min=0)
    return (sums[:, ends] - sums[:, begins]) / (ends - begins)[:, None]


def transition_distillation(
    embeddings: Tensor, transitions: Tensor, weights: Tensor, heat: float = 0.5
) -> Tensor:
    """How badly embeddings alone tell what follows what.

    Args:
        embeddings: [items, width].
        transitions: [items, items], how often the second was within a few steps of the first.
        weights: [items], how much each first item counts.
        heat: Divides both sides before the softmax; lower is sharper.

    Returns:
        The cross entropy, one number.
    """
    most = transitions.amax(dim=1, keepdim=True).clamp(min=1e-9)
    wanted = torch.softmax(transitions / most / heat, dim=1)
    scale = embeddings.shape[1] ** 0.5
    given = functional.log_softmax(embeddings @ embeddings.T * scale / heat, dim=1)
    return -((wanted * given).sum(dim=1) * weights).sum() / weights.sum()
