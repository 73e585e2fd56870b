"""A day is told in sentences: who was met, what was said and agreed, where things went."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from egogpt.text.caption_terms import HOLDING
from egorag.answering.answerer import Answerer
from ingest.derived import events
from memory.store import summary_builder
from memory.store.store import Store
from memory.types.core import Answer, Question, Sighting, Span, Utterance
from memory.types.events import EventFilter
from tests.egorag.conftest import HomeOf
from tests.egorag.lives import record
from tests.egorag.spoken import write_talk

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()  # a Wednesday
DAY = 86_400.0
SAID = (
    (-DAY, "me", "I still have to call the dentist."),
    (-DAY + 60, "Ada", "Don't forget to water the plants tonight."),
    (-DAY + 600, "me", "I put the spare key in the drawer of the desk."),
    (-DAY + 900, "Ben", "The soup was far too salty for me."),
    (-DAY + 930, "Ben", "The bread tasted of smoke."),
    (-2 * DAY, "Carl", "The train to Bern was cancelled on Sunday."),
)
SEEN = (("text", "shutterstock", 30), ("object", "lamp", 30), ("object", "table", 30),
        ("object", "chair", 25), ("hand", f"{HOLDING}phone", 20))  # fmt: skip


def write_day(home: Path) -> Store:
    opened = Store.open(home)
    for number, (before, speaker, text) in enumerate(SAID):
        (clip,) = record(opened, f"talk{number}", NOON + before, 1)
        said = [Utterance(Span(clip.span.start, clip.span.start + 5), text, speaker)]
        opened.perceptions.write_utterances("speech", "1", {clip.id: said})
        opened.memories.write_caption(clip, f'{speaker}: "{text}"', "composed", "caption", "1")
    (clip,) = record(opened, "film", NOON - 3600, 1)
    start = clip.span.start
    sights = [Sighting(Span(start, start + n), kind, what, 0.9) for kind, what, n in SEEN]  # type: ignore[arg-type]
    opened.perceptions.write_sightings("sights", "1", {clip.id: sights})
    caption = 'I see a lamp. I read "shutterstock".'
    opened.memories.write_caption(clip, caption, "composed", "caption", "1")
    events.rebuild(opened)
    summary_builder.rebuild(opened)
    return opened


@pytest.fixture
def store(home_of: HomeOf) -> Store:
    return home_of(write_day)


def ask(store: Store, text: str) -> Answer:
    return Answerer(store.as_of).ask(Question(text, NOON, "UTC"))


def test_a_day_is_told_by_whom_was_met_and_what_was_said_and_done(store: Store) -> None:
    answer = ask(store, "What did I do yesterday?")
    assert [sentence.text for sentence in answer.sentences] == [
        "I have 2 minutes of Tuesday 3 March, from 12:00 to 12:15.",
        "You talked with Ada and Ben.",
        'At 12:00 you planned: "I still have to call the dentist."',
        'At 12:01 Ada asked you: "Don\'t forget to water the plants tonight."',
        "At 12:10 you left the key in the drawer of the desk.",
        'At 12:15 Ben said: "The soup was far too salty for me." "The bread tasted of smoke."',
    ]
    assert all(sentence.citations for sentence in answer.sentences)


def test_a_sentence_cites_all_that_it_quotes(tmp_path: Path) -> None:
    said = ("The lake froze.", "A swan landed.", "Its feet slipped.", "It flew off again.")
    store = Store.open(tmp_path / "minute")
    (clip,) = record(store, "minute", NOON - DAY, 1)
    spans = [Span(clip.span.start + 5 * n, clip.span.start + 5 * n + 4) for n in range(4)]
    lines = [Utterance(span, text, "Ben") for span, text in zip(spans, said, strict=True)]
    store.perceptions.write_utterances("speech", "1", {clip.id: lines})
    store.memories.write_caption(clip, "Ben speaks.", "composed", "caption", "1")
    told = [
        one for one in ask(store, "What did I do yesterday?").sentences if "Ben said" in one.text
    ]
    store.close()
    assert [(one.text.count('"') // 2, len(one.citations)) for one in told] == [(3, 3), (1, 1)]


def test_the_same_day_is_told_in_chinese(store: Store) -> None:
    texts = [sentence.text for sentence in ask(store, "我昨天做了什么？").sentences]
    assert texts[:3] == [
        "3月3日周二我有2分钟的记录，从12:00到12:15。",
        "你和Ada和Ben说过话。",
        "12:00，你打算：“I still have to call the dentist.”",
    ]
    assert "12:10，你说：“I put the spare key in the drawer of the desk.”" in texts


def test_text_in_view_is_never_told_as_read_and_things_only_where_they_were_held(
    store: Store,
) -> None:
    text = ask(store, "What did I do today?").text
    assert text.endswith("At 11:00 you held and used a phone for 20 seconds.")
    assert "shutterstock" not in text
    assert "lamp" not in text
    assert not store.as_of(NOON).events(EventFilter(activities=("reading",), doer=None))


def test_several_days_are_told_one_after_the_other(store: Store) -> None:
    text = ask(store, "What did I do this week?").text
    assert text.index("Monday 2 March") < text.index("Carl") < text.index("Tuesday 3 March")


def test_what_was_said_beyond_the_time_asked_about_is_not_told(store: Store) -> None:
    text = ask(store, "What happened yesterday before 12:05?").text
    assert "dentist" in text
    assert "Ben" not in text


def test_a_week_ago_is_that_day_where_it_was_recorded(tmp_path: Path) -> None:
    said = [(NOON - days * DAY, "Ada", f"It is {days} days.") for days in (6, 7, 8)]
    for name, lines in (("all", said), ("beside", [said[0], said[2]])):
        with closing(write_talk(tmp_path / name, lines)) as life:
            told = ask(life, "What did I do a week ago?").text
        assert ("It is 7 days." in told) == (name == "all")
        assert ("It is 6 days." in told) == ("It is 8 days." in told) == (name == "beside")


def test_roles_that_were_heard_have_their_article(tmp_path: Path) -> None:
    lines = [
        (NOON - 99 + n, who, "Das Ventil ist defekt.")
        for n, who in enumerate(("Heizungsbauer", "Ole"))
    ]
    with closing(
        write_talk(tmp_path / "roles", [*lines, (NOON - 90, "me", "Guten Morgen.")])
    ) as home:
        told = ask(home, "Was habe ich heute gemacht?").text
    assert "Außer dir zu hören: der Heizungsbauer und Ole." in told
