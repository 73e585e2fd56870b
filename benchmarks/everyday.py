"""Everyday questions: what people ask about their own life, in the words that they use.

    python -m benchmarks.everyday SET_DIR --media DIR --model none --json

The lines go through the importer and the recordings through ingest, into one home; every question
is asked at its own time, a follow-up with the turns before it. An answer is right, missed (it
abstains), useless or false, by the rules of ``benchmarks/datasets/everyday_data.py``. ``line`` says
how often the right line is among the first 1, 3 and 10 clips of the retriever, and of the
embedder's vectors alone; ``begins`` of how many of the answers whose line is known the first moment
shows it. With ``--home`` the home is kept and used again.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.assistant import Assistant
from benchmarks.datasets.everyday_data import (
    KINDS,
    LINES,
    VERDICTS,
    EverydayQuestion,
    FilmedFile,
    Verdict,
    cites,
    judge,
    read_questions,
    read_recordings,
    zone_of,
)
from benchmarks.homes.life import NO_MODEL, home_of, open_home
from benchmarks.scoring.halves import CHOICES, by_half, of_half
from benchmarks.scoring.qa import Say, mean
from benchmarks.scoring.rankers import MEANING, rankers
from memory.types.core import Answer, Question, Span, Turn
from memory.types.evidence_cards import EvidenceCards

_RANKS = (1, 3, 10)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was asked: the answer, its verdict, and what it took in seconds.

    ``lines`` are, by the name of a ranking, whether the right line is among its first 1, 3 and 10,
    ``begins`` is whether the answer does with it: None of no answer, or where it is not known.
    """

    question: EverydayQuestion
    text: str
    verdict: Verdict
    evidence_s: float
    end_s: float
    lines: dict[str, bool]
    begins: bool | None = None


def open_set(folder: Path, options: argparse.Namespace) -> Assistant:
    """The home of a set, with its lines and, where there is a folder of media, its recordings.

    Raises:
        SystemExit: something cannot be taken in; the text says why.
    """
    filmed = read_recordings(folder) if options.media else []
    lines = folder / "lines.jsonl"
    name = "everyday" if filmed else "everyday-lines"
    home = home_of(name, [lines, folder / "recordings.json"], options.home)
    assistant = open_home(home, model=options.model, embedder=options.embedder)
    zone = zone_of(folder)
    failed = [
        r.message for r in assistant.import_text([lines], timezone=zone) if r.status == "failed"
    ]
    failed += _ingest(assistant, filmed, options.media, zone)
    if failed:
        raise SystemExit("; ".join(failed))
    return assistant


def _ingest(
    assistant: Assistant, filmed: Sequence[FilmedFile], media: Path, zone: str
) -> list[str]:
    """Ingests each recording with its start. Returns the messages of those that failed."""
    failed = []
    for recording in filmed:
        for result in assistant.ingest(
            [media / recording.file], start=recording.start, timezone=zone
        ):
            failed += (
                [result.message] if result.status not in ("indexed", "already", "partial") else []
            )
    return failed


class Conversations:
    """Asks questions of an assistant, each once, after those that it follows."""

    def __init__(self, assistant: Assistant, questions: Iterable[EverydayQuestion]) -> None:
        self._assistant = assistant
        self._questions = {question.id: question for question in questions}
        self._asked: dict[str, tuple[Asked, tuple[Turn, ...]]] = {}
        self._rankers = rankers(assistant.brains.embedder())

    def ask(self, question: EverydayQuestion) -> Asked:
        """The question's answer, judged."""
        return self._turns(question)[0]

    def _turns(self, question: EverydayQuestion) -> tuple[Asked, tuple[Turn, ...]]:
        """The judged answer, and the turns of the conversation up to it."""
        if question.id not in self._asked:
            before = self._turns(self._questions[question.after])[1] if question.after else ()
            self._asked[question.id] = self._answered(question, before)
        return self._asked[question.id]

    def _answered(
        self, question: EverydayQuestion, earlier: tuple[Turn, ...]
    ) -> tuple[Asked, tuple[Turn, ...]]:
        lines = self._lines(question)
        begun = time.perf_counter()
        try:
            answer, evidence_s = timed_answer(self._assistant, question, earlier)
        except Exception as error:  # counted as useless, and shown
            took = time.perf_counter() - begun
            return Asked(question, f"failed: {error!r}", "useless", took, took, lines), earlier
        took = time.perf_counter() - begun
        cited = self._cited(answer)
        verdict = judge(question, answer, cited)
        begins = cites(question, cited[:1]) if question.cite and not answer.abstained else None
        turns = earlier if answer.turn is None else (*earlier, answer.turn)
        return Asked(question, answer.text, verdict, evidence_s, took, lines, begins), turns

    def _cited(self, answer: Answer) -> list[tuple[str, Span]]:
        found = (
            (self._assistant.store.recordings.get(c.recording_id), c) for c in answer.citations
        )
        return [
            (LINES if recording.kind == "import" else recording.name, citation.span)
            for recording, citation in found
            if recording is not None
        ]

    def _lines(self, question: EverydayQuestion) -> dict[str, bool]:
        """Whether a line that answers the question is among the first clips of each ranking."""
        places = [place.span for place in question.cite if place.file == LINES]
        if not places or question.after:
            return {}
        view = self._assistant.store.as_of(question.asked_at)
        asked = Question(question.text, question.asked_at, self._assistant.timezone)
        embedder = self._assistant.brains.embedder()
        ours, *_ = self._rankers
        found: dict[str, bool] = {}
        for name, prefix in ((ours, ""), (MEANING, "vectors_")):
            if rank := self._rankers.get(name):
                clips = rank(view, asked, embedder, _RANKS[-1])
                hits = [any(clip.memory.span.overlaps(span) for span in places) for clip in clips]
                found |= {f"{prefix}{k}": any(hits[:k]) for k in _RANKS}
        return found


def timed_answer(
    assistant: Assistant, question: EverydayQuestion, earlier: Sequence[Turn]
) -> tuple[Answer, float]:
    """The answer, and the seconds until something of it could be shown."""
    begun, first = time.perf_counter(), None
    stream = assistant.ask_stream(question.text, at=question.asked_at, earlier=earlier)
    for item in stream:
        if first is None and shows_evidence(item):
            first = time.perf_counter() - begun
    assert isinstance(item, Answer)
    return item, first or 0.0


def shows_evidence(item: object) -> bool:
    """Whether an item of the stream is the answer, some text of it, or carries evidence."""
    if isinstance(item, Answer | str):
        return bool(item)
    return isinstance(item, EvidenceCards) and bool(item.cards)


def figures(asked: Sequence[Asked]) -> dict[str, Any]:
    """Verdicts by kind of question, counted; in percent, how often the right line is found; how
    many answers begin with it."""
    table: dict[str, Any] = {}
    for kind in KINDS:
        verdicts = [one.verdict for one in asked if one.question.kind == kind]
        table[kind] = {"n": len(verdicts)} | {name: verdicts.count(name) for name in VERDICTS}
    placed = [one.lines for one in asked if one.lines]
    names = placed[0] if placed else ()
    shares = {name: round(mean([float(lines[name]) for lines in placed]), 1) for name in names}
    begun = [one.begins for one in asked if one.begins is not None]
    begins = {"n": len(begun), "right": begun.count(True)}
    return table | {"line": {"n": len(placed)} | shares, "begins": begins}


def seconds(asked: Sequence[Asked]) -> dict[str, float]:
    """How long people wait."""
    ends = [one.end_s for one in asked]
    first = float(np.percentile([one.evidence_s for one in asked], 95))
    return {
        "first_evidence_p95_s": round(first, 3),
        "end_median_s": round(float(np.median(ends)), 3),
        "end_p95_s": round(float(np.percentile(ends, 95)), 3),
    }


def chosen(
    questions: Sequence[EverydayQuestion], options: argparse.Namespace, say: Say
) -> list[EverydayQuestion]:
    """The questions that are asked: of the half, with the ids, and what the home can answer."""
    skipped: set[str] = set()
    for question in questions if not options.media else ():
        if question.needs_media() or question.after in skipped:
            skipped.add(question.id)
    if skipped:
        say(f"without --media, {len(skipped)} questions about recordings are left out")
    ids = set(options.ids.split(",")) if options.ids else {question.id for question in questions}
    asked = of_half(questions, options.half, lambda question: question.text)
    return [question for question in asked if question.id in ids - skipped]


def measure(options: argparse.Namespace, say: Say) -> dict[str, Any]:
    """Asks the chosen questions, says each verdict, and returns all figures."""
    questions = read_questions(options.set)
    to_ask = chosen(questions, options, say)
    if not to_ask:
        raise SystemExit("no question of the set was chosen: see --ids and --half")
    assistant = open_set(options.set, options)
    assistant.brains.chat()  # loaded before the clock runs
    conversations = Conversations(assistant, questions)
    asked = []
    for question in to_ask:
        asked.append(conversations.ask(question))
        say(f"{question.id:16} {asked[-1].verdict:8} {asked[-1].text}")
    embedder = assistant.brains.embedder()
    named = {"model": options.model, "embedder": embedder.name if embedder else "none"}
    halves = by_half(asked, lambda one: one.question.text, figures)
    assistant.close()
    return figures(asked) | seconds(asked) | {"halves": halves} | named


def main(arguments: Sequence[str] | None = None, say: Say = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path, help="folder of lines, recordings.json and questions")
    parser.add_argument("--media", type=Path, help="folder of the recordings; else without them")
    parser.add_argument("--model", default=NO_MODEL, help="none, embedded, or a chat model's name")
    parser.add_argument("--embedder", help="the name of an embedder; default: the large preset's")
    parser.add_argument("--home", type=Path, help="where the home is kept and used again")
    parser.add_argument("--ids", help="only these questions, parted by commas")
    parser.add_argument("--half", choices=CHOICES, default="all")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found = measure(options, say)
    for kind in KINDS:
        say(f"{kind:7} " + "  ".join(f"{name} {count}" for name, count in found[kind].items()))
    if options.json:
        say(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
