"""Relative Convolutional Multi-Head Attention: a convolution over projected queries, keys and
values, and scores that know how far apart two tokens are.

After its projection each head mixes a token with the two before it, channel by channel and with
the same kernel in every head. Scores add to q·k what the query thinks of the distance, what the
key is worth whatever the query, and a bias of the distance:

    score(i, j) = (q_i + u) · k_j + q_i · r_(j-i) + b_(j-i)

Causal: the convolutions look back only.

Source: Sugiharto, Aradea and Mubarok, RCMHA, arXiv 2308.03429, section 3; the relative scores:
Dai et al., Transformer-XL, arXiv 1901.02860, section 3.3; the convolution: So et al., Primer,
arXiv 2109.08668, section 4. No weights were released; names follow the authors' code.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from kernels.layers.checkpoint import fit, named, read, write


class RcmhaState(NamedTuple):
    """What a layer keeps of a text.

    Attributes:
        tail: The last projected queries, keys and values, [B, H, kernel - 1, 3d].
        key: After the convolution, [B, H, n, d].
        value: After the convolution, [B, H, n, d].
    """

    tail: Tensor
    key: Tensor
    value: Tensor


class RelativeConvolutionalAttention(nn.Module):
    """One causal attention layer."""

    PUBLISHED: ClassVar[dict[str, str]] = {
        "query.weight": "query.0.linear.weight",
        "key.weight": "key.0.linear.weight",
        "value.weight": "value.0.linear.weight",
        "value.bias": "value.0.linear.bias",
        "near_query.weight": "query.1.conv.weight",
        "near_query.bias": "query.1.conv.bias",
        "near_key.weight": "key.1.conv.weight",
        "near_key.bias": "key.1.conv.bias",
        "near_value.weight": "value.1.conv.weight",
        "near_value.bias": "value.1.conv.bias",
        "distance": "key_pos_embeddings",
        "distance_bias": "key_pos_bias",
        "key_worth": "query_pos_bias",
        "out.weight": "output.weight",
        "out.bias": "output.bias",
    }

    def __init__(self, width: int, heads: int, *, kernel: int = 3, longest: int = 4096) -> None:
        """Make a layer.

        Args:
            width: Channels of the input.
            heads: How many heads; divides ``width``.
            kernel: Tokens that the convolutions see.
            longest: Most tokens of a text: distances beyond have no embedding.

        Raises:
            ValueError: The sizes do not go together.
        """
        super().__init__()
        if width % heads or kernel < 1 or longest < 1:
            raise ValueError(f"{width} channels, {heads} heads, kernel {kernel}: this cannot be")
        size = width // heads
        self.heads, self.kernel, self.longest = heads, kernel, longest
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.near_query, self.near_key, self.near_value = (
            nn.Conv1d(size, size, kernel, groups=size) for _ in range(3)
        )
        # Row longest + j - i; those of the future are there in the authors' code, and unused.
        self.distance = nn.Parameter(torch.zeros(2 * longest, heads, size))
        self.distance_bias = nn.Parameter(torch.zeros(2 * longest, heads))
        self.key_worth = nn.Parameter(torch.zeros(heads, size))
        self.out = nn.Linear(width, width)

    def forward(
        self, x: Tensor, past: RcmhaState | None = None, real: Tensor | None = None
    ) -> tuple[Tensor, RcmhaState]:
        """Read tokens.

        Args:
            x: [B, n, width], the tokens after those of ``past``.
            past: What was read before.
            real: bool [B, all tokens so far], False for keys that are padding.

        Returns:
            [B, n, width], and what to hand on.

        Raises:
            ValueError: The text is longer than the layer has distances for.
        """
        query, key, value, tail = self._convolved(x, past)
        if past:
            key, value = torch.cat([past.key, key], dim=2), torch.cat([past.value, value], dim=2)
        if key.shape[2] > self.longest:
            raise ValueError(
                f"The text has {key.shape[2]} tokens and the layer knows distances up to "
                f"{self.longest}. Read a shorter text, or build the layer with a greater longest."
            )
        weights = self._scores(query, key, real).softmax(dim=-1)
        mixed = (weights @ value).transpose(1, 2).flatten(2)
        return self.out(mixed), RcmhaState(tail, key, value)

    def _convolved(
        self, x: Tensor, past: RcmhaState | None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        parts = [self._by_head(layer(x)) for layer in (self.query, self.key, self.value)]
        joined = torch.cat(parts, dim=-1)
        if past is None:
            before = joined.new_zeros(*joined.shape[:2], self.kernel - 1, joined.shape[3])
        else:
            before = past.tail
        joined = torch.cat([before, joined], dim=2)
        layers = (self.near_query, self.near_key, self.near_value)
        query, key, value = (
            self._near(layer, part) for layer, part in zip(layers, joined.chunk(3, dim=-1))
        )
        return query, key, value, joined[:, :, joined.shape[2] - self.kernel + 1 :]

    def _by_head(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, x.shape[2] // self.heads).transpose(1, 2)

    def _near(self, layer: nn.Conv1d, x: Tensor) -> Tensor:
        flat: Tensor = layer(x.flatten(0, 1).transpose(1, 2)).transpose(1, 2)
        return flat.view(*x.shape[:2], *flat.shape[1:])

    def _scores(self, query: Tensor, key: Tensor, real: Tensor | None) -> Tensor:
        """Scaled scores [B, H, q, k], the lowest number for what is not seen."""
        asked, total = query.shape[2], key.shape[2]
        keys = torch.arange(total, device=key.device)
        apart = keys - keys[total - asked :, None]
        rows = slice(self.longest - total + 1, self.longest + 1)  # distances from -(total - 1) to 0
        at = (apart + total - 1).clamp(max=total - 1)
        of_query = torch.einsum("bhqd,rhd->bhqr", query, self.distance[rows])
        of_query = of_query + self.distance_bias[rows].T[:, None]
        scores = (query + self.key_worth[:, None]) @ key.transpose(-1, -2)
        scores = scores + of_query.gather(3, at.expand(*query.shape[:2], -1, -1))
        hidden = apart > 0
        if real is not None:
            hidden = hidden | ~real[:, None, None]
        lowest = torch.finfo(scores.dtype).min  # no -inf: a row of padding may see nothing
        return torch.masked_fill(scores * query.shape[-1] ** -0.5, hidden, lowest)


def load(module: RelativeConvolutionalAttention, path: Path, prefix: str = "") -> None:
    """Fill a layer from a file of weights with the names of the authors' code.

    Args:
        module: A layer of the file's sizes.
        path: The file.
        prefix: What stands before the layer's names.

    Raises:
        WeightsDoNotFit: The file does not hold just this layer's tensors below the prefix.
    """
    fit(module, read(path), path, prefix, module.PUBLISHED)


def save(module: RelativeConvolutionalAttention, path: Path, prefix: str = "") -> None:
    """Write a layer under the names of the authors' code."""
    write(named(module, prefix, module.PUBLISHED), path)
