from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memory.repositories.feedback import Verdicts, digest
from memory.store.store import Store
from memory.types.core import EVERYTHING
from tests.memory.lives import NOON, add, recording

QUESTION = "Where is my charger?"


@given(st.lists(st.text("abcdé1", min_size=1, max_size=6), min_size=1, max_size=6))
def test_a_question_is_known_again_whatever_its_case_and_marks(words: list[str]) -> None:
    assert digest(" ".join(words).upper() + " ?!") == digest(" , ".join(words))
    assert digest(" ".join(words)) != digest(" ".join([*words, "x"]))


def test_verdicts_are_kept_changed_and_taken_back(store: Store) -> None:
    one, two = (clip.id for clip in add(store, recording(), ["A cup.", "A tree."]))
    store.feedback.say(QUESTION, [one, two, "unknown"], good=False)
    store.feedback.say("where is my charger", [two], good=True)
    assert store.feedback.of(QUESTION) == Verdicts(frozenset({one}), frozenset({two}))
    assert not store.feedback.of("Where is my cup?")
    store.feedback.say(QUESTION, [one], good=None)
    store.feedback.say(QUESTION, [two], good=None)
    assert not store.feedback.of(QUESTION)


def test_neither_the_question_nor_deleted_clips_are_kept(store: Store) -> None:
    found = recording()
    clips = add(store, found, ["A cup.", "A tree."])
    store.feedback.say("A clandestine question?", [clips[0].id], good=False)
    assert b"clandestine" not in b"".join(file.read_bytes() for file in store.home.glob("memory*"))
    store.delete_recording(found.id)
    assert store.database.rows("SELECT * FROM verdict") == []


def test_what_is_not_it_cannot_be_read_for_that_question_alone(store: Store) -> None:
    cup, tree = add(store, recording(), ["A cup.", "A tree."])
    store.feedback.say(QUESTION, [cup.id], good=False)
    view = store.as_of(NOON + 3600)
    kept = view.within(EVERYTHING, QUESTION)
    assert [memory.clip_id for memory in kept.memories("clip")] == [tree.id]
    assert kept.search_text(["cup"]) == {}
    assert len(view.within(EVERYTHING, "Another?").memories("clip")) == 2
