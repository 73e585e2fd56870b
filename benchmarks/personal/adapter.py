"""Train low-rank adapters on the lines of some days, and tell how well they foretell others.

An adapter is LoRA (arXiv 2106.09685) of rank 8 on queries and values. ``windows`` trains on short
windows; ``sink`` on whole blocks in which half of the heads see their group, the other half groups
shifted by half of one, and all of them the first tokens: SinkLoRA's SF-Attn (arXiv 2406.05678)
after LongLoRA. Only what was said or seen is learned and measured, not the stamps before it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

PATTERNS = ("windows", "dense", "sink")
BLOCK, GROUP, SINKS = 512, 128, 4  # tokens of a step, of a window or group, and seen by all
_RANK, _SCALE, _SKIP = 8, 2.0, -100

State = list[tuple[Tensor, Tensor]]


@dataclass(frozen=True, slots=True)
class Line:
    """What was said or seen, the stamp before it, and the day (ISO) that it is of."""

    stamp: str
    day: str
    text: str


@dataclass(frozen=True, slots=True)
class Course:
    """How an adapter is trained: the pattern, how often it reads all, the rate and the seed."""

    pattern: str = "windows"
    epochs: int = 8
    rate: float = 2e-3
    seed: int = 0


def read_lines(path: Path) -> list[Line]:
    """The lines of a life in the importer's form, in order of time."""
    rows = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    return sorted((line_of(row) for row in rows if "start" in row), key=lambda line: line.day)


def line_of(row: dict[str, Any]) -> Line:
    """A line as a note for a language model has it; ``start`` is ISO or seconds UTC."""
    start = row["start"]
    at = datetime.fromisoformat(start) if isinstance(start, str) else datetime.fromtimestamp(start, UTC)
    text = str(row.get("text") or row.get("caption") or "")
    words = f'{row["speaker"]} said: "{text}"' if row.get("speaker") else text
    return Line(f"[{at:%A} {at.day} {at:%B %Y, %H:%M}] ", f"{at:%Y-%m-%d}", f"{words}\n")


def split(lines: Sequence[Line], share: float = 0.7) -> tuple[list[Line], list[Line]]:
    """The lines of the first days, about that share of the lines, and those of the others."""
    last = lines[max(0, math.ceil(share * len(lines)) - 1)].day
    first = [line for line in lines if line.day <= last]
    if len(first) == len(lines):
        first = [line for line in lines if line.day < last]
    return first, list(lines[len(first) :])


def encode(tokenizer: Any, lines: Iterable[Line]) -> Tensor:
    """Tokens and labels (2, n); the label of a stamp's token is -100, which is not measured."""
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


def load(adapters: Sequence[LowRank], state: State | None) -> None:
    """Sets the adapters to what was trained; None stands for the model without one."""
    with torch.no_grad():
        for number, adapter in enumerate(adapters):
            if state is None:
                adapter.up.zero_()
            else:
                adapter.down.copy_(state[number][0])
                adapter.up.copy_(state[number][1])


def sink_mask(heads: int, length: int, group: int = GROUP, dtype: Any = torch.float32) -> Tensor:
    """What is added to the scores (1, heads, length, length): SF-Attn's groups, causal."""
    at = torch.arange(length)
    causal = at[:, None] >= at[None, :]
    seen = []
    for shift in (0, group // 2):
        groups = (at + shift) // group
        seen.append(causal & ((groups[:, None] == groups[None, :]) | (at[None, :] < SINKS)))
    own = torch.stack([seen[2 * head // heads] for head in range(heads)])
    return torch.zeros(own.shape, dtype=dtype).masked_fill(~own, torch.finfo(dtype).min)[None]


def train(model: Any, adapters: Sequence[LowRank], data: Tensor, course: Course) -> State:
    """Trains from nothing on tokens and labels (2, n), a step for each block; returns the state."""
    dice = torch.Generator().manual_seed(course.seed)
    with torch.no_grad():
        for adapter in adapters:
            adapter.down.normal_(std=adapter.down.shape[1] ** -0.5, generator=dice)
            adapter.up.zero_()
    weights = [weight for adapter in adapters for weight in (adapter.down, adapter.up)]
    optimizer = torch.optim.AdamW(weights, lr=course.rate, weight_decay=0.0)
    for _ in range(course.epochs):
        start = int(torch.randint(GROUP, (1,), generator=dice))  # not always the same borders
        pieces = [data[:, :start], *data[:, start:].split(BLOCK, dim=1)]
        for number in torch.randperm(len(pieces), generator=dice).tolist():
            if _learns(pieces[number]):
                optimizer.zero_grad()
                _backward(model, pieces[number], course.pattern)
                optimizer.step()
    return [(adapter.down.detach().clone(), adapter.up.detach().clone()) for adapter in adapters]


def _learns(block: Tensor) -> bool:
    return bool((block[1, 1:] != _SKIP).any())


def _backward(model: Any, block: Tensor, pattern: str) -> None:
    pieces = block.split(GROUP, dim=1) if pattern == "windows" else (block,)
    learned = int((block[1] != _SKIP).sum())
    for piece in filter(_learns, pieces):
        mask = None
        if pattern == "sink":
            heads = model.config.num_attention_heads
            kind = sink_mask(heads, piece.shape[1], dtype=next(model.parameters()).dtype)
            mask = {"full_attention": kind}
        (_loss(model, piece, 0, mask) / learned).backward()


def _loss(model: Any, piece: Tensor, begin: int, mask: Any = None) -> Tensor:
    """The summed surprise, in nats, of the labels from that token on."""
    hidden = model.model(piece[:1], attention_mask=mask, use_cache=False).last_hidden_state[0]
    labels = piece[1, 1:].clone()
    labels[: max(0, begin - 1)] = _SKIP
    measured = labels != _SKIP
    logits = model.lm_head(hidden[:-1][measured])
    return functional.cross_entropy(logits.float(), labels[measured], reduction="sum")


@torch.inference_mode()
def perplexity(
    model: Any, data: Tensor, before: Tensor | None = None, block: int = BLOCK
) -> float:
    """Of the words of some days (2, n), in blocks, each behind the tokens of what is ``before``."""
    before = data[:, :0] if before is None else before
    pieces = [piece for piece in data.split(block, dim=1) if _learns(piece)]
    nats = sum(
        float(_loss(model, torch.cat([before, piece], dim=1), before.shape[1] + 1))
        for piece in pieces
    )
    count = sum(int((piece[1, 1:] != _SKIP).sum()) for piece in pieces)
    return math.exp(nats / count)
