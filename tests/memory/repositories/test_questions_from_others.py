"""What others asked lies beside the conversations of the owner, and goes with what was shown."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from memory.repositories.conversations import ConversationTurn
from memory.store.store import Store
from memory.types.core import Clip, Recording, Span, TimeSource


def test_a_question_goes_with_a_clip_that_was_shown_for_it(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "home")
    clip = Clip("film-0", "film", Span(100.0, 130.0))
    film = Recording("film", "f" * 64, "/v/film.mp4", 100.0, "UTC", 30.0, TimeSource.USER)
    store.recordings.add(film, [clip])
    shown = {"quotes": [[1, "film", 100.0, 110.0, "words", ""]]}
    none = store.asked.add("Jake", 1.0, "Why?", {"quotes": []}, [])
    some = store.asked.add("Jake", 2.0, "Where?", shown, [clip.id, clip.id])
    assert [(one.id, one.who, one.question) for one in store.asked.latest(9)] == [
        (some, "Jake", "Where?"),
        (none, "Jake", "Why?"),
    ]
    assert [one.id for one in store.asked.latest(1)] == [some]
    asked = store.asked.get(some)
    assert asked is not None
    assert (asked.asked_at, asked.shown) == (2.0, shown)
    assert store.conversations.latest(9) == []
    assert store.asked.add("Jake", 3.0, "When?", shown, ["gone"]) == ""
    store.delete_recording("film")
    assert store.asked.get(some) is None
    assert [one.id for one in store.asked.latest(9)] == [none]
    assert store.asked.get("0123") is None
    store.close()


def test_the_oldest_go_where_there_are_as_many_as_a_log_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.repositories.questions_from_others.KEPT", 3)
    with closing(Store.open(tmp_path / "home")) as store:
        own = store.conversations.add("", ConversationTurn(0.0, "Mine?", {"citations": []}))
        for number in range(5):
            store.asked.add("Jake", float(number), f"{number}?", {"quotes": []}, [])
        assert [one.question for one in store.asked.latest(9)] == ["4?", "3?", "2?"]
        assert [one.id for one in store.conversations.latest(9)] == [own]
