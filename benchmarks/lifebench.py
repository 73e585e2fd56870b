"""LifeBench: a year of messages, notes, photos and calls, asked about in English and Chinese.

    python -m benchmarks.lifebench DIR --lang en --people yinhao leimingxuan --json

Each person's lines become a home through the importer; with ``--home`` the homes are kept and used
again. All figures are percent. A clip is evidence if a line of the evidence begins in it:
``recall_at_10`` and ``hit_at_10`` are of the retriever's first ten clips; with ``vectors_`` of the
embedder's vectors alone, with ``bm25_`` of words or pairs of characters alone. ``three_best_cited``
and ``first_cited`` are what quoting the three best clips, or the best one, would show. ``choice``
is of questions with options, asked with them. Every question is asked without options too:
``kept`` are those answerable that are answered, ``cited_right`` those of them with a citation on
the evidence, ``refused_…`` those not answerable that are refused, and ``gold_words`` the share of
the content words of open answers that the assistant's answer holds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.assistant import Assistant
from benchmarks.datasets.lifebench_data import ZONE, LifeQuestion, lines_of, read_questions
from benchmarks.homes.life import NO_MODEL, home_of, open_life
from benchmarks.scoring.halves import CHOICES, by_half, half_of, of_half
from benchmarks.scoring.plain_bm25 import PlainBM25, terms
from benchmarks.scoring.qa import Say, Scored, column, mean
from benchmarks.scoring.rankers import by_meaning, by_strategy
from egorag.retrieval.registry import DEFAULT
from memory.types.core import Answer, Question, Span

_TOP = 10
_RANKINGS = ("", "vectors_", "bm25_")
METRICS = (
    *(f"{name}{metric}_at_10" for name in _RANKINGS for metric in ("recall", "hit")),
    "choice", "kept", "cited_right", "refused_unanswerable", "refused_wrong_life", "gold_words",
    *(f"{name}{cited}_cited" for name in _RANKINGS for cited in ("three_best", "first")),
)  # fmt: skip


class Life:
    """A person's home, and the rankings that are compared."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self._bm25 = PlainBM25(assistant.store.memories.overlapping("clip"))
        self._retriever = by_strategy(DEFAULT)

    def score(self, question: LifeQuestion) -> Scored:
        """Asks the question; one that fails is wrong, and shown."""
        begun = time.perf_counter()
        try:
            answer = self.assistant.ask(question.text, at=question.asked_at)
        except Exception as error:
            print(f"{question.id} failed: {error!r}", file=sys.stderr)
            return Scored(question.text, question.group, failed(question))
        took = time.perf_counter() - begun
        if question.group != "answerable":
            return Scored(
                question.text,
                question.group,
                {f"refused_{question.group}": float(answer.abstained)},
                took,
            )
        values = self._answered(question, answer)
        for name, clips in self._rankings(question).items():
            values |= {
                f"{name}{metric}": value
                for metric, value in evidence_scores(clips, question).items()
            }
        return Scored(question.text, question.group, values, took)

    def _answered(self, question: LifeQuestion, answer: Answer) -> dict[str, float]:
        values = {"kept": float(not answer.abstained)}
        if not answer.abstained:
            spans = [citation.span for citation in answer.citations]
            values["cited_right"] = float(any(_holds(span, question) for span in spans))
        if question.options:
            chosen = self.assistant.ask(
                question.text, at=question.asked_at, choices=question.options
            ).choice
            values["choice"] = float(chosen == question.right)
        else:
            text = "" if answer.abstained else answer.text
            values["gold_words"] = gold_words(text, question.answer)
        return values

    def _rankings(self, question: LifeQuestion) -> dict[str, list[Span]]:
        """The times of the first ten clips of each ranking."""
        assistant = self.assistant
        view, embedder = assistant.store.as_of(question.asked_at), assistant.brains.embedder()
        asked = Question(question.text, question.asked_at, assistant.timezone)
        by_words = self._bm25.rank(question.text, _TOP)
        ranked = [
            [clip.memory for clip in rank(view, asked, embedder, _TOP)]
            for rank in (self._retriever, by_meaning)
        ]
        return {
            name: [memory.span for memory in memories]
            for name, memories in zip(_RANKINGS, (*ranked, by_words))
        }


def failed(question: LifeQuestion) -> dict[str, float]:
    """The values of a question that could not be asked."""
    if question.group != "answerable":
        return {f"refused_{question.group}": 0.0}
    return {"kept": 0.0, "recall_at_10": 0.0, "hit_at_10": 0.0} | (
        {"choice": 0.0} if question.options else {"gold_words": 0.0}
    )


def evidence_scores(clips: Sequence[Span], question: LifeQuestion) -> dict[str, float]:
    """How much of a question's evidence a ranking's first ten clips hold."""
    hits = [_holds(clip, question) for clip in clips]
    met = sum(any(_within(start, clip) for clip in clips) for start in question.evidence)
    return {
        "recall_at_10": met / len(question.evidence),
        "hit_at_10": float(any(hits)),
        "three_best_cited": float(any(hits[:3])),
        "first_cited": float(any(hits[:1])),
    }


def _holds(span: Span, question: LifeQuestion) -> bool:
    return any(_within(start, span) for start in question.evidence)


def _within(start: float, span: Span) -> bool:
    return span.start <= start < max(span.end, span.start + 1e-3)


def gold_words(text: str, answer: str) -> float:
    """The share of the right answer's content words (Chinese: pairs of characters) in a text."""
    expected = set(terms(answer))
    return len(expected.intersection(terms(text))) / max(1, len(expected))


def sample(questions: Sequence[LifeQuestion], limit: int | None) -> list[LifeQuestion]:
    """All questions, or so many of each group: always the same ones."""
    if limit is None:
        return list(questions)
    shuffled = sorted(
        questions, key=lambda question: sha256(question.text.encode()).hexdigest()[1:]
    )
    groups = dict.fromkeys(question.group for question in questions)
    return [q for group in groups for q in [q for q in shuffled if q.group == group][:limit]]


def open_person(person: str, options: argparse.Namespace) -> Assistant:
    """The home of a person's life; built where it is not there.

    Raises:
        SystemExit: the lines cannot be imported; the text says why.
    """
    lines = lines_of(options.folder, options.lang, person)
    given = options.home / person if options.home else None
    home = home_of(f"lifebench-{options.lang}-{person}", [lines], given)
    return open_life(home, [lines], model=options.model, embedder=options.embedder, timezone=ZONE)


def ask_person(person: str, options: argparse.Namespace, say: Say) -> list[Scored]:
    """The scores of all that is asked of one person's life."""
    questions = read_questions(options.folder, options.lang, person)
    questions = of_half(questions, options.half, lambda question: question.text)
    assistant = open_person(person, options)
    assistant.brains.chat()  # loaded before the clock runs
    life = Life(assistant)
    scored = [life.score(question) for question in sample(questions, options.limit)]
    assistant.close()
    say(f"{person}: {len(scored)} questions")
    return scored


def figures(scored: Sequence[Scored]) -> dict[str, float]:
    """Each metric in percent, and how many questions were asked."""
    return {m: round(mean(column(scored, m)), 1) for m in METRICS} | {"n": len(scored)}


def show_misses(scored: Iterable[Scored], say: Say) -> None:
    """Each question of the developers' half that is not answered as it should be, and why."""
    for one in scored:
        missing = [
            name
            for name in ("hit_at_10", "choice", "kept", "cited_right", f"refused_{one.type}")
            if one.values.get(name) == 0
        ]
        if missing and half_of(one.id) == "dev":
            say(f"{one.type:12} {', '.join(missing):36} {one.id}")


def main(arguments: Sequence[str] | None = None, say: Say = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder with en, zh and the two more files")
    parser.add_argument("--lang", choices=("en", "zh"), default="en")
    parser.add_argument("--people", nargs="+", required=True, help="names of folders in en or zh")
    parser.add_argument("--limit", type=int, help="of each person, so many questions of each group")
    parser.add_argument("--model", default=NO_MODEL, help="none, embedded, or a chat model's name")
    parser.add_argument("--embedder", help="the name of an embedder; default: the large preset's")
    parser.add_argument("--half", choices=CHOICES, default="all")
    parser.add_argument("--home", type=Path, help="where the people's homes are kept")
    parser.add_argument("--misses", action="store_true", help="list those of the developers' half")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    scored = [one for person in options.people for one in ask_person(person, options, say)]
    if options.misses:
        show_misses(scored, say)
    result: dict[str, Any] = figures(scored)
    result["halves"] = by_half(scored, lambda one: one.id, figures)
    result["seconds"] = round(sum(one.seconds for one in scored) / max(1, len(scored)), 3)
    result |= {"model": options.model, "embedder": options.embedder or "default"}
    for metric in (*METRICS, "n"):
        halves = "  ".join(f"{half} {values[metric]}" for half, values in result["halves"].items())
        say(f"{metric:26} {result[metric]:6}  {halves}")
    if options.json:
        say(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
