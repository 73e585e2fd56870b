"""What a German asks of a day, of people, of plans and of holidays is read as it is in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from memory.types.core import Answer, Question
from tests.egorag import german_life
from tests.egorag.lives import ZONE
from tests.egorag.spoken import write_talk

READINGS = {
    "summaries": "day",
    "who was heard and seen": "who",
    "what was said of it": "ahead",
    "what was to be done": "ahead",
}
LEAST = {"first": 1.0, "other": 0.85, "later": 0.85}  # share of each part that is read as meant


@dataclass(frozen=True, slots=True)
class Row:
    """A line of ``german_questions.tsv``."""

    half: str
    reading: str
    question: str
    words: tuple[str, ...]

    def fault(self, answer: Answer) -> str:
        """What is wrong with an answer; empty: nothing."""
        read = READINGS.get(answer.explanation.written_by, "search")
        if self.reading == "refused":
            return "" if answer.abstained else "answered"
        if missing := [one for one in self.words if not re.search(one, answer.text)]:
            return f"without {missing}"
        if self.reading in ("search", "promised"):
            expected = {"search": "search", "promised": "ahead"}[self.reading]
            return "" if read == expected else f"read as {read}"
        if answer.abstained:
            return "refused"
        return "" if self.reading in (read, "topic") else f"read as {read}"


def rows() -> list[Row]:
    lines = Path(__file__).with_name("german_questions.tsv").read_text("utf-8").splitlines()
    parted = (line.split("\t") for line in lines if not line.startswith("#"))
    return [Row(half, reading, asked, tuple(words)) for half, reading, asked, *words in parted]


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    store = write_talk(tmp_path_factory.mktemp("life"), german_life.SAID)
    yield Answerer(store.as_of)
    store.close()


@pytest.mark.parametrize("half", sorted(LEAST))
def test_german_questions_are_read_as_they_are_meant(answerer: Answerer, half: str) -> None:
    asked = [row for row in rows() if row.half == half]
    answers = [answerer.ask(Question(row.question, german_life.ASKED, ZONE)) for row in asked]
    faults = [
        f"{row.question}: {what}: {answer.text[:120]}"
        for row, answer in zip(asked, answers, strict=True)
        if (what := row.fault(answer))
    ]
    print(*faults, sep="\n")
    assert len(asked) >= 28
    assert 1 - len(faults) / len(asked) >= LEAST[half], "\n".join(faults)


def test_a_german_day_is_told_in_german_sentences(answerer: Answerer) -> None:
    answer = answerer.ask(Question("fass mir mal gestern zusammen", german_life.ASKED, ZONE))
    assert answer.text.startswith("Vom Sonntag, 20. September, habe ich ")
    assert "Außer dir zu hören: Oma Ilse und Birte." in answer.text
    assert all(sentence.citations for sentence in answer.sentences)
