"""A head on the text embedder, learned from a home's own clips, and what it finds.

    python -m benchmarks.training.embedder_head --locomo FILE --lifebench DIR --egolifeqa DIR --json

A head is a matrix on the vectors of clips and questions, less the mean of the clips. ``siamese``
is trained on clips that follow each other, the others of a batch as negatives (VacancySBERT,
arXiv 2307.16638), from the identity, to which it is drawn back. ``white`` takes from directions in
which the clips differ most (a covariance shrunk to the identity, Ledoit and Wolf 2004). ``then``
has learned from the first 70 % of the days; ``later`` are the questions about the others. Told is
R@10 by the default weights of words, meaning and neighbours, and by meaning alone, in percent; what
a head changes stands with its 95 % interval. No head sees a question. Questions for what was before
or after an event are left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy, normalize

from app.assistant import Assistant
from benchmarks.datasets.lifebench_data import ZONE, lines_of, read_questions
from benchmarks.datasets.sets import SETS, Case, Life
from benchmarks.days.highlights import Clips, read_clips
from benchmarks.homes.life import home_of, open_life, write_lines
from benchmarks.scoring.halves import half_of
from benchmarks.scoring.qa import ci95, mean
from benchmarks.training.ranking import Ranked
from egorag.question.plan import make_plan
from egorag.ranking.bm25 import Lexicon
from egorag.retrieval.before_after import find_anchor, within_named
from egorag.retrieval.candidates import Candidates, gather
from egorag.retrieval.pyramid import features, fitted_weights, time_share
from memory.types.core import Question, Span

Floats = NDArray[np.float32]
PEOPLE = ("leimingxuan", "yinhao")
_TOP, _SHARE, _DAY, _GAP = 10, 0.7, 86_400.0, 120.0
_SHRUNK, _KEPT = 0.9, 0.7  # of the covariance and of the trained head, that is the identity
_EPOCHS, _BATCH, _RATE, _DECAY, _TEMPERATURE = 10, 256, 1e-3, 3.0, 0.05


def white(vectors: Floats) -> Floats:
    """The matrix (d, d) that takes from directions in which vectors of mean zero differ most."""
    values, axes = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    shrunk = (1 - _SHRUNK) * np.maximum(values, 0.0) + _SHRUNK * values.mean()
    head: Floats = (axes * np.sqrt(shrunk.mean() / shrunk)) @ axes.T
    return head


def siamese(first: Floats, second: Floats, seed: int) -> Floats:
    """The matrix (d, d) under which each ``first`` is liker its ``second`` than those of others."""
    chance = torch.Generator().manual_seed(seed)
    pairs = torch.tensor(np.stack([first, second]))
    identity = torch.eye(pairs.shape[2])
    change = torch.zeros_like(identity, requires_grad=True)
    optimiser = torch.optim.Adam([change], lr=_RATE)
    for _ in range(_EPOCHS):
        for batch in torch.randperm(len(first), generator=chance).split(_BATCH):
            one, other = normalize(pairs[:, batch] @ (identity + change), dim=2)
            likeness, own = one @ other.T / _TEMPERATURE, torch.arange(len(batch))
            loss = (cross_entropy(likeness, own) + cross_entropy(likeness.T, own)) / 2
            optimiser.zero_grad()
            (loss + _DECAY * change.square().mean() * len(change)).backward()
            optimiser.step()
    head: Floats = (identity + (1 - _KEPT) * change.detach()).numpy()
    return head


def heads(clips: Clips, seeds: int) -> dict[str, Floats]:
    """The heads of a home by name, ``none`` first."""
    follows = clips.start[1:] - clips.end[:-1] <= _GAP
    old = clips.start < later_from(clips)

    def trained(known: NDArray[np.bool_], seed: int) -> Floats:
        at = np.flatnonzero(follows & known[1:] & known[:-1])
        return siamese(clips.vectors[at], clips.vectors[at + 1], seed)

    return {
        "none": np.eye(clips.vectors.shape[1], dtype=np.float32),
        "white": white(clips.vectors),
        "white, then": white(clips.vectors[old]),
        **{f"siamese {seed}": trained(old | True, seed) for seed in range(seeds)},
        "siamese, then": trained(old, 0),
    }


def later_from(clips: Clips) -> float:
    """When the days begin that follow the first 70 %."""
    days = np.unique(clips.day)
    return float(days[int(_SHARE * len(days))] * _DAY)


@dataclass(frozen=True, slots=True)
class Found:
    """R@10, 0..1, by head of one question: by all signals, and by meaning alone."""

    fused: Mapping[str, float]
    meaning: Mapping[str, float]
    later: bool


def find(case: Case, candidates: Candidates, by: Mapping[str, Floats], later: float) -> Found:
    """What each head finds for a question."""
    memories, plan = candidates.memories, within_named(case.plan)
    assert candidates.meant is not None
    assert candidates.asked is not None
    lexicon = Lexicon(memories, candidates.frequency, candidates.total)
    favoured = plan.time is not None and plan.time_filter is None
    time = time_share(plan, memories) if favoured else None
    rows = [
        [any(memory.span.overlaps(one) for one in group) for group in case.gold]
        for memory in memories
    ]
    holds, fused, meaning = np.array(rows), {}, {}
    for name, head in by.items():
        turned = candidates.meant @ head
        turned /= np.linalg.norm(turned, axis=1, keepdims=True) + 1e-9
        headed = replace(candidates, meant=turned, asked=candidates.asked @ head)
        ranked = Ranked("", "", features(headed, lexicon), memories, time, holds)
        fused[name] = ranked.recall(fitted_weights(True))
        best = np.argsort(-(turned @ headed.asked), kind="stable")[:_TOP]
        meaning[name] = float(holds[best].any(axis=0).mean())
    return Found(fused, meaning, min(one.start for group in case.gold for one in group) >= later)


def of_life(life: Life, options: argparse.Namespace) -> Iterator[Found]:
    """The questions of a life, every so many of them, that name no event beside another."""
    assistant = open_home(life, options)
    embedder = assistant.brains.embedder()
    clips = read_clips(assistant)
    by, later = heads(clips, options.seeds), later_from(clips)
    for case in life.cases[:: options.every]:
        plan = within_named(case.plan)
        if find_anchor(plan) is None:
            candidates = gather(assistant.store.as_of(case.asked_at), plan, embedder)
            if candidates.meant is not None:
                yield find(case, candidates, by, later)
    assistant.close()


def open_home(life: Life, options: argparse.Namespace) -> Assistant:
    """The life as a home with vectors, made once and kept."""
    files = list(life.files)
    homes = options.homes or home_of("lines", [], None).parent
    if life.lines:
        files = [write_lines(homes / f"{life.name}.jsonl", life.lines)]
    home = home_of(life.name, files, options.homes and options.homes / life.name)
    return open_life(
        home, files, embedder=options.embedder, day_one=life.day_one, timezone=life.timezone
    )


def lifebench(folder: Path) -> Iterator[Life]:
    """LifeBench in English: gold is each line of the evidence."""
    for person in PEOPLE:
        cases = [
            Case(
                make_plan(Question(asked.text, asked.asked_at, ZONE)),
                asked.asked_at,
                tuple((Span(at, at + 1e-4),) for at in sorted(asked.evidence)),
                half_of(asked.text),
            )
            for asked in read_questions(folder, "en", person)
            if asked.evidence
        ]
        yield Life(f"lifebench-{person}", (), cases, [lines_of(folder, "en", person)], None, ZONE)


_LIVES: Mapping[str, Callable[[Path], Iterator[Life]]] = {
    "locomo": SETS["locomo"], "lifebench": lifebench, "egolifeqa": SETS["egolifeqa"]
}  # fmt: skip


def figures(results: Sequence[Found]) -> dict[str, dict[str, float | list[float]]]:
    """By head: R@10 in percent without one, else what it changes and how sure that is."""
    told: dict[str, dict[str, float | list[float]]] = {}
    for head in results[0].fused:
        told[head] = {}
        for name, rows in (("all", results), ("later", [row for row in results if row.later])):
            for signal in ("fused", "meaning"):
                values = [getattr(row, signal) for row in rows]
                gains = [value[head] - value["none"] for value in values]
                told[head][f"{signal}, {name}"] = (
                    round(mean([value["none"] for value in values]), 1)
                    if head == "none"
                    else [round(mean(gains), 1), round(ci95(gains), 1)]
                )
    return told


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in _LIVES:
        parser.add_argument(f"--{name}", type=Path, help=f"where {name} is")
    parser.add_argument("--embedder", default="e5")
    parser.add_argument("--homes", type=Path, help="where homes are kept; default: the cache")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="only every so many questions")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    for name, lives in _LIVES.items():
        if (path := getattr(options, name)) is not None:
            found = [one for life in lives(path) for one in of_life(life, options)]
            report = {"set": name, "questions": len(found), "heads": figures(found)}
            if options.json:
                say(json.dumps(report))
                continue
            say(f"{name}, {len(found)} questions")
            for head, row in figures(found).items():
                say(f"  {head:14}" + "".join(f"  {key} {value}" for key, value in row.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
