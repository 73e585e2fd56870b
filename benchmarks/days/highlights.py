"""Highlights of a day: whether clips that were asked about later stand out from the others.

    python -m benchmarks.days.highlights --events DIR --questions questions.json --json
    python -m benchmarks.days.highlights --descriptions FILE --questions questions.jsonl --json

The first is EgoLifeQA, whose questions name target clips, the second LLQA, whose questions name a
moment. AUC: how often a target is above another clip of any day, each clip by its rank in its day;
50 is chance. ``top ten``: how many of the ten highest clips of a day lie within a minute of a
target (``any clip``: of all). Nothing is trained; Titans' constants were chosen on the dev half of
EgoLifeQA's questions.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from app.assistant import Assistant
from benchmarks.datasets.llqa_data import read_descriptions, read_questions
from benchmarks.egolifeqa import moment, open_week
from benchmarks.homes.life import NO_MODEL
from benchmarks.llqa import open_log
from benchmarks.scoring.halves import half_of
from kernels.layers.titans_memory import surprises

Numbers = NDArray[np.float64]
_NEAREST, _TOP, _DAY = 5, 10, 86_400
_MINUTE, _EARLIER = 60.0, 300.0  # seconds; what is less before a clip is not compared with it


@dataclass(frozen=True, slots=True)
class Clips:
    """Clips in order of time: their edges, vectors (less the mean, of length one), and speech."""

    start: Numbers
    end: Numbers
    vectors: NDArray[np.float32]
    speech: Numbers

    @property
    def day(self) -> NDArray[np.int64]:
        """Which 24 hours after the first midnight (UTC) each began in."""
        return (self.start // _DAY).astype(np.int64)


def read_clips(assistant: Assistant) -> Clips:
    """Those that have vectors."""
    embedder = assistant.brains.embedder()
    if embedder is None:
        raise SystemExit("no embedder: name one that is here with --embedder")
    view = assistant.store.as_of(math.inf)
    rows = {row.id: row for row in view.memories("clip")}
    ids, vectors = view.vectors(embedder.name, embedder.dimension, list(rows))
    order = np.argsort([rows[int(one)].span.start for one in ids], kind="stable")
    known, vectors = [rows[int(ids[at])] for at in order], vectors[order]
    vectors = vectors - vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    spoken = [sum(u.span.duration for u in view.utterances(row.clip_id or "")) for row in known]
    starts, ends = ([getattr(row.span, edge) for row in known] for edge in ("start", "end"))
    return Clips(np.array(starts), np.array(ends), vectors, np.array(spoken, float))


def rarity(clips: Clips) -> Numbers:
    """How unlike its five likest clips each is, of those that ended five minutes before or more."""
    found = np.zeros(len(clips.start))
    for at in range(len(found)):
        before = int(np.searchsorted(clips.end, clips.start[at] - _EARLIER))
        if before >= _NEAREST:
            cosines = clips.vectors[:before] @ clips.vectors[at]
            found[at] = 1 - np.partition(cosines, -_NEAREST)[-_NEAREST:].mean()
    return found


def ways(clips: Clips) -> dict[str, Numbers]:
    """What may make a clip stand out."""
    surprise = surprises(torch.tensor(clips.vectors)).double().numpy()
    rare = rarity(clips)
    ranked = [by_day(one, clips.day) for one in (surprise, rare, clips.speech)]
    return {
        "speech": clips.speech,
        "rarity": rare,
        "titans": surprise,
        "all three": np.sum(ranked, axis=0),
    }


def by_day(values: Numbers, day: NDArray[np.int64]) -> Numbers:
    """Each value's rank in its day, 0 to 1; equal values share theirs."""
    ranks = np.zeros(len(values))
    for one in np.unique(day):
        inside = np.flatnonzero(day == one)
        _, group, sizes = np.unique(values[inside], return_inverse=True, return_counts=True)
        middle = sizes.cumsum() - (sizes + 1) / 2
        ranks[inside] = middle[group] / max(1, len(inside) - 1)
    return ranks


def auc(ranks: Numbers, target: NDArray[np.bool_]) -> float:
    """How often a target is above another clip; a tie counts half."""
    others = np.sort(ranks[~target])
    below = np.searchsorted(others, ranks[target]) + np.searchsorted(others, ranks[target], "right")
    return float(below.mean() / 2 / len(others))


def measure(clips: Clips, targets: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """AUC of each way by half, in percent, and the share of the top ten that is near a target."""
    marked = {half: _holding(clips, moments) for half, moments in targets.items()}
    anyone = np.any(list(marked.values()), axis=0)
    near = np.zeros(len(anyone), bool)
    for at in (at for moments in targets.values() for at in moments):
        near |= (clips.start <= at + _MINUTE) & (clips.end >= at - _MINUTE)
    asked = [day for day in np.unique(clips.day) if anyone[clips.day == day].any()]
    figures: dict[str, dict[str, float]] = {}
    for name, values in ways(clips).items():
        ranks = by_day(values, clips.day)
        told = {
            half: 100 * auc(ranks[~anyone | mine], mine[~anyone | mine])
            for half, mine in marked.items()
        }
        top = [near[_highest(ranks, clips.day == day)].mean() for day in asked]
        figures[name] = {**told, "top ten": 100 * float(np.mean(top))}
    share = 100 * float(near[np.isin(clips.day, asked)].mean())
    return {**figures, "any clip": {"dev": 50.0, "test": 50.0, "top ten": share}}


def _holding(clips: Clips, moments: Sequence[float]) -> NDArray[np.bool_]:
    held = np.zeros(len(clips.start), bool)
    for at in moments:
        held |= (clips.start <= at) & (at < clips.end)
    return held


def _highest(ranks: Numbers, inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    at = np.flatnonzero(inside)
    highest: NDArray[np.int64] = at[np.argsort(-ranks[at], kind="stable")[:_TOP]]
    return highest


def read(options: argparse.Namespace) -> tuple[Assistant, dict[str, list[float]]]:
    """The home, and the moments that were asked about, by half."""
    targets: dict[str, list[float]] = {"dev": [], "test": []}
    if options.descriptions:
        for one in read_questions(options.questions):
            at = one.span.start if one.span.duration <= 2 * _MINUTE else one.span.end - 1e-3
            targets[half_of(one.text)].append(at)
        return open_log(read_descriptions(options.descriptions), options), targets
    for item in json.loads(options.questions.read_text(encoding="utf-8")):
        moments = [moment(target["day"], target["s"]) for target in item["targets"]]
        targets[half_of(item["question"])] += moments
    return open_week(sorted(options.events.glob("events_DAY*.jsonl")), options), targets


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    life = parser.add_mutually_exclusive_group(required=True)
    life.add_argument("--events", type=Path, help="folder of events_DAY*.jsonl")
    life.add_argument("--descriptions", type=Path, help="LLQA's descriptions.jsonl")
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--embedder", default="e5")
    parser.add_argument("--home", type=Path, help="where the home is kept")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments, argparse.Namespace(model=NO_MODEL))
    torch.set_num_threads(1)
    assistant, targets = read(options)
    clips = read_clips(assistant)
    assistant.close()
    figures = measure(clips, targets)
    if options.json:
        rounded = {n: {k: round(v, 1) for k, v in row.items()} for n, row in figures.items()}
        say(json.dumps({"clips": len(clips.start), "figures": rounded}))
        return 0
    for name, row in figures.items():
        say(f"{name:12}" + "".join(f"  {key} {value:5.1f}" for key, value in row.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
