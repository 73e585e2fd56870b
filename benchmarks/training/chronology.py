"""Fit when statements are told in order of time (``egorag.evidence.chronology``), and as less sure.

    python -m benchmarks.training.chronology --weights e5-small-q4.bin --cache CACHE

Over the written lives, whose questions name the line that holds now first. For each threshold and
fold of lives: of how many answers the line that holds now is quoted, how many have a quotation more
for it; of facts that changed and that did not, how often the line that holds now is told last; of
the second and third quotations how many answer, below and from a share of the first one's score on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.training.examples import Example, make_examples
from benchmarks.training.lives import written_lives
from egogpt.embedders.e5 import E5Embedder
from egorag.answerability.judge import load_network, pack
from egorag.answerability.packing import beginning
from egorag.answerability.words import question_words
from egorag.evidence.chronology import chronological, later_news, rarity
from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit
from memory.types.core import Span

_LINE = 8.0  # seconds that a line lasts
_QUOTED, _LIKELY = 3, 0.08  # statements that an answer quotes, and the share of the best they need
_FOLDS = 4


@dataclass(frozen=True)
class Answered:
    """A question's statements as the judge ranks them, and what the life knows of its words."""

    fold: str
    ranked: list[Scored]
    current: Unit  # the line that holds now
    answering: list[Unit]  # all that answer
    changed: bool  # whether other lines answer, too
    rarities: dict[str, float]


def answered(weights: Path, cache: Path) -> Iterator[Answered]:
    """Every written question whose line that holds now is read."""
    encoder, lives = E5Embedder(weights), written_lives()
    network, components, _ = load_network()
    names = sorted(lives.lines)
    for example in make_examples(lives, encoder, cache / "vectors"):
        question = example.question
        if not example.gold:
            continue
        inputs = pack(
            question.text,
            encoder.token_states([question.text], "query")[0],
            example.pool,
            encoder.token_states([beginning(s.phrase) for s in example.pool.statements]),
            components,
        )
        with torch.inference_mode():
            scores = torch.softmax(network(inputs).scores[0], -1).numpy()
        units = _units(example)
        order = np.argsort(-scores)
        ranked = [Scored(units[at], float(scores[at]), frozenset()) for at in order]
        lines = [set(question_words(line.text)) for line in lives.lines[question.life]]
        rarities = {
            word: rarity(sum(word in line for line in lines), len(lines))
            for word in question_words(ranked[0].unit.what)
        }
        fold = f"{question.half} {names.index(question.life) % _FOLDS}"
        fold = fold if question.half == "dev" else "test"
        changed = len(example.gold) > 1
        answering = [units[at] for at in example.gold]
        yield Answered(fold, ranked, answering[0], answering, changed, rarities)


def _units(example: Example) -> list[Unit]:
    return [
        Unit("life", "life", Span(s.start, s.start + _LINE), "speech", s.text, s.speaker)
        for s in example.pool.statements
    ]


def quoted(answered: Answered) -> list[Unit]:
    """What an answer quotes without regard to time."""
    least = _LIKELY * answered.ranked[0].score
    return [item.unit for item in answered.ranked[:_QUOTED] if item.score >= least]


def news(answers: Sequence[Answered], least: float) -> dict[str, float]:
    """Percent of answers that quote what holds now, and that have a quotation more."""
    current = more = 0
    for one in answers:
        shown, found = quoted(one), later_news(one.ranked, one.rarities, least)
        extra = found is not None and found.unit not in shown
        more += extra
        current += one.current in shown or (found is not None and found.unit == one.current)
    return {"current": _percent(current, answers), "more": _percent(more, answers)}


def last(answers: Sequence[Answered], as_likely: float) -> dict[str, float]:
    """Percent of answers whose line that holds now is the last of those told in order of time."""
    table = {}
    for name, changed in (("changed", True), ("same", False)):
        own = [one for one in answers if one.changed is changed]
        told = (chronological(one.ranked[:_QUOTED], as_likely)[0][-1].unit for one in own)
        table[name] = _percent(sum(u == one.current for u, one in zip(told, own)), own)
    return table


def further(answers: Sequence[Answered], share: float) -> dict[str, float]:
    """Percent of the second and third quotations that answer, below and from a share of the first
    one's score on."""
    table: dict[str, list[bool]] = {"below": [], "above": []}
    for one in answers:
        for item in one.ranked[1:_QUOTED]:
            if item.score >= _LIKELY * one.ranked[0].score:
                side = "above" if item.score >= share * one.ranked[0].score else "below"
                table[side].append(item.unit in one.answering)
    return {side: _percent(sum(right), right) for side, right in table.items()}


def _percent(count: int, among: Sequence[object]) -> float:
    return round(100 * count / max(1, len(among)), 1)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="the encoder's file")
    parser.add_argument("--cache", type=Path, default=Path("answerability-cache"))
    options = parser.parse_args()
    answers = list(answered(options.weights, options.cache))
    grids: tuple[tuple[Callable[[Sequence[Answered], float], dict[str, float]], list[float]], ...]
    grids = (
        (news, [9.0, 2.0, 1.8, 1.6, 1.4, 1.2]),
        (last, [1.01, 0.6, 0.5, 0.4, 0.3, 0.2]),
        (further, [0.2, 0.3, 0.4, 0.5, 0.6, 0.7]),
    )
    for fold in sorted({one.fold for one in answers}):
        own = [one for one in answers if one.fold == fold]
        for measure, grid in grids:
            table = {str(least): measure(own, least) for least in grid}
            print(json.dumps({"fold": fold, "n": len(own), measure.__name__: table}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
