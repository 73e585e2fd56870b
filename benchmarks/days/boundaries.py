"""Where one activity ends: a segmenter in constant memory against ten minutes and a drop of cosine.

    python -m benchmarks.days.boundaries --descriptions descriptions.jsonl --json
    python -m benchmarks.days.boundaries --events DIR --json

Labels are what the event reader tells of two clips in a row (LLQA's "the lifelogger" is read as
"I"): a boundary lies between them where the activity is another; places where either has none do
not count. Learned is from the first 70 % of the days, whose last seventh stops the training;
thresholds are those of the best F1 on them. ``pair`` sees the two clips, ``lightning`` what came
before, too, through TransNormer's layer (one matrix a head, however long the day is).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.datasets.llqa_data import read_descriptions
from benchmarks.days.highlights import Clips, Numbers, read_clips
from benchmarks.days.next_activity import egolife_lines, llqa_lines
from benchmarks.egolifeqa import open_week
from benchmarks.homes.life import NO_MODEL
from benchmarks.llqa import open_log
from ingest.derived.events import extract_events
from kernels.layers.transnormer import TransNormerAttention
from memory.types.events import Event

Marks = NDArray[np.bool_]
_LEARNED, _STOPPING = 0.7, 0.85
_WINDOW, _EPOCHS, _PATIENCE, _SEEDS = 600.0, 40, 6, 2


class Segmenter(nn.Module):
    """Logits of a boundary before each clip, from it, the one before, and what was kept."""

    def __init__(self, width: int, inner: int = 32, *, remembers: bool = True) -> None:
        """Make it; without ``remembers`` it sees the clip and the one before only."""
        super().__init__()
        self.into = nn.Linear(width, inner)
        self.mixer = TransNormerAttention(inner, 2, layers=2) if remembers else None
        self.head = nn.Sequential(
            nn.Linear(2 * inner + 2, inner), nn.SiLU(), nn.Dropout(0.2), nn.Linear(inner, 1)
        )
        self.dropout = nn.Dropout(0.3)

    def forward(self, vectors: Tensor, beside: Tensor) -> Tensor:
        """Read a day: vectors [1, n, width] and [1, n, 2] cosine and minutes to the one before."""
        read = self.dropout(self.into(self.dropout(vectors)))
        before = read
        if self.mixer is not None:
            before = read + self.mixer(functional.layer_norm(read, read.shape[-1:]))[0]
        before = functional.pad(before, (0, 0, 1, 0))[:, :-1]
        logits: Tensor = self.head(torch.cat([before, read, beside], dim=-1))[..., 0]
        return logits


def labels(clips: Clips, events: Iterable[Event]) -> tuple[Marks, Marks]:
    """Where a boundary lies before a clip, and where that is known."""
    own = sorted((e for e in events if not e.doer), key=lambda e: e.span.start)
    told = np.full(len(clips.start), "", object)
    for event in own:
        first, last = np.searchsorted(clips.end, event.span.start, "right"), event.span.end
        told[first : np.searchsorted(clips.start, last)] = event.activity
    same_day = np.diff(clips.day, prepend=-1) == 0
    known = same_day & (told != "") & (np.roll(told, 1) != "")
    return known & (told != np.roll(told, 1)), known


def beside(clips: Clips) -> Numbers:
    """Cosine and log minutes between each clip and the one before, [n, 2]."""
    cosine = np.r_[1.0, (clips.vectors[1:] * clips.vectors[:-1]).sum(axis=1)]
    minutes = np.diff(clips.start, prepend=clips.start[:1]) / 60
    return np.stack([cosine, np.log1p(minutes.clip(min=0))], axis=1)


def train(clips: Clips, boundary: Marks, known: Marks, remembers: bool, seed: int) -> Numbers:
    """Logits for all clips, learned from the first days."""
    torch.manual_seed(seed)
    days = np.unique(clips.day)[: int(len(np.unique(clips.day)) * _LEARNED)]
    learned = days[: max(1, int(len(days) * _STOPPING))]
    model = Segmenter(clips.vectors.shape[1], remembers=remembers)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.05)
    vectors = torch.tensor(clips.vectors)[None] * clips.vectors.shape[1] ** 0.5 / 2
    near = torch.tensor(beside(clips), dtype=torch.float32)[None]
    wanted = torch.tensor(boundary).float()
    best, kept, since = float("inf"), np.zeros(len(known)), 0
    for epoch in range(_EPOCHS):
        model.train()
        for day in np.random.default_rng(seed * 99 + epoch).permutation(learned):
            at = np.flatnonzero(clips.day == day)
            if known[at].any():
                logits, sure = model(vectors[:, at], near[:, at])[0], torch.tensor(known[at])
                loss = functional.binary_cross_entropy_with_logits(logits[sure], wanted[at][sure])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        model.eval()
        told = np.zeros(len(known))
        with torch.no_grad():
            for day in np.unique(clips.day):
                at = np.flatnonzero(clips.day == day)
                told[at] = model(vectors[:, at], near[:, at])[0].numpy()
        judged = torch.tensor(known & np.isin(clips.day, days[len(learned) :]))
        wrong = functional.binary_cross_entropy_with_logits(
            torch.tensor(told)[judged], wanted[judged].double()
        ).item()
        since += 1
        if wrong < best - 1e-4:
            best, kept, since = wrong, told, 0
        if since >= _PATIENCE:
            break
    return kept


def f1(marked: Marks, boundary: Marks) -> float:
    """Percent."""
    return 200 * float((marked & boundary).sum()) / max(1.0, float(marked.sum() + boundary.sum()))


def compare(clips: Clips, boundary: Marks, known: Marks) -> dict[str, float]:
    """F1 of each way on the later days, in percent."""
    days = np.unique(clips.day)
    first = np.isin(clips.day, days[: int(len(days) * _LEARNED)])
    early, late = known & first, known & ~first
    window = np.diff(clips.start // _WINDOW, prepend=-1) != 0
    figures = {
        "every place": f1(late, boundary & late),
        "ten minutes": f1(window & late, boundary & late),
    }
    scores = {"cosine drop": -beside(clips)[:, 0]}
    for name, remembers in (("pair", False), ("lightning", True)):
        made = [train(clips, boundary, known, remembers, seed) for seed in range(_SEEDS)]
        scores[name] = np.mean(made, axis=0)
    for name, score in scores.items():
        bounds = np.quantile(score[early], np.linspace(0.02, 0.98, 49))
        best = max(bounds, key=lambda b, s=score: f1((s >= b) & early, boundary & early))  # type: ignore[misc]
        figures[name] = f1((score >= best) & late, boundary & late)
    return figures


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    life = parser.add_mutually_exclusive_group(required=True)
    life.add_argument("--events", type=Path, help="folder of events_DAY*.jsonl")
    life.add_argument("--descriptions", type=Path, help="LLQA's descriptions.jsonl")
    parser.add_argument("--embedder", default="e5")
    parser.add_argument("--home", type=Path, help="where the home is kept")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments, argparse.Namespace(model=NO_MODEL))
    torch.set_num_threads(1)
    if options.descriptions:
        assistant = open_log(read_descriptions(options.descriptions), options)
        lines = llqa_lines(options.descriptions)
    else:
        assistant = open_week(sorted(options.events.glob("events_DAY*.jsonl")), options)
        lines = egolife_lines(options.events)
    clips = read_clips(assistant)
    assistant.close()
    boundary, known = labels(clips, extract_events(list(lines))[0])
    figures = {name: round(one, 1) for name, one in compare(clips, boundary, known).items()}
    counts = {"places": int(known.sum()), "boundaries": int(boundary.sum())}
    if options.json:
        say(json.dumps({**counts, "f1": figures}))
    else:
        say(f"{counts}\n" + "\n".join(f"{name:12} F1 {one:5.1f}" for name, one in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
