"""Questions across wearers: a week cut into seven homes, against the one home that holds it all.

    python -m benchmarks.across --egolifeqa DIR --json

Every day becomes a home of its own, as if seven people had worn the camera for a day each. Each
question is put to the whole week and to the seven homes; ``in_common`` is how much of the best ten
clips of the one is among those of the other, ``same_first`` in how many questions the first is the
same. Beside the view across (`egorag.across`) stand two ways that merge what each home has ranked
by itself: by its scores, and by reciprocal ranks (Cormack et al., 2009).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from benchmarks.datasets.sets import Case, egolifeqa
from benchmarks.egolifeqa import DAY_ONE, ZONE
from benchmarks.homes.life import home_of
from benchmarks.scoring.qa import Say
from egogpt.protocols.text_embedder import Embedder
from egogpt.registry import load_embedder
from egogpt.weights.store import WeightStore
from egorag.across.other_home import OtherHome
from egorag.across.view import AcrossView
from egorag.ranking.embedding_cache import CachedEmbedder
from egorag.retrieval.registry import load_retriever
from ingest.importers import ImportOptions, import_paths
from ingest.stages import pipeline
from memory.store.store import Store
from memory.store.view import View
from memory.types.core import EVERYTHING, Evidence

AT, RANK_OFFSET = 10, 60
NOBODY = "none"
Ranked = list[str]  # ids of clips, best first


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a way of asking several homes agrees with one home, and what a question costs."""

    in_common: float
    same_first: float
    cpu_seconds: float


def ranked(view: View, case: Case, embedder: Embedder | None) -> list[Evidence]:
    """The best clips of a view."""
    return load_retriever().retrieve(view, case.plan, embedder, AT)


def across(views: Sequence[View], case: Case, embedder: Embedder | None) -> Ranked:
    """One scoring over all homes; the first is the asker's."""
    others = [OtherHome(f"Jake{n}", view.granted(EVERYTHING)) for n, view in enumerate(views[1:])]
    return _clips(ranked(AcrossView(views[0], others), case, embedder))


def by_score(homes: Sequence[list[Evidence]]) -> Ranked:
    """What each home ranks by itself, by its scores."""
    found = [item for home in homes for item in home]
    return _clips(sorted(found, key=lambda item: -item.score))


def by_rank(homes: Sequence[list[Evidence]]) -> Ranked:
    """What each home ranks by itself, by reciprocal ranks; ties go to the higher score."""
    found = [(1 / (RANK_OFFSET + rank), item) for home in homes for rank, item in enumerate(home)]
    return _clips([item for _, item in sorted(found, key=lambda it: (-it[0], -it[1].score))])


def _clips(evidence: Sequence[Evidence]) -> Ranked:
    return [item.memory.clip_id for item in evidence[:AT]]


def measure(
    week: Store, homes: Sequence[Store], cases: Sequence[Case], embedder: Embedder | None
) -> dict[str, Agreement]:
    """Each way against the one home, over the questions that it finds something for."""
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for number, case in enumerate(cases, 1):
        whole = _clips(ranked(week.as_of(case.asked_at), case, embedder))
        views = [home.as_of(case.asked_at) for home in homes]
        begun = time.process_time()
        each = [ranked(view, case, embedder) for view in views]
        apart = time.process_time() - begun
        begun = time.process_time()
        together = across(views, case, embedder)
        took = time.process_time() - begun
        ways = {
            "scores of each home": (by_score(each), apart),
            "reciprocal ranks": (by_rank(each), apart),
            "one scoring (across)": (together, took),
        }
        for way, (found, seconds) in ways.items() if whole else ():
            common = len(set(found) & set(whole)) / len(whole)
            rows.setdefault(way, []).append((common, float(found[:1] == whole[:1]), seconds))
        print(f"\r{number} of {len(cases)} questions", end="", file=sys.stderr)
    return {way: Agreement(*map(fmean, zip(*found))) for way, found in rows.items()}


def open_homes(folder: Path, embedder: Embedder | None) -> tuple[Store, list[Store]]:
    """The week as one home, and each of its days as another; made once and kept.

    A day has the vectors that the same texts have in the week.
    """
    files = sorted(folder.glob("events_DAY*.jsonl"))
    if not files:
        raise SystemExit(f"{folder} holds no events_DAY*.jsonl; name the folder of EgoLifeQA")
    week = _opened("across-week", files)
    pipeline.embed(week, embedder)
    homes = [_opened("across-day", [path]) for path in files]
    for home in homes if embedder is not None else ():
        ids = [memory.id for memory in home.as_of(math.inf).memories("clip")]
        known, vectors = week.as_of(math.inf).vectors(embedder.name, embedder.dimension, ids)
        home.vectors.put(embedder.name, known.tolist(), vectors)
    return week, homes


def _opened(name: str, files: Sequence[Path]) -> Store:
    store = Store.open(home_of(name, files, None))
    import_paths(store, files, ImportOptions(day_one=DAY_ONE, timezone=ZONE))
    return store


def main(arguments: Sequence[str] | None = None, say: Say = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--egolifeqa", type=Path, required=True, help="the data set's folder")
    parser.add_argument("--embedder", default="e5", help="a name, or none: words alone")
    parser.add_argument("--limit", type=int, help="only about so many questions, evenly spread")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    embedder = None
    if options.embedder != NOBODY:
        embedder = CachedEmbedder(load_embedder(options.embedder, WeightStore()))
    week, homes = open_homes(options.egolifeqa, embedder)
    try:
        cases = list(next(egolifeqa(options.egolifeqa)).cases)
        cases = cases[:: max(1, len(cases) // (options.limit or len(cases)))]
        found = measure(week, homes, cases, embedder)
    finally:
        for store in (week, *homes):
            store.close()
    result = {
        "embedder": options.embedder,
        "questions": len(cases),
        "homes": len(homes),
        "ways": {
            way: {
                "in_common": round(one.in_common, 3),
                "same_first": round(one.same_first, 3),
                "cpu_seconds": round(one.cpu_seconds, 3),
            }
            for way, one in found.items()
        },
    }
    for way, one in {} if options.json else found.items():
        say(f"{way:22} {one.in_common:.2f} in common, {one.same_first:.0%} same first")
    say(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
