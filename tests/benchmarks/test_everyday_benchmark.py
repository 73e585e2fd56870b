"""Everyday questions: a made-up life asked as a person does, and the rules of its scorer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from benchmarks.datasets.everyday_data import CitedPlace, EverydayQuestion, judge, zone_of
from benchmarks.everyday import Asked, figures, main, shows_evidence
from memory.types.core import Answer, Citation, Coverage, Sentence, Span
from memory.types.evidence_cards import EvidenceCard, EvidenceCards

_AT = "2026-11-27T20:00:00+01:00"
_LINES = [
    {
        "start": f"2026-11-2{day}T10:00:00+01:00",
        "end": f"2026-11-2{day}T10:00:08+01:00",
        "speaker": speaker,
        "text": text,
    }
    for day, speaker, text in (
        (5, "me", "I put the spare key in the blue tin."),
        (6, "Ann", "The plumber wants ninety euros."),
    )
]
_CITE = [["lines", "2026-11-25T10:00:00+01:00", "2026-11-25T10:00:59+01:00"]]
_WHERE, _WHEN = "where is the spare key?", "and when did I put it there?"
_QUESTIONS: list[dict[str, object]] = [
    {"id": "key", "kind": "speech", "question": _WHERE, "any": ["tin"], "cite": _CITE},
    {"id": "key-when", "kind": "speech", "question": _WHEN, "after": "key", "any": ["25"]},
    {"id": "horse", "kind": "none", "question": "what colour is my horse?", "not": ["^yes"]},
    {"id": "seen", "kind": "sight", "question": "was there a lamp?", "any": ["lamp"]},
]


def test_a_life_is_asked_and_every_verdict_counted(tmp_path: Path) -> None:
    rows = [question | {"at": _AT} for question in _QUESTIONS]
    for name, lines in (("lines", _LINES), ("questions", rows)):
        text = "\n".join(map(json.dumps, lines))
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (tmp_path / "recordings.json").write_text("[]", encoding="utf-8")
    said: list[str] = []
    home = ["--home", str(tmp_path / "home"), "--embedder", "none"]
    assert main([str(tmp_path), *home, "--json"], said.append) == 0
    found = json.loads(said[-1])
    assert said[0] == "without --media, 1 questions about recordings are left out"
    assert found["speech"] == {"n": 2, "right": 2, "missed": 0, "useless": 0, "false": 0}
    assert found["none"] == {"n": 1, "right": 1, "missed": 0, "useless": 0, "false": 0}
    assert found["sight"]["n"] == found["chat"]["n"] == 0
    assert found["line"] == {"n": 1, "1": 100.0, "3": 100.0, "10": 100.0}
    assert found["begins"] == {"n": 1, "right": 1}
    assert 0 < found["first_evidence_p95_s"] <= found["end_p95_s"]
    assert sum(half["speech"]["n"] for half in found["halves"].values()) == 2
    assert main([str(tmp_path), *home, "--ids", "key-when", "--json"], said.append) == 0
    assert json.loads(said[-1])["speech"]["right"] == 1  # after the question that it follows
    other = [["lines", "2026-11-26T10:00:00+01:00", "2026-11-26T10:00:59+01:00"]]
    row = json.dumps(_QUESTIONS[0] | {"at": _AT, "cite": other})
    (tmp_path / "questions.jsonl").write_text(row, encoding="utf-8")
    assert main([str(tmp_path), *home, "--json"], said.append) == 0
    assert json.loads(said[-1])["begins"] == {"n": 1, "right": 0}


def test_an_answer_that_begins_with_another_line_is_counted_so() -> None:
    asked = EverydayQuestion("key", "speech", _WHERE, 0.0)
    some = [Asked(asked, "", "right", 0.0, 0.0, {}, begins) for begins in (True, False, None)]
    assert figures(some)["begins"] == {"n": 2, "right": 1}


@pytest.mark.parametrize(
    ("kind", "text", "abstained", "cited", "verdict"),
    [
        ("speech", "In the blue tin.", False, True, "right"),
        ("speech", "In the blue tin.", False, False, "useless"),
        ("speech", "In the garden.", False, True, "useless"),
        ("speech", "In the tin, and yes, in the safe.", False, True, "false"),
        ("speech", "I found nothing about a tin.", True, True, "missed"),
        ("none", "I found nothing.", True, False, "right"),
        ("none", "You did not.", False, False, "right"),
        ("none", 'He said: "I did not."', False, False, "false"),
        ("none", "In the safe, not in the garden.", False, False, "false"),
        ("chat", "Ask me about a tin.", True, True, "right"),
    ],
)
def test_verdicts(kind: str, text: str, abstained: bool, cited: bool, verdict: str) -> None:
    place = CitedPlace("lines", Span(100, 160))
    question = EverydayQuestion(
        "q", kind, "?", 0.0, any=("tin",), denied=("safe",), cite=(place,)  # type: ignore[arg-type]
    )  # fmt: skip
    answer = Answer((Sentence(text),), (), 0.5, Coverage(), abstained)
    where = ("lines", Span(130, 130)) if cited else ("film.mp4", Span(130, 140))
    assert judge(question, answer, [where]) == verdict


def test_evidence_is_shown_by_words_by_the_answer_or_by_moments() -> None:
    card = EvidenceCard(Citation("lines", Span(100, 160), "the tin"), 1.0)
    assert not shows_evidence(EvidenceCards(()))
    assert shows_evidence(EvidenceCards((card,)))
    assert shows_evidence("In the tin")
    assert shows_evidence(Answer((), (), 0.0, Coverage(), abstained=True))


@pytest.mark.parametrize("start", ["2027-03-08T07:35:00+08:00", "2026-10-05T07:05:00-05:00"])
def test_a_life_is_asked_in_the_zone_of_its_lines(tmp_path: Path, start: str) -> None:
    (tmp_path / "lines.jsonl").write_text(json.dumps({"start": start}), encoding="utf-8")
    local = datetime.fromisoformat(start).astimezone(UTC).astimezone(ZoneInfo(zone_of(tmp_path)))
    assert local.isoformat() == start
