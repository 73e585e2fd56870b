"""Training of SeerAttention's gates: they learn from the dense attention of the model itself.

What a gate is to foretell is how a row of attention is shared out among the blocks that a method
may choose from, those between sinks and window: in each block the greatest weight of any key, for
averaged queries also of any of them (2D max-pooling), made to sum to one. The gate is drawn to
that by the Kullback–Leibler divergence. The model stays as it is.

Source: Gao et al., SeerAttention, arXiv 2410.13276, section 3.2; AdamW at 1e-3 with cosine decay.
There rows are whole, sinks and window included, which are read anyway here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.layers.seer.gate import BlockGate

RATE = 1e-3


@dataclass(frozen=True, slots=True)
class Lesson:
    """What dense attention did in one layer, for some rows of one text; half precision.

    Attributes:
        query: Before RoPE, single or averaged, [1, H, r, d].
        positions: Where these stand, [r].
        pooled: Keys of each block as `BlockGate.pool` has them, [1, Hkv, n, 3·d].
        target: What each row should foretell, summing to one over the blocks that it may choose
            from, and 0 elsewhere, [H, r, n].
        candidates: Which blocks those are, bool [r, n].
    """

    query: Tensor
    positions: Tensor
    pooled: Tensor
    target: Tensor
    candidates: Tensor


@torch.no_grad()
def attention_rows(query: Tensor, key: Tensor, first: int, scale: float) -> Tensor:
    """Dense causal attention of some rows.

    Args:
        query: After RoPE, [1, H, q, d], at positions ``first`` and on.
        key: After RoPE, [1, Hkv, k, d], k at least first + q.
        first: Position of the first row.
        scale: Factor on q·k.

    Returns:
        float32 [H, q, first + q].
    """
    end = first + query.shape[2]
    folded = torch.unflatten(query.float(), 1, (key.shape[1], -1))
    scores = (folded @ key[:, :, None, :end].float().transpose(-1, -2) * scale).flatten(1, 2)[0]
    rows = torch.arange(first, end, device=key.device)
    future = rows[:, None] < torch.arange(end, device=key.device)
    weights: Tensor = scores.masked_fill(future, -torch.inf).softmax(dim=-1)
    return weights


@torch.no_grad()
def make_lesson(
    gate: BlockGate, query: Tensor, key: Tensor, scale: float, starts: Sequence[int],
    candidates: Callable[[int], tuple[int, int]], stride: int, singles: int,
) -> Lesson:  # fmt: skip
    """Take a lesson from one layer's queries and keys of a whole text.

    Args:
        gate: The layer's gate, which pools the keys.
        query: After RoPE, [1, H, n, d].
        key: After RoPE, [1, Hkv, n, d].
        scale: Factor on q·k.
        starts: Where runs of ``stride`` neighbouring queries begin; the last must fit the text.
        candidates: Tells the blocks [low, high) that a query at a position may choose from.
        stride: Queries of a run, which are also averaged to one.
        singles: How many of each run ask alone.
    """
    block = gate.block
    blocks = key.shape[2] // block
    pooled = gate.pool(torch.unflatten(key[:, :, : blocks * block], 2, (blocks, block)), 0)
    asked, positions, targets, allowed = [], [], [], []
    places = torch.arange(blocks, device=key.device)
    for start in starts:
        run = query[:, :, start : start + stride]
        weights = attention_rows(run, key, start, scale)
        weights = torch.nn.functional.pad(weights, (0, key.shape[2] - weights.shape[-1]))
        peaks = torch.unflatten(weights[..., : blocks * block], -1, (blocks, block)).amax(dim=-1)
        alone = torch.arange(stride // singles - 1, stride, stride // singles)
        straight, at = gate.straighten(run, start, 1)
        mean, middle = gate.straighten(run, start, stride)
        asked += [straight[:, :, alone], mean]
        positions += [at[alone], middle]
        targets += [peaks[:, alone], peaks.amax(dim=1, keepdim=True)]
        for first in [*(start + alone).tolist(), start]:
            low, high = candidates(first)
            allowed.append((places >= low) & (places < high))
    seen = torch.stack(allowed)
    target = torch.cat(targets, dim=1) * seen
    target = target / target.sum(dim=-1, keepdim=True).clamp(min=1e-12)
    query = torch.cat(asked, dim=2)
    return Lesson(query.half(), torch.cat(positions), pooled.half(), target.half(), seen)


def divergence(gate: BlockGate, lesson: Lesson) -> Tensor:
    """Divergence of a gate's shares from the true ones, nats, the mean over heads and rows.

    Rows that have nothing to choose from do not count.
    """
    blocks = gate.project(lesson.pooled.float(), 0)
    logits = gate.score(lesson.query.float(), lesson.positions, blocks)[0]
    logs = logits.masked_fill(~lesson.candidates, -1e4).log_softmax(dim=-1)
    target = lesson.target.float()
    rows = (torch.xlogy(target, target) - target * logs).sum(dim=-1)
    asked = target.sum(dim=-1) > 0
    return rows[asked].mean() if bool(asked.any()) else logs.sum() * 0


def train(gate: BlockGate, lessons: Sequence[Lesson], epochs: int, rate: float = RATE) -> None:
    """Train a gate, which is changed in place, on each lesson so many times."""
    optimiser = torch.optim.AdamW(gate.parameters(), lr=rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * len(lessons))
    for lesson in [*lessons] * epochs:
        optimiser.zero_grad()
        divergence(gate, lesson).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
