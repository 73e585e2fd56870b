"""What a model reads: the most important that fits, in order of time, replies with questions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit
from egorag.generation.notes import note, pack, worth_reading
from memory.types.core import Span
from tests.egorag import lives
from tests.egorag.conftest import plan

LOCAL = plan("x").local
TEXTS = ["The kettle is on.", "I sold the red car to Bob.", "Which one?", "The blue one.", "Hi."]


def said(start: float, text: str, rank: float = 0.0) -> Unit:
    at = lives.TALK + start
    return Unit("talk", "talk-0", Span(at, at + 3), "speech", text, "Ada", rank)


UNITS = st.lists(
    st.builds(said, st.floats(0, 600), st.sampled_from(TEXTS), st.floats(0, 1)),
    max_size=12,
    unique=True,
)


@given(UNITS, st.integers(0, 300))
def test_notes_are_within_budget_in_order_of_time_and_none_is_left_out_for_a_lesser_one(
    units: list[Unit], budget: int
) -> None:
    notes, inside = pack(units, LOCAL, budget)
    lines = notes.splitlines()
    assert lines[0] == "<notes>"
    assert lines[-1] == "</notes>"
    assert [line for line in lines[1:-1] if line] == [note(unit, LOCAL) for unit in inside]
    assert inside == sorted(inside, key=lambda unit: unit.span)
    cost = {unit: 14 + 1.4 * len(note(unit, LOCAL).split()) for unit in units}
    assert sum(cost[unit] for unit in inside) <= budget + 1e-6
    for place, unit in enumerate(units):
        if unit not in inside:  # what is more important has left no room for it
            more = [one for one in dict.fromkeys(units[:place]) if one in inside]
            assert sum(cost[one] for one in more) + cost[unit] > budget - 1e-6


@given(UNITS, st.data())
def test_the_rank_of_the_clip_counts_beside_what_the_unit_says(
    units: list[Unit], data: st.DataObject
) -> None:
    scored = [Scored(unit, data.draw(st.floats(0, 1)), frozenset()) for unit in units]
    read = worth_reading(scored, units)
    assert len(read) == len(set(read))
    worth = {item.unit: 0.4 * item.unit.rank + 0.6 * item.score for item in scored}
    assert [worth[unit] for unit in read[:1]] == sorted(worth.values())[-1:]


def test_a_reply_is_read_with_its_question_and_before_what_is_far_from_it() -> None:
    asked, reply = said(10, "Which of the two cars did you sell?"), said(14, "The blue one.")
    far, other = said(60, "Fine."), said(90, "I sold the car to Bob.")
    units = [asked, reply, far, other]
    scores = {asked: 0.9, reply: 0.1, far: 0.1, other: 0.8}
    read = worth_reading([Scored(u, scores[u], frozenset()) for u in units], units)
    assert read == [asked, reply, other, far]


def test_a_clip_that_was_found_first_outweighs_a_word_more() -> None:
    found, worded = said(0, "It was Rome.", rank=1.0), said(300, "A trip is a trip.", rank=0.1)
    scored = [Scored(worded, 0.6, frozenset({"trip"})), Scored(found, 0.4, frozenset())]
    assert worth_reading(scored, [found, worded]) == [found, worded]
