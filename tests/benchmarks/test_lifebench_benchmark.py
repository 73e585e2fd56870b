"""LifeBench: lives in two languages, what counts as evidence, and the plain baseline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.datasets.lifebench_data import LifeQuestion, read_questions
from benchmarks.lifebench import evidence_scores, gold_words, main, sample
from benchmarks.scoring.plain_bm25 import terms
from memory.types.core import Span

_ASKED = "2025-12-31T23:59:00+08:00"
_LINES = (
    ("2025-03-01T09:00:00+08:00", "note", "I note: the kettle broke and I bought a copper one."),
    ("2025-03-02T09:00:00+08:00", "photo", "I took a photo of the harbour in the rain."),
)
_OPTIONS = ["A: a steel kettle", "B: a copper kettle"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "en" / "ann"
    lines = [
        {
            "start": start,
            "end": start.replace("00:00+", "00:20+"),
            "caption": text,
            "source": source,
        }
        for start, source, text in _LINES
    ]
    start = _LINES[0][0]
    common = {"asked_at": _ASKED, "type": "Information Extraction", "options": None}
    evidence = [{"id": "note:0", "start": start}, {"id": "chat:1", "start": _ASKED}]
    about = common | {"evidence": evidence, "evidence_absent": ["chat:1"]}
    rows = [
        about | {"id": "1", "question": "Which kettle did I buy?", "answer": "A copper kettle."},
        about | {"id": "2", "question": "Which kettle broke?", "answer": "B", "options": _OPTIONS},
        common | {"id": "3", "question": "And?", "type": "Unanswerable"},
    ]
    other = {"from": "bo-1", "question": "Where did Bo swim?", "options": None}
    foreign = [other | {"home": person} for person in ("ann", "bo")]
    for path, items in (
        (place / "lines.jsonl", lines),
        (place / "questions.jsonl", rows),
        (tmp_path / "wrong_life_en.jsonl", foreign),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    return tmp_path


def test_a_life_is_searched_asked_and_refused(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    home = ["--home", str(tmp_path / "home"), "--embedder", "none"]
    assert main([str(folder), "--people", "ann", *home, "--json"], said.append) == 0
    result = json.loads(said[-1])
    assert result["n"] == 3
    for metric in ("recall_at_10", "hit_at_10", "bm25_hit_at_10", "first_cited", "choice"):
        assert result[metric] == 100, metric
    assert result["cited_right"] == result["refused_wrong_life"] == 100
    assert result["kept"] > 0
    assert result["vectors_hit_at_10"] == 0  # there is no embedder
    assert sum(half["n"] for half in result["halves"].values()) == 3


def test_evidence_that_is_not_among_the_lines_is_left_out(folder: Path) -> None:
    opened, chosen, foreign = read_questions(folder, "en", "ann")
    assert len(opened.evidence) == len(chosen.evidence) == 1
    assert (chosen.options, chosen.right) == (("a steel kettle", "a copper kettle"), 1)
    assert (foreign.group, foreign.asked_at) == ("wrong_life", opened.asked_at)


def test_a_clip_is_evidence_if_a_line_of_it_begins_in_the_clip() -> None:
    question = LifeQuestion("1", "answerable", "?", 1e4, evidence=frozenset({100.0, 900.0}))
    clips = [Span(0, 100), Span(95, 105), Span(500, 520)]
    assert evidence_scores(clips, question) == {
        "recall_at_10": 0.5,
        "hit_at_10": 1.0,
        "three_best_cited": 1.0,
        "first_cited": 0.0,
    }


def test_terms_are_stems_and_pairs_of_characters() -> None:
    assert terms("I bought 2 kettles") == terms("bought 2 kettle")
    assert terms("水管工 Tom") == ["水管", "管工", "tom"]
    assert gold_words("他买了铜壶", "铜壶") == 1
    assert gold_words("", "a kettle") == 0


def test_a_sample_is_always_the_same_and_of_every_group() -> None:
    asked = [LifeQuestion(str(n), "answerable", f"q{n}", 0.0) for n in range(20)]
    asked += [LifeQuestion(str(n), "wrong_life", f"w{n}", 0.0) for n in range(3)]
    assert set(sample(asked, 5)) == set(sample(list(reversed(asked)), 5))
    assert [q.group for q in sample(asked, 5)] == ["answerable"] * 5 + ["wrong_life"] * 3
