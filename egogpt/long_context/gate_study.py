"""SeerAttention's gates of a model: distilled on made-up talk, measured on texts that are not it.

    found = study_gates(model, tokenizer, seconds=1800)

The model reads texts of talk with passkeys, which are asked for at the end. Of some rows of each
layer it is kept how attention is shared out among blocks; from that all gates learn, while nobody
reads. Then texts with other words are read, and of each layer it is measured how much attention is
missed by its gate, by the gate as it was before training, by `spread` and by `quest`, at the same
number of keys. Where the gate misses more than `spread`, the layer goes without. What
answers lose in the end is measured by the whole model (`egogpt.long_context.head_losses`).
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from itertools import chain, cycle, islice
from statistics import mean
from typing import Any

import torch
from torch import Tensor

from egogpt.attention.block_gates import GATED, POOLED, QUEST, SPREAD, FoundGates, new_gates
from egogpt.long_context import head_losses
from egogpt.long_context.duo_gates import passkeys
from egogpt.long_context.haystack import lines, token_ids
from egogpt.long_context.long_reader import longest_of
from egogpt.runtime.decoder_layers import attending, find_decoder
from egogpt.runtime.model_fingerprint import fingerprint
from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import Method, Scene
from kernels.layers.seer.gate import BlockGate, GateTable
from kernels.layers.seer.training import (
    Lesson,
    attention_rows,
    divergence,
    make_lesson,
    train,
)
from kernels.methods.block_scorer import BlockScores
from kernels.methods.mean_range import Spread
from kernels.methods.quest import Quest
from kernels.methods.seer import Seer

LENGTH = 3 * head_losses.BUDGET
"""Tokens of a text, of which a method then reads a third."""
TEXTS, EPOCHS = 24, 16
"""Texts that are learned from at most, and how often."""
RUNS, SINGLES = 16, 4
"""Runs of neighbouring rows that are looked at in a text, and rows of each that ask alone."""
_SEER = Seer()
_NAME, _SEAT = "gate_study", "_egobutler_gate_study"

MARGINS = (1.0, 0.85, 0.7, 0.55)
"""A layer may go by its gate where that misses less than so much of what `spread` misses."""
SELECTING_SEED = 2
"""Of the text by which is chosen how clearly less it must be."""

Gates = list[BlockGate | None]
Taken = tuple[BlockGate | None, ...]
See = Callable[[int, Tensor, Tensor, float], None]
"""Called with each layer's index, queries and keys after RoPE, and the scale."""
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class GateStudyPlan:
    """How much is done.

    Attributes:
        length: Tokens of a text.
        tokens: Keys that methods read where they are compared.
        texts: See TEXTS.
        epochs: See EPOCHS.
        sinks: Of all methods compared.
        window: Likewise.
    """

    length: int = LENGTH
    tokens: int = head_losses.BUDGET
    texts: int = TEXTS
    epochs: int = EPOCHS
    sinks: int = _SEER.sinks
    window: int = _SEER.window

    def ways(self, trained: Sequence[BlockGate | None], pooled: Gates) -> dict[str, BlockScores]:
        """The methods that are compared, each with the same budget."""
        same: dict[str, Any] = {"tokens": self.tokens, "sinks": self.sinks, "window": self.window}
        return {
            GATED: Seer(gates=GateTable(trained, "trained"), **same),
            POOLED: Seer(gates=GateTable(pooled, "mean key"), **same),
            SPREAD: Spread(**same),
            QUEST: Quest(**same),
        }

    def candidates(self, first: int) -> tuple[int, int]:
        """The blocks that a query at a position may choose from."""
        return Spread(tokens=self.tokens, sinks=self.sinks, window=self.window)._between(first)

    def starts(self, length: int, noise: random.Random) -> list[int]:
        """Where runs begin that have more to choose from than they may: some, and the last."""
        stride = _SEER.query_stride
        runs = range(-(-(self.tokens + stride) // stride), length // stride)
        return [
            run * stride for run in sorted({*noise.sample(runs, min(RUNS, len(runs))), *runs[-2:]})
        ]


def study_gates(
    model: Any, tokenizer: Any, *, seconds: float, plan: GateStudyPlan | None = None,
    tell: Tell | None = None,
) -> FoundGates:  # fmt: skip
    """Distil a model's gates, and measure which layers lose less by them.

    Args:
        model: A causal language model of `transformers` in eval mode, attending by SDPA.
        tokenizer: Its tokenizer.
        seconds: No further text is read to learn from once they are over.
        plan: How much is done; by default as long as the model reads.
        tell: Hears how far it is.

    Raises:
        UnsupportedModel: The model's layers cannot be looked into, or its keys not turned back.
        ValueError: It reads too little for anything to be chosen.
    """
    tell = tell or (lambda _: None)
    plan = plan or GateStudyPlan(length=min(LENGTH, longest_of(model)))
    if plan.length < 2 * plan.tokens:
        raise ValueError(
            f"the model reads {plan.length} tokens; with so few nothing is gained by choosing"
        )
    gates = new_gates(model)
    lessons, texts = _lessons(model, tokenizer, gates, plan, time.monotonic() + seconds, tell)
    for layer, gate in enumerate(gates):
        if gate is not None:
            train(gate, lessons[layer], plan.epochs)
    tell(f"learned from {texts} texts; now texts that nothing was learned from")
    pooled = new_gates(model)
    ways = plan.ways(gates, pooled)
    tests, missed = _tests(model, tokenizer, pooled, ways, plan)
    before, after = (_mean_divergence(table, tests) for table in (pooled, gates))
    sets = _sets(gates, missed)
    found = FoundGates(
        fingerprint(model), type(model).__name__, sets[0], (before, after), missed, {}, texts
    )
    if not found.layers or longest_of(model) < head_losses.LENGTH + head_losses.ROOM:
        return found
    tell("now what answers lose")
    return measure_answers(model, tokenizer, found, sets, plan)


def measure_answers(
    model: Any, tokenizer: Any, study: FoundGates, sets: Sequence[Taken], plan: GateStudyPlan
) -> FoundGates:
    """Take the set of gates by which answers about one text lose least; say of another how much."""
    pooled = new_gates(model)
    trials = {str(number): plan.ways(gates, pooled)[GATED] for number, gates in enumerate(sets)}
    lost = head_losses.losses(model, tokenizer, trials, seed=SELECTING_SEED)
    taken = sets[int(min(lost, key=lost.__getitem__))]
    losses = head_losses.losses(model, tokenizer, plan.ways(taken, pooled))
    return replace(study, gates=taken, losses=losses)


def _sets(gates: Gates, missed: Mapping[str, list[float | None]]) -> list[Taken]:
    """Which layers may go by their gate: those that miss less than `spread`, or clearly less."""
    sets: list[Taken] = []
    for margin in MARGINS:
        pairs = zip(gates, missed[GATED], missed[SPREAD], strict=True)
        taken = tuple(gate if _less(mine, other, margin) else None for gate, mine, other in pairs)
        if not sets or (any(taken) and taken not in sets):
            sets.append(taken)
    return sets


def _less(gated: float | None, spread: float | None, margin: float) -> bool:
    return gated is not None and spread is not None and gated < margin * spread


def _lessons(
    model: Any, tokenizer: Any, gates: Gates, plan: GateStudyPlan, ends: float, tell: Tell
) -> tuple[dict[int, list[Lesson]], int]:
    """For each layer what dense attention did in texts, and how many these are; at least one."""
    lessons: dict[int, list[Lesson]] = defaultdict(list)
    texts = 0
    while texts < plan.texts and not (texts and time.monotonic() > ends):
        ids = questioned(tokenizer, plan.length, texts)
        starts = plan.starts(len(ids), random.Random(texts))  # noqa: S311 - which rows to look at
        observe(model, ids, _taking(lessons, gates, plan, starts))
        texts += 1
        tell(f"{texts} texts of {len(ids)} tokens read")
    return lessons, texts


def _taking(
    lessons: dict[int, list[Lesson]], gates: Gates, plan: GateStudyPlan, starts: list[int]
) -> See:
    """Takes each layer's lesson of a text."""
    stride = _SEER.query_stride

    def see(layer: int, query: Tensor, key: Tensor, scale: float) -> None:
        gate = gates[layer]
        if gate is not None:
            lessons[layer].append(
                make_lesson(gate, query, key, scale, starts, plan.candidates, stride, SINGLES)
            )

    return see


def _tests(
    model: Any, tokenizer: Any, pooled: Gates, ways: Mapping[str, BlockScores], plan: GateStudyPlan
) -> tuple[dict[int, list[Lesson]], dict[str, list[float | None]]]:
    """Lessons of texts that nothing was learned from, and what each way misses in each layer."""
    lessons: dict[int, list[Lesson]] = defaultdict(list)
    shares: dict[tuple[str, int], list[float]] = defaultdict(list)
    for number, ids in enumerate(other_texts(tokenizer, plan.length)):
        starts = plan.starts(len(ids), random.Random(~number))  # noqa: S311 - rows to look at
        observe(model, ids, _taking(lessons, pooled, plan, starts), _weighing(shares, ways, starts))
    return lessons, {
        way: [
            round(mean(shares[way, layer]), 6) if shares[way, layer] else None
            for layer in range(len(pooled))
        ]
        for way in ways
    }


def _weighing(
    shares: dict[tuple[str, int], list[float]], ways: Mapping[str, BlockScores], starts: list[int]
) -> See:
    """Weighs what each way misses of the last row of each run."""

    def see(layer: int, query: Tensor, key: Tensor, scale: float) -> None:
        pages = BlockSummaries(key, key[..., :0])
        for at in (start + _SEER.query_stride - 1 for start in starts):
            row = query[:, :, at : at + 1]
            weights = attention_rows(row, key, at, scale)
            scene = Scene(row, key[:, :, :at], layer, scale, pages)
            for way, method in ways.items():
                shares[way, layer].append(_missed(method, scene, weights))

    return see


def _missed(method: Method, scene: Scene, weights: Tensor) -> float:
    """The share of a row's attention [H, 1, k] that a method does not see."""
    own = replace(method.at(scene.layer, 0), query_block=1)
    blocks = own.choose(scene)
    seen = torch.zeros(scene.past.shape[1], weights.shape[-1], dtype=torch.bool)
    seen[:, : own.sinks] = seen[:, -own.window :] = True
    assert isinstance(blocks, Tensor)
    inside = (blocks[0, :, :, None] * own.block + torch.arange(own.block)).flatten(1).cpu()
    seen.scatter_(1, inside.clamp(max=weights.shape[-1] - 1), True)
    by_group = torch.unflatten(weights[:, 0].cpu(), 0, (seen.shape[0], -1))
    return float((by_group * ~seen[:, None]).sum(-1).mean())


def _mean_divergence(gates: Gates, lessons: dict[int, list[Lesson]]) -> float:
    with torch.no_grad():
        rows = [
            float(divergence(gate, lesson))
            for layer, gate in enumerate(gates) if gate is not None
            for lesson in lessons[layer]
        ]  # fmt: skip
    return round(mean(rows), 6)


def questioned(tokenizer: Any, length: int, number: int) -> list[int]:
    """Talk with passkeys, and in its last quarter as many as fit asked for and told."""
    tail: list[int] = []
    for asked, answer in passkeys(tokenizer, length, number)[1]:
        if len(tail) + len(asked) + len(answer) <= length // 4:
            tail += [*asked, *answer]
    return passkeys(tokenizer, length - len(tail), number)[0] + tail


def other_texts(tokenizer: Any, length: int) -> Iterator[list[int]]:
    """Prose among talk without passkeys, and talk with other ones."""
    ids = partial(token_ids, tokenizer)
    noise = random.Random("texts to measure by")  # noqa: S311 - nothing secret
    prose = (files("egogpt.sinks") / "sink_texts.txt").read_text(encoding="utf-8").splitlines()
    mixed = (line for part in cycle(prose) for line in (part, *islice(lines(noise), 6)))
    yield [*islice(chain.from_iterable(ids(f"{line}\n") for line in mixed), length)]
    yield questioned(tokenizer, length, TEXTS + 1)


def observe(model: Any, ids: Sequence[int], *see: See) -> None:
    """Let a model read a text densely, and show each layer's queries and keys to some."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    decoder = find_decoder(model)
    AttentionInterface.register(_NAME, _attend)
    AttentionMaskInterface.register(_NAME, sdpa_mask)
    with _watching(model, see), attending(model, decoder.config, _NAME), torch.no_grad():
        text = torch.tensor([list(ids)], device=model.get_input_embeddings().weight.device)
        model.get_decoder()(input_ids=text, use_cache=False)


@contextmanager
def _watching(model: Any, see: tuple[See, ...]) -> Iterator[None]:
    layers = [layer for layer in find_decoder(model).layers if layer.attention is not None]
    try:
        for layer in layers:
            setattr(layer.attention, _SEAT, see)
        yield
    finally:
        for layer in layers:
            delattr(layer.attention, _SEAT)


def _attend(
    module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None,
    scaling: float | None = None, **options: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    for see in getattr(module, _SEAT, ()):
        see(int(module.layer_idx), query, key, scale)
    mixed: Tensor = sdpa_attention_forward(
        module, query, key, value, mask, scaling=scaling, **options
    )[0]
    return mixed, None
