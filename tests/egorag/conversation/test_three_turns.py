"""Conversations of three turns in three languages, each reading written before the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from egorag.conversation.follow_up import follow_up
from egorag.question.plan import make_plan
from memory.types.core import Citation, Question, Span, Turn
from tests.egorag import lives

TEXT = Path(__file__).with_name("three_turns.tsv").read_text(encoding="utf-8")
TALKS = [
    [(line.split("\t") + [""] * 3)[:4] for line in block.splitlines()]
    for block in TEXT.split("\n\n")[1:]
]


def _span(cell: str) -> Span:
    """ "03-03" a day, "03-03T18/19" hours of it, "02-16/02-23" days."""
    first, _, last = cell.rstrip("~").partition("/")
    if "T" in first:
        return Span(lives.at(f"2026-{first}:00"), lives.at(f"2026-{first[:5]}T{last}:00"))
    start = lives.at(f"2026-{first}T00:00")
    return Span(start, lives.at(f"2026-{last}T00:00") if last else start + 86_400)


def _said(text: str, words: str) -> bool:
    if words.startswith("!"):
        return words[1:] not in text
    return any(word in text for word in words.split("/"))


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk[0][0])
def test_a_conversation_of_three_turns_is_understood(talk: list[list[str]]) -> None:
    (question, moment, people, _), *following = talk
    when, named = _span(moment), tuple(filter(None, people.split(",")))
    earlier = (Turn(question, lives.ASKED - 120, when, named, (Citation("r", when, "x"),)),)
    for words, time, must, kind in following:
        text = follow_up(Question(words, lives.ASKED, lives.ZONE, earlier=earlier))
        plan = make_plan(Question(text, lives.ASKED, lives.ZONE))
        assert [one for one in must.split() if one != "*" and not _said(text.lower(), one)] == []
        assert kind in ("*", "", plan.kind)
        if time == "-":
            assert plan.time is None
        elif time != "*":
            meant = _span(time)
            assert plan.time is not None
            asked = plan.time.windows(plan.local, plan.time.span) or (plan.time.span,)
            slack = 901.0  # seconds: a moment is given a little room
            assert meant.start - slack < asked[0].start
            assert asked[-1].end < meant.end + slack
            assert time.endswith("~") or asked[-1].duration + slack > meant.duration
            when = Span(meant.start + 43_200, meant.start + 46_800)
            if "T" in time:
                when = meant
        cited = (Citation("r", when, "x"),)
        earlier = (*earlier, Turn(text, lives.ASKED - 60, when, named, cited))
