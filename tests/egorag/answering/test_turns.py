"""What the next question may point back to: the moment, the people and the citations."""

from __future__ import annotations

import pytest

from egorag.answering.answerer import turn_of
from memory.store.store import Store
from memory.types.core import Answer, Citation, Coverage, Question, Sentence, Span, Utterance
from tests.egorag.spoken import DAY, HOUR
from tests.memory.crowds import Met, clips, meet
from tests.memory.lives import NOON

SAID = (("me", "I like tea."), ("Ada", "So do I."), ("I", "We had it on Monday."))


def asked(at: float = NOON + 9 * DAY) -> Question:
    return Question("Who likes tea?", at, "UTC")


def answer(*citations: Citation, abstained: bool = False) -> Answer:
    sentence = Sentence("Ada does.", tuple(range(len(citations))))
    return Answer((sentence,), citations, 0.9, Coverage(), abstained)


def cited(recording: str, start: float, end: float) -> Citation:
    return Citation(recording, Span(start, end), "words")


def test_the_wearer_is_none_of_the_people(store: Store) -> None:
    (clip,) = clips(store, 1)
    said = [
        Utterance(Span(clip.span.start + 5 * at, clip.span.start + 5 * at + 4), text, who)
        for at, (who, text) in enumerate(SAID)
    ]
    store.perceptions.write_utterances("speech", "1", {clip.id: said})
    store.memories.write_caption(clip, "Tea.", "composed", "caption", "1")
    whole = answer(cited(clip.recording_id, clip.span.start, clip.span.end))
    turn = turn_of(store.as_of(NOON + DAY), asked(), whole)
    assert turn is not None
    assert turn.people == ("Ada",)


def test_the_wearer_is_none_of_the_people_by_name_either(store: Store) -> None:
    (clip,) = clips(store, 1)
    meet(store, clip, Met(0.0), Met(90.0))
    store.memories.write_caption(clip, "Faces.", "composed", "caption", "1")
    store.people.assign([clip.id])
    first, second = store.people.all()
    store.people.name(first.id, "Carla")
    store.people.name(second.id, "Ben")
    whole = answer(cited(clip.recording_id, clip.span.start, clip.span.end))

    def people() -> set[str]:
        turn = turn_of(store.as_of(NOON + DAY), asked(), whole)
        assert turn is not None
        return set(turn.people)

    assert people() == {"Carla", "Ben"}
    store.people.set_me(first.id, True)
    assert people() == {"Ben"}


@pytest.mark.parametrize(
    ("apart", "moment"),
    [
        (HOUR, Span(NOON, NOON + HOUR + 9)),
        (-HOUR, Span(NOON - HOUR, NOON + 5)),
        (3 * DAY, Span(NOON, NOON + 5)),
        (-3 * DAY, Span(NOON, NOON + 5)),
    ],
)
def test_quotes_of_several_days_leave_the_first_as_the_moment(
    store: Store, apart: float, moment: Span
) -> None:
    quotes = (cited("walk", NOON, NOON + 5), cited("talk", NOON + apart, NOON + apart + 9))
    turn = turn_of(store.as_of(NOON + 9 * DAY), asked(), answer(*quotes))
    assert turn is not None
    assert (turn.moment, turn.citations) == (moment, quotes)


def test_an_abstention_keeps_its_citations_and_has_no_moment(store: Store) -> None:
    nearest = cited("walk", NOON, NOON + 5)
    turn = turn_of(store.as_of(NOON + DAY), asked(), answer(nearest, abstained=True))
    assert turn is not None
    assert (turn.moment, turn.people, turn.citations) == (None, (), (nearest,))


def test_what_is_cited_by_nothing_leaves_no_turn(store: Store) -> None:
    assert turn_of(store.as_of(NOON + DAY), asked(), answer()) is None
