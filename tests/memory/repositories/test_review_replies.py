"""Replies of the memory review: kept in order, and gone with their person or their moment."""

from __future__ import annotations

from memory.repositories.review_replies import ReviewReply
from memory.store.store import Store
from tests.memory.crowds import Met, crowd
from tests.memory.lives import NOON


def replied(store: Store) -> list[ReviewReply]:
    """Two replies about Anna, of different recordings' moments, and one about a promise."""
    crowd(store, [[Met(0)], [Met(3)], []])
    store.people.name("1", "Anna")
    person, clips = store.people.get("Anna").id, store.recordings.clips("walk-0123456789")
    replies = [
        ReviewReply(NOON + 200, False, clips[0].id, person),
        ReviewReply(NOON + 100, True, clips[1].id, person),
        ReviewReply(NOON + 300, True, clips[2].id, promise="c0ffee"),
    ]
    for reply in replies:
        store.reviews.add(reply)
    return replies


def test_replies_are_kept_in_order_until_they_are_cleared(store: Store) -> None:
    first, second, third = replied(store)
    assert store.reviews.all() == [second, first, third]
    store.reviews.clear()
    assert store.reviews.all() == []


def test_replies_go_with_their_person(store: Store) -> None:
    *_, promise = replied(store)
    store.people.forget("Anna")
    assert store.reviews.all() == [promise]


def test_replies_go_with_their_recording(store: Store) -> None:
    replied(store)
    store.delete_recording("walk-0123456789")
    assert store.database.rows("SELECT * FROM review_reply") == []


def test_nothing_is_kept_of_whom_or_what_is_gone(store: Store) -> None:
    replied(store)
    clip, before = store.recordings.clips("walk-0123456789")[0], store.reviews.all()
    store.reviews.add(ReviewReply(NOON, True, "gone", store.people.get("Anna").id))
    store.reviews.add(ReviewReply(NOON, True, clip.id, "nobody"))
    assert store.reviews.all() == before
