"""Train low-rank adapters on the lines of some days, and tell how well they foretell others.

An adapter is LoRA (arXiv 2106.09685) of rank 8 on queries and values. ``windows`` trains on short
windows; ``sink`` on whole blocks in which half of the heads see their group, the other half groups
shifted by half of one, and all of them the first tokens: SinkLoRA's SF-Attn (arXiv 2406.05678).
Only what was said or seen is learned and measured, not the dates before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

PATTERNS = ("windows", "sink")
BLOCK, GROUP, SINKS = 512, 128, 4  # tokens of a step, of a window or group, and seen by all
_RANK, _SCALE, _SKIP = 8, 2.0, -100


@dataclass(frozen=True, slots=True)
class Line:
    """What was said or seen, the date before it, and the day that it is of."""

    stamp: str
    day: date
    text: str


def lines_of(rows: Iterable[dict[str, Any]]) -> list[Line]:
    """A life's lines in the importer's form, by day; the first of each has its date before it.

    Each is worded as a note for a language model; ``start`` is ISO or seconds UTC.
    """
    lines: list[Line] = []
    for row in sorted(
        (row for row in rows if "start" in row), key=lambda row: day_of(row["start"])
    ):
        day = day_of(row["start"])
        stamp = "" if lines and lines[-1].day == day else f"[{day:%A} {day.day} {day:%B %Y}]\n"
        text = str(row.get("text") or row.get("caption") or "")
        words = f'{row["speaker"]} said: "{text}"' if row.get("speaker") else text
        lines.append(Line(stamp, day, f"{words}\n"))
    return lines


def day_of(start: str | float) -> date:
    """The day of a time in ISO form, or in seconds UTC."""
    if isinstance(start, str):
        return datetime.fromisoformat(start).date()
    return datetime.fromtimestamp(start, UTC).date()


def encode(tokenizer: Any, lines: Iterable[Line]) -> Tensor:
    """Tokens and labels (2, n); the label of a date's token is -100, which is not measured."""
    ids: list[int] = []
    labels: list[int] = []
    for line in lines:
        for text, measured in ((line.stamp, False), (line.text, True)):
            piece = tokenizer(text, add_special_tokens=False).input_ids
            ids += piece
            labels += piece if measured else [_SKIP] * len(piece)
    return torch.tensor([ids, labels])


class LowRank(nn.Module):
    """A frozen linear layer and what an adapter adds to it."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.down = nn.Parameter(torch.zeros(_RANK, base.in_features))
        self.up = nn.Parameter(torch.zeros(base.out_features, _RANK))

    def forward(self, hidden: Tensor) -> Tensor:
        """The layer's output, of the same dtype as ever; [..., in] to [..., out]."""
        added = functional.linear(functional.linear(hidden.float(), self.down), self.up)
        output: Tensor = self.base(hidden)
        return output + (_SCALE * added).to(output.dtype)


def attach(model: Any) -> list[LowRank]:
    """Puts an adapter that does nothing yet on the queries and values of every layer."""
    model.requires_grad_(False)
    adapters = []
    for layer in model.model.layers:
        for name in ("q_proj", "v_proj"):
            adapter = LowRank(getattr(layer.self_attn, name))
            setattr(layer.self_attn, name, adapter)
            adapters.append(adapter)
    return adapters


@torch.no_grad()
def clear(adapters: Sequence[LowRank]) -> None:
    """Deletes what was trained: the model is as it is without adapters."""
    for adapter in adapters:
        adapter.down.zero_()
        adapter.up.zero_()


def sink_mask(heads: int, length: int, group: int = GROUP, dtype: Any = torch.float32) -> Tensor:
    """What is added to the scores (1, heads, length, length): SF-Attn's groups, causal."""
    at = torch.arange(length)
    causal, seen = at[:, None] >= at[None, :], []
    for shift in (0, group // 2):
        groups = (at + shift) // group
        seen.append(causal & ((groups[:, None] == groups[None, :]) | (at[None, :] < SINKS)))
    own = torch.stack([seen[2 * head // heads] for head in range(heads)])
    return torch.zeros(own.shape, dtype=dtype).masked_fill(~own, torch.finfo(dtype).min)[None]


def train(
    model: Any,
    adapters: Sequence[LowRank],
    data: Tensor,
    pattern: str = "windows",
    epochs: int = 2,
    rate: float = 2e-3,
) -> None:
    """Trains from nothing on tokens and labels (2, n), a step a block; the same each time."""
    dice = torch.Generator().manual_seed(0)
    clear(adapters)
    for adapter in adapters:
        nn.init.normal_(adapter.down, std=adapter.down.shape[1] ** -0.5, generator=dice)
    weights = [weight for adapter in adapters for weight in (adapter.down, adapter.up)]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.0)
    for _ in range(epochs):
        start = int(torch.randint(GROUP, (1,), generator=dice))  # not always the same borders
        blocks = [data[:, :start], *data[:, start:].split(BLOCK, dim=1)]
        for number in torch.randperm(len(blocks), generator=dice).tolist():
            if blocks[number].shape[1] > 1:
                optimizer.zero_grad()
                _backward(model, blocks[number], pattern)
                optimizer.step()


def _backward(model: Any, block: Tensor, pattern: str) -> None:
    learned = max(1, int((block[1] != _SKIP).sum()))
    for piece in block.split(GROUP if pattern == "windows" else BLOCK, dim=1):
        mask = None
        if pattern == "sink":
            heads, dtype = model.config.num_attention_heads, model.lm_head.weight.dtype
            mask = {"full_attention": sink_mask(heads, piece.shape[1], dtype=dtype)}
        (_surprise(model, piece, 1, mask) / learned).backward()


def _surprise(model: Any, piece: Tensor, begin: int, mask: Any = None) -> Tensor:
    """The summed nats of the labels from that token on."""
    hidden = model.model(piece[:1], attention_mask=mask, use_cache=False).last_hidden_state[0]
    labels = piece[1, begin:]
    measured = labels != _SKIP
    logits = model.lm_head(hidden[begin - 1 : -1][measured])
    return functional.cross_entropy(logits.float(), labels[measured], reduction="sum")


@torch.inference_mode()
def perplexity(model: Any, data: Tensor, before: Tensor | None = None) -> float:
    """Of the words of some days (2, n), in blocks, each behind the tokens of what is ``before``."""
    before = data[:, :0] if before is None else before
    pieces, begin = data.split(BLOCK, dim=1), before.shape[1] + 1
    nats = [float(_surprise(model, torch.cat([before, one], dim=1), begin)) for one in pieces]
    return math.exp(sum(nats) / sum(int((one[1, 1:] != _SKIP).sum()) for one in pieces))
