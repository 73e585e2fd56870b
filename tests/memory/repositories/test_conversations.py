"""Conversations are kept, and forgotten with any clip that an answer of theirs rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memory.deletion.deletion_plan import plan_deletion
from memory.deletion.detail_pruning import prune_details
from memory.deletion.erase import erase
from memory.repositories.conversations import ConversationTurn
from memory.store.store import Store
from memory.types.core import Clip, Span
from memory.types.deletion import DeletionRequest
from tests.memory.crowds import Met, meet
from tests.memory.lives import NOON, add, recording

SECRET = "Quarzlampe"


def turn(question: str, answer: str = "Yes.", at: float = NOON) -> ConversationTurn:
    return ConversationTurn(at, question, {"text": answer})


@pytest.fixture
def clips(store: Store) -> list[Clip]:
    return add(store, recording(), ["A cup.", "A tree.", "A lamp."])


def test_turns_are_kept_in_order_and_the_latest_conversation_is_listed_first(
    store: Store, clips: list[Clip]
) -> None:
    first = store.conversations.add("", turn("Where is it?"), [clips[0].id])
    assert store.conversations.add(first, turn("And now?", at=NOON + 9), []) == first
    other = store.conversations.add("", turn("Who?", at=NOON + 5), [])
    listed = store.conversations.latest(9)
    assert [(one.id, one.title, one.turns) for one in listed] == [
        (first, "Where is it?", 2),
        (other, "Who?", 1),
    ]
    assert store.conversations.turns(first) == [
        turn("Where is it?"),
        turn("And now?", at=NOON + 9),
    ]
    store.conversations.delete(first)
    assert [one.id for one in store.conversations.latest(9)] == [other]
    assert store.conversations.add(first, turn("And then?"), []) != first


def test_nothing_is_kept_of_an_answer_whose_clips_went_meanwhile(
    store: Store, clips: list[Clip]
) -> None:
    store.conversations.add("", turn("What is there?", SECRET), [clips[0].id, "gone"])
    assert not store.conversations.latest(9)


def test_a_question_is_kept_before_its_answer_which_comes_to_no_other(
    store: Store, clips: list[Clip]
) -> None:
    open_turn = ConversationTurn(NOON, "What is there?", {})
    held = store.conversations.add("", open_turn)
    assert store.conversations.turns(held) == [open_turn]
    store.conversations.answer(held, turn("What is there?"), [clips[1].id])
    assert store.conversations.turns(held) == [turn("What is there?")]
    store.delete_recording(clips[1].recording_id)
    store.conversations.answer(held, turn("What is there?", SECRET), [])
    assert not store.conversations.latest(9)
    gone = store.conversations.add("", open_turn)
    store.conversations.answer(gone, turn("What is there?", SECRET), ["gone"])
    assert SECRET not in "".join(store.dump())
    assert not store.conversations.latest(9)


@pytest.mark.parametrize("span", [Span(NOON + 30, NOON + 60), Span(NOON + 35, NOON + 40)])
def test_a_conversation_is_forgotten_with_a_clip_or_a_part_of_one(
    store: Store, clips: list[Clip], span: Span
) -> None:
    gone = store.conversations.add("", turn("What is there?", SECRET), [clips[1].id])
    store.conversations.add(gone, turn(f"Why is the {SECRET} there?"), [])
    stays = store.conversations.add("", turn("And here?"), [clips[0].id])
    erase(store, plan_deletion(store, DeletionRequest(span=span)))
    assert [one.id for one in store.conversations.latest(9)] == [stays]
    assert SECRET not in "".join(store.dump())


@pytest.mark.parametrize("span", [Span(NOON + 30, NOON + 60), Span(NOON + 35, NOON + 40)])
def test_an_explanation_is_forgotten_with_a_clip_that_was_weighed_and_its_answer_stays(
    store: Store, clips: list[Clip], span: Span
) -> None:
    explained = replace(turn("What is there?"), explanation={"why": SECRET})
    weighed = [clip.id for clip in clips[:2]]
    held = store.conversations.add("", explained, [clips[0].id], weighed)
    assert store.conversations.turns(held) == [explained]
    erase(store, plan_deletion(store, DeletionRequest(span=span)))
    assert store.conversations.turns(held) == [turn("What is there?")]
    assert SECRET not in "".join(store.dump())
    later = store.conversations.add("", explained, [clips[0].id], [clips[0].id, "gone"])
    assert store.conversations.turns(later) == [turn("What is there?")]
    store.conversations.add("", explained, [], [clips[0].id])
    prune_details(store, store.recordings.all())
    assert SECRET not in "".join(store.dump())


def test_a_conversation_has_the_title_that_it_was_given(store: Store) -> None:
    held = store.conversations.add("", turn("Where is it?"), [])
    store.conversations.rename(held, "Keys")
    assert [one.title for one in store.conversations.latest(9)] == ["Keys"]
    store.conversations.rename(held, "")
    assert [one.title for one in store.conversations.latest(9)] == ["Where is it?"]


def test_a_conversation_is_forgotten_with_a_recording_and_with_its_details(
    store: Store, clips: list[Clip]
) -> None:
    other = add(store, recording(NOON + 900, 1, "other"), ["A lane."])
    store.conversations.add("", turn("What is there?"), [clips[1].id])
    store.conversations.add("", turn("What is here?"), [other[0].id])
    store.delete_recording(clips[1].recording_id)
    assert [one.title for one in store.conversations.latest(9)] == ["What is here?"]
    prune_details(store, store.recordings.all())
    assert not store.conversations.latest(9)


def test_who_is_forgotten_is_no_more_spoken_of(store: Store, clips: list[Clip]) -> None:
    meet(store, clips[0], Met(0.0, 4, 9, kind="voice", says="Hello."))
    store.people.assign([clips[0].id])
    (voice,) = store.perceptions.prints(clips[0].id)
    store.people.name(voice.person_id, "Mirabel")
    store.conversations.add("", turn("Who was there?", "Only MIRABEL was heard."), [])
    store.conversations.rename(store.conversations.add("", turn("Who?"), []), "On Mirabel")
    asked = replace(turn("Who else?"), explanation={"why": "A moment had to speak of: mirabel."})
    store.conversations.add("", asked, [])
    store.people.forget(voice.person_id)
    (other,) = store.conversations.latest(9)
    assert store.conversations.turns(other.id) == [turn("Who else?")]
