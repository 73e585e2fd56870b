"""Explanations as JSON: the keys that programs read."""

from __future__ import annotations

import json

from app.presentation.rendering import explanation_json
from memory.types.explanation import (
    Explanation,
    ReadingSummary,
    RoundSummary,
    ScopeSummary,
    WeighedClip,
)


def test_what_does_not_concern_an_answer_is_left_out_of_its_explanation() -> None:
    shown = explanation_json(Explanation("when", query="When?", written_by="extractive"))
    assert shown["interval_exact"] is None
    assert not {"verdict", "rounds", "reading", "scope", "choice", "searched"} & set(shown)


def test_an_explanation_is_plain_json() -> None:
    explanation = Explanation(
        "who",
        evidence=(WeighedClip("a-0001", 0.5, {"lexical": 0.25}),),
        rounds=(RoundSummary("Who?", "", "the question", True, 1.0, (), ""),),
        reading=ReadingSummary(note="out of memory"),
        scope=ScopeSummary(("Anna",), (), (), (1.0, 2.0)),
    )
    read = json.loads(json.dumps(explanation_json(explanation)))
    assert read["evidence"] == [{"clip": "a-0001", "score": 0.5, "why": {"lexical": 0.25}}]
    assert read["rounds"][0]["searched"] == "Who?"
    assert read["reading"] == {"note": "out of memory"}
    assert read["scope"] == {"people": ["Anna"], "places": [], "devices": [], "span": [1.0, 2.0]}
