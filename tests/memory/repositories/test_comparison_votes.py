"""Votes between two answers: kept in order, and gone with the question that they are about."""

from __future__ import annotations

from memory.repositories.comparison_votes import ComparisonVote
from memory.repositories.conversations import ConversationTurn
from memory.store.store import Store
from tests.memory.crowds import Met, crowd
from tests.memory.lives import NOON

FIRST = ComparisonVote(NOON + 2, "pyramid/none", "flat/none", "first")
SECOND = ComparisonVote(NOON + 1, "flat/none", "pyramid/none", "neither")


def asked(store: Store, clips: list[str], question: str = "Where is it?") -> str:
    """The conversation of a question whose answer rests on clips."""
    return store.conversations.add("", ConversationTurn(NOON, question, {}), clips)


def test_votes_are_kept_oldest_first(store: Store) -> None:
    assert store.comparisons.add(asked(store, [], "Who was there?"), FIRST)
    assert store.comparisons.add(asked(store, []), SECOND)
    assert store.comparisons.all() == [SECOND, FIRST]


def test_of_votes_on_one_question_between_the_same_two_the_last_counts(store: Store) -> None:
    store.comparisons.add(asked(store, []), FIRST)
    store.comparisons.add(asked(store, []), SECOND)
    assert store.comparisons.all() == [SECOND]


def test_a_vote_goes_with_its_conversation_alone(store: Store) -> None:
    gone, stays = asked(store, []), asked(store, [])
    store.comparisons.add(gone, FIRST)
    store.comparisons.add(stays, SECOND)
    store.conversations.delete(gone)
    assert store.comparisons.all() == [SECOND]


def test_a_vote_goes_with_a_moment_that_an_answer_rests_on(store: Store) -> None:
    crowd(store, [[Met(0)]])
    clip = store.recordings.clips("walk-0123456789")[0]
    store.comparisons.add(asked(store, [clip.id]), FIRST)
    store.comparisons.add(asked(store, []), SECOND)
    store.delete_recording("walk-0123456789")
    assert store.comparisons.all() == [SECOND]


def test_nothing_is_kept_on_a_question_that_is_gone(store: Store) -> None:
    assert not store.comparisons.add("gone", FIRST)
    assert store.comparisons.all() == []
