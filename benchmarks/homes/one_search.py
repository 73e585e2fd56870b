"""One size of the search benchmark, in a process of its own: prints one JSON object."""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.homes.long_lives import (
    ACTIVITIES,
    BEGIN,
    CLIPS_A_DAY,
    NAMES,
    PLACES,
    SPOKEN,
    THINGS,
    Directions,
)
from benchmarks.homes.search_homes import home_of
from egogpt.protocols.text_embedder import Embedder
from egogpt.registry import load_embedder
from egogpt.runtime.threads import wait_passively
from egogpt.weights.store import WeightStore
from egorag.answering.searcher import Searcher
from egorag.evidence.cards import evidence_cards
from egorag.question.plan import Plan, make_plan
from egorag.retrieval import candidates
from egorag.retrieval.registry import load_retriever
from memory.store.store import Store
from memory.store.view import View
from memory.types.core import Question

T = TypeVar("T")
KINDS = (
    "Where did I put the {rare}?",
    "Who handed me the {rare}?",
    "What did {name} say about the {rare}?",
    "Did I see a {rare} in the {place}?",
    "Where is my {thing}?",
    "What did {name} say?",
    "Where did I put the {thing} in the {place}?",
    "Who was with me when I was {activity}?",
    "What did I do with the {thing} yesterday?",
    "Where was the {thing} yesterday evening?",
    "What did {name} say two days ago?",
    "Who did I talk to on 3 January 2025?",
    "What did I do with the {rare} last week?",
    "When did I last see the {rare}?",
    "When was the last time I was {activity}?",
    "When did I first hold the {thing}?",
    "When did I last talk to {name} about the {rare}?",
    "Did we talk about the {said}?",
    "What was that funny thing somebody said about the {said}?",
    "Tell me about the {said} and the {thing}",
    "What was next to the {thing} with {name}?",
    "How many times was I {activity}?",
    "How often did I use the {thing}?",
    "How many times did I use the {rare} last week?",
    "How long was I {activity}?",
    "Which {thing} was I looking at in the {place}?",
    "Did {name} give me the {rare}?",
    "What do I usually do in the {place}?",
    "Was the zeppelin in the {place}?",
    "What happened in the {place} with the {thing} and {name}?",
)


def _questions(each: int) -> list[str]:
    """So many questions of each kind, about other things each time."""
    return [
        kind.format(
            thing=THINGS[(3 * at + kept) % 20],
            rare=THINGS[40 + (7 * at + 11 * kept) % 47],
            name=NAMES[(5 * at + kept) % len(NAMES)],
            place=PLACES[(3 * at + kept) % len(PLACES)],
            activity=ACTIVITIES[(11 * at + kept) % len(ACTIVITIES)],
            said=SPOKEN[20 + (7 * at + kept) % 50],
        )
        for at in range(each)
        for kept, kind in enumerate(KINDS)
    ]


QUESTIONS = _questions(4)


class Clock:
    """Wall and processor milliseconds by name, one entry a question."""

    def __init__(self) -> None:
        self.found: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._now: dict[str, tuple[float, float]] = {}

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Adds what the block takes to the question's entry."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        before = self._now.get(name, (0.0, 0.0))
        self._now[name] = (
            before[0] + 1e3 * (time.perf_counter() - wall),
            before[1] + 1e3 * (time.process_time() - cpu),
        )

    def end(self) -> None:
        """The question is over."""
        if "all" in self._now:
            (wall, cpu), model = self._now["all"], self._now.get("model", (0.0, 0.0))
            self._now["without"] = wall - model[0], cpu - model[1]
        for name, taken in self._now.items():
            self.found[name].append(taken)
        self._now = {}

    def summary(self) -> dict[str, dict[str, float]]:
        """Median and 95th percentile of each."""
        return {
            name: {
                f"{kind}_p{share}": round(
                    float(np.percentile([one[at] for one in taken], share)), 1
                )
                for at, kind in enumerate(("wall", "cpu"))
                for share in (50, 95)
            }
            for name, taken in self.found.items()
        }


class MadeUp:
    """Queries have a made-up direction, as the life's vectors do; other texts are embedded."""

    synonym_cosine, dimension, name = 0.76, Directions.dimension, Directions.name

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._directions = Directions()
        weights = WeightStore()
        self._real: Embedder | None = None
        if weights.has("e5"):
            self._real = load_embedder("e5", weights)
            self.synonym_cosine = self._real.synonym_cosine

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """By the real embedder where its weights are there: it costs what it costs."""
        with self.clock.measure("model"):
            return (self._real or self._directions).embed_documents(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The made-up direction; the real embedder works as long as it would, and is not heard."""
        if self._real is not None:
            with self.clock.measure("model"):
                self._real.embed_query(text)
        return self._directions.embed_query(text)


class TimedView(View):
    """A view whose searches are timed."""

    clock: Clock

    def search_text(self, *args: Any, **kwargs: Any) -> dict[int, float]:
        """See `View.search_text`."""
        with self.clock.measure("words"):
            return super().search_text(*args, **kwargs)

    def count_text(self, *args: Any, **kwargs: Any) -> int:
        """See `View.count_text`."""
        with self.clock.measure("words"):
            return super().count_text(*args, **kwargs)

    def search_vectors(self, *args: Any, **kwargs: Any) -> dict[int, float]:
        """See `View.search_vectors`."""
        with self.clock.measure("meaning"):
            return super().search_vectors(*args, **kwargs)


class ExactView(View):
    """A view that compares every vector. ``everything`` is (ids, vectors) of all clips."""

    everything: tuple[NDArray[np.int64], NDArray[np.float32]]

    def search_vectors(
        self, vector: NDArray[np.float32], model: str, *args: Any
    ) -> dict[int, float]:
        """Id → cosine of all clips within the interval."""
        ids, vectors = self.everything
        cosines = dict(zip(ids.tolist(), (vectors @ vector).tolist()))
        span = args[1] if len(args) > 1 else None
        if span is None:
            return cosines
        return {memory.id: cosines[memory.id] for memory in self.memories("clip", span)}


def timed(call: Callable[[], T]) -> tuple[T, float]:
    """What the call returns, and the milliseconds it took."""
    begun = time.perf_counter()
    return call(), 1e3 * (time.perf_counter() - begun)


def answer(view: TimedView, question: Question, searcher: Searcher) -> None:
    """All that is done before an answer is worded."""
    clock = view.clock
    with clock.measure("all"):
        with clock.measure("first"):
            with clock.measure("plan"):
                plan = make_plan(question)
            with clock.measure("coverage"):
                view.coverage(plan.time.span if plan.time else None)
            with clock.measure("retrieve"):
                gathered = searcher.gather(view, plan)
            evidence_cards(plan, gathered)
        with clock.measure("judge"):
            searcher.judged(view, plan, gathered.units, gathered)


def vectors_of_clips(store: Store, model: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Ids and vectors of all clips."""
    after, ids, parts = 0, [], []
    sql = (
        "SELECT vector.rowid AS at, memory_id, data FROM vector JOIN memory "
        "ON memory.id = memory_id WHERE vector.model = ? AND level = 'clip' "
        "AND vector.rowid > ? ORDER BY vector.rowid LIMIT 9999"
    )
    while found := store.database.rows(sql, [model, after]):
        after = found[-1]["at"]
        ids += [row["memory_id"] for row in found]
        parts.append(np.frombuffer(b"".join(row["data"] for row in found), np.float32))
    return np.array(ids, np.int64), np.concatenate(parts).reshape(len(ids), -1)


def recalls(
    store: Store,
    view: View,
    asked_at: float,
    questions: Sequence[str],
    embedder: Embedder,
    whole: int,
) -> dict[str, float | None]:
    """Of the index at 10 and 100, and of the best 10 against scoring all clips."""
    ids, vectors = everything = vectors_of_clips(store, embedder.name)
    hits: dict[int, list[float]] = {10: [], 100: []}
    plans = [make_plan(Question(text, asked_at)) for text in questions]
    for plan in plans:
        vector = embedder.embed_query(plan.query)
        best = ids[np.argsort(-(vectors @ vector), kind="stable")[:100]].tolist()
        found = list(view.search_vectors(vector, embedder.name, "clip", None, 100))
        for depth, shares in hits.items():
            shares.append(len(set(best[:depth]) & set(found[:depth])) / depth)
    exact = ExactView(store.database, store.vectors, store.pictures, store.days, asked_at)
    exact.everything = everything
    shares = []
    for plan in plans[:: max(1, len(plans) // max(1, whole))][:whole]:
        found = _best(view, plan, embedder)
        kept, candidates.ALL_BELOW = candidates.ALL_BELOW, 10**9
        best = _best(exact, plan, embedder)
        candidates.ALL_BELOW = kept
        shares.append(len(found & best) / max(1, len(best)))
    return {
        "recall_10": float(np.mean(hits[10])),
        "recall_100": float(np.mean(hits[100])),
        "recall_all": float(np.mean(shares)) if shares else None,
    }


def _best(view: View, plan: Plan, embedder: Embedder) -> set[int]:
    return {item.memory.id for item in load_retriever().retrieve(view, plan, embedder, 10)}


def _view(store: Store, asked_at: float, clock: Clock) -> TimedView:
    view = TimedView(store.database, store.vectors, store.pictures, store.days, asked_at)
    view.clock = clock
    return view


def measure(folder: Path, clips: int, whole: int, most: int) -> dict[str, Any]:
    """Every figure of one size."""
    home, built = home_of(folder, clips)
    clock = Clock()
    embedder = MadeUp(clock)
    searcher = Searcher(load_retriever(), embedder)
    store, open_ms = timed(lambda: Store.open(home))
    days, left = divmod(clips, CLIPS_A_DAY)
    asked_at = BEGIN + 86_400 * days + 30 * left + 3600
    view = _view(store, asked_at, clock)
    before = psutil.Process().memory_info().rss
    vector = embedder.embed_query("warm")
    _, index_ms = timed(lambda: view.search_vectors(vector, embedder.name))
    held = psutil.Process().memory_info().rss - before
    clock.end()
    _, first_ms = timed(lambda: answer(view, Question("Where is my bag?", asked_at), searcher))
    clock.end()
    clock.found.clear()
    questions = QUESTIONS[:most]
    for text in questions:
        view = _view(store, asked_at, clock)  # as each question has its own
        answer(view, Question(text, asked_at), searcher)
        clock.end()
    slow = sorted(zip(clock.found["all"], questions), reverse=True)[:5]
    figures = {
        "clips": clips,
        "questions": len(questions),
        "stages": clock.summary(),
        "slowest": [f"{taken[0]:.0f} ms: {text}" for taken, text in slow],
        "build_s": round(built),
        "open_ms": open_ms,
        "index_ms": index_ms,
        "first_ms": first_ms,
        "index_mb": held / 2**20,
        "index_bytes_mb": store.vectors.held_bytes(embedder.name, 384) / 2**20,
        "home_mb": sum(one.stat().st_size for one in home.glob("memory.sqlite3*")) / 2**20,
    }
    figures |= recalls(store, view, asked_at, questions, embedder, whole)
    store.close()
    return figures


def main(arguments: Sequence[str]) -> int:
    """FOLDER, clips, how many questions are scored in full, how many are put."""
    wait_passively()
    folder, clips, whole, most = arguments
    print(json.dumps(measure(Path(folder), int(clips), int(whole), int(most))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
