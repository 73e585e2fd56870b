"""Summaries say what was seen and said, know their sources, and are made only when stale."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.store.summary_builder import salient, spoken_duration
from memory.types.core import Span, Utterance
from tests.memory.lives import NOON, add, recording, say, see


def test_a_summary_says_what_was_in_view_what_was_said_and_how_long(store: Store) -> None:
    clips = add(store, recording(), ["one", "two", "three", "four"])
    see(store, clips[0], "cup", "laptop")
    for clip in clips[1:]:
        see(store, clip, "cup")
    say(store, clips[0], "The charger is in the blue drawer.")
    summaries.rebuild(store)
    text = store.memories.overlapping("ten_minutes")[0].text
    assert "12:00 to 12:02" in text
    assert text.endswith("In view: cup (2 minutes), laptop.")  # a moment is no length to tell
    assert text.index("The charger is in the blue drawer.") < text.index("In view")


def test_each_level_is_made_from_the_one_below(store: Store) -> None:
    add(store, recording(), ["one", "two"])
    add(store, recording(NOON + 900, 1, "later"), ["three"])
    add(store, recording(NOON + 7200, 1, "evening"), ["four"])
    summaries.rebuild(store)
    clips, tens = store.memories.overlapping("clip"), store.memories.overlapping("ten_minutes")
    hours, days = store.memories.overlapping("hour"), store.memories.overlapping("day")
    assert [len(level) for level in (clips, tens, hours, days)] == [4, 3, 2, 1]
    assert tens[0].source_ids == (clips[0].id, clips[1].id)
    assert hours[0].source_ids == (tens[0].id, tens[1].id)
    assert days[0].source_ids == (hours[0].id, hours[1].id)
    assert days[0].span == Span(NOON, NOON + 7230)


def test_only_what_is_stale_is_made_again(store: Store) -> None:
    add(store, recording(), ["one", "two"])
    assert summaries.rebuild(store) == 3
    assert summaries.rebuild(store) == 0
    add(store, recording(NOON + 7200, 1, "evening"), ["three"])
    assert summaries.rebuild(store) == 3  # its 10 minutes, its hour, and the day of both


def test_durations_are_said_as_people_say_them() -> None:
    assert spoken_duration(1) == "1 second"
    assert spoken_duration(75) == "75 seconds"
    assert spoken_duration(180) == "3 minutes"
    assert spoken_duration(4800) == "1 hour 20 minutes"
    assert spoken_duration(7200) == "2 hours"


@given(st.lists(st.text(max_size=60), max_size=12), st.integers(1, 5))
def test_salient_sentences_are_some_of_those_said_in_their_order(
    texts: list[str], most: int
) -> None:
    said = [Utterance(Span(n, n + 1), text) for n, text in enumerate(texts)]
    chosen = salient(said, most)
    assert len(chosen) <= most
    assert [u.span.start for u in chosen] == sorted({u.span.start for u in chosen})
    assert all(utterance in said for utterance in chosen)


def test_what_is_spoken_of_most_is_chosen_before_a_remark() -> None:
    texts = [
        "The boiler leaks water again.",
        "Somebody must repair the boiler before water ruins everything.",
        "Nice weather.",
        "The boiler water pressure fell.",
    ]
    said = [Utterance(Span(n, n + 1), text) for n, text in enumerate(texts)]
    assert "boiler" in salient(said, 1)[0].text
