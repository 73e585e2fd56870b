from __future__ import annotations

import json
from pathlib import Path

from benchmarks import timelineqa

EVENTS = (
    ("e0", "2001-03-04", "I talked to Ada for 12 minutes in the early evening."),
    ("e1", "2001-03-04", "I did boxing on 2001/03/04."),
    ("e2", "2002-05-06", "I did boxing on 2002/05/06."),
    ("e3", "2002-05-07", "I talked to Ada, Ben for 30 minutes in the morning."),
)
ATOMIC = (
    {"type": "day-dated", "question": "who did I talk to on 2001/03/04?", "answers": ["Ada"],
     "evidence_eids": ["e0"]},
    {"type": "undated", "question": "when did I do boxing?", "answers": ["2001/03/04"],
     "evidence_eids": ["e1", "e2"]},
)  # fmt: skip
COUNTED = (
    {"id": "q1", "op": "count", "question": "How many times did I boxing in May 2002?", "gold": 1,
     "evidence_eids": ["e2"]},
    {"id": "q2", "op": "sum-min", "question": "How many minutes did I talk to Ada?", "gold": 42.0,
     "evidence_eids": ["e0", "e3"]},
    {"id": "q3", "op": "count", "question": "How many times did I talk to Ada?", "gold": 9,
     "evidence_eids": []},
)  # fmt: skip


def test_the_last_line_is_what_a_program_reads(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text(
        "".join(
            json.dumps({"eid": eid, "date": day, "text": text}) + "\n" for eid, day, text in EVENTS
        )
    )
    (tmp_path / "atomic.json").write_text(json.dumps(ATOMIC))
    (tmp_path / "counted.json").write_text(json.dumps(COUNTED))
    said: list[str] = []
    files = [str(tmp_path / name) for name in ("atomic.json", "counted.json")]
    arguments = ["--events", str(events), "--questions", *files, "--home", str(tmp_path / "home")]
    assert timelineqa.main([*arguments, "--embedder", "none", "--json"], said.append) == 0
    found = json.loads(said[-1])
    assert found["atomic_recall_at_10"] == 100.0
    assert found["aggregation_exact"] == 66.67  # the third question's label is wrong on purpose
    assert found["n"] == {"atomic_recall_at_10": 2, "aggregation_exact": 3}
    assert set(found["baselines"]) >= {"bm25"}
    assert {"ci95", "by_type", "seconds_per_question", "halves"} <= set(found)


def test_a_value_is_exact_or_wrong() -> None:
    assert timelineqa.is_exact(3, 3.0)
    assert timelineqa.is_exact(["b", "A"], ["a", "B"])
    assert timelineqa.is_exact("2001-02-03", ["2001-02-03"])
    assert not timelineqa.is_exact(None, 0)
    assert not timelineqa.is_exact(["a"], ["a", "b"])
    assert not timelineqa.is_exact(True, 1)
