"""The digest of a day: cited lines, promises with their dates, and files that nothing can break."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import icalendar
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.assistant import Assistant
from app.commands.main import main
from app.days.digest import Digest, digest, promises
from app.days.digest_calendar import digest_calendar, plain, promises_calendar
from app.days.digest_markdown import digest_markdown, digest_text, escaped
from app.days.digest_text import digest_json
from app.presentation.i18n import use_locale
from app.routes.questions.digest import digest_router
from memory.store.store import Store
from memory.store.summary_builder import rebuild
from memory.types.core import Span
from tests.app.homes import HOSTILE
from tests.app.some_routes import app_of
from tests.memory.lives import NOON, add, recording, say

pytestmark = pytest.mark.usefixtures("no_weights")

DAY = 86_400.0
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
EVENING = NOON + DAY + 8 * 3600


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Monday with three promises, of which one is kept on Tuesday; hostile words on Tuesday."""
    opened = Store.open(tmp_path_factory.mktemp("digest") / "home")
    said = (
        "I have to call the dentist on Friday.",
        "I need to buy milk tomorrow at 17:00.",
        "I have to return the ladder to Paul.",
    )
    clips = add(opened, recording(NOON, 3, "monday"), ["A kitchen."] * 3)
    for clip, words in zip(clips, said):
        say(opened, clip, words)
        opened.memories.write_caption(clip, f'Somebody said: "{words}"', "test", "caption", "2")
    words = [*HOSTILE, "I bought the milk."]
    later = add(
        opened, recording(NOON + DAY + 6 * 3600, len(words), "tuesday"), ["A shop."] * len(words)
    )
    for clip, one in zip(later, words):
        say(opened, clip, one)
        opened.memories.write_caption(clip, f'Somebody said: "{one}"', "test", "caption", "2")
    rebuild(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def monday(store: Store) -> Digest:
    return digest(store, MONDAY, "UTC", EVENING)


def test_what_was_promised_is_told_with_its_date_and_what_became_of_it(monday: Digest) -> None:
    told = {one.said.text: one for one in monday.promised}
    call = told["I have to call the dentist on Friday."]
    assert call.due == Span(NOON + 3.5 * DAY, NOON + 4.5 * DAY)
    assert (call.done, call.late) == (None, False)
    milk = told["I need to buy milk tomorrow at 17:00."]
    assert milk.done is not None
    assert milk.done.text == "I bought the milk."
    assert told["I have to return the ladder to Paul."].due is None


def test_what_is_unfinished_is_shown_on_later_days(store: Store) -> None:
    found = digest(store, TUESDAY, "UTC", EVENING)
    assert [one.said.text for one in found.unfinished] == [
        "I have to call the dentist on Friday.",
        "I have to return the ladder to Paul.",
    ]
    assert digest(store, MONDAY, "UTC", NOON - DAY).promised == ()


def test_every_line_cites_its_moment(store: Store, monday: Digest) -> None:
    lines = [*monday.hours, *(one.said for one in monday.promised)]
    assert len(lines) > 3
    for line in lines:
        assert line.cite is not None
        assert store.recordings.clip(line.cite.clip_id) is not None
    told = digest_json(monday, store)
    assert told.hours[0].seek.startswith("#seek=monday-0123456789,0.00,30.00,")
    assert told.promised[0].due.startswith("Due Fri 6 Mar")


def test_a_day_without_recordings_says_so(store: Store) -> None:
    found = digest(store, date(2020, 1, 1), "UTC", EVENING)
    told = digest_json(found, store)
    assert (told.empty, told.facts) == (True, ["Nothing was recorded on this day."])
    with pytest.raises(ValueError, match="too far away"):
        digest(store, date(1, 1, 1), "UTC")


def test_the_digest_speaks_chinese(store: Store, monday: Digest) -> None:
    with use_locale("zh"):
        told = digest_json(monday, store)
        assert told.title == "2026年3月2日星期一"
        assert "## 承诺" in digest_markdown(monday, store)


def _rendered(text: str) -> set[str]:
    """Kinds of HTML that a reader makes of it, links found in plain text included."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    kinds = set()
    for token in reader.parse(text):
        kinds |= {token.type, *(child.type for child in token.children or ())}
    return kinds


def test_words_of_recordings_are_text_in_markdown(store: Store) -> None:
    text = digest_markdown(digest(store, TUESDAY, "UTC", EVENING), store, "http://127.0.0.1:7860")
    kinds = _rendered(text)
    assert not kinds & {"image", "html_inline", "html_block", "code_inline", "fence", "em_open"}
    reader = MarkdownIt("commonmark")
    links = [
        child.attrs["href"]
        for token in reader.parse(text)
        for child in token.children or ()
        if child.type == "link_open"
    ]
    assert links
    assert all(str(link).startswith("http://127.0.0.1:7860/day/2026-03-0") for link in links)
    assert "http://evil" not in text, "nor would it be made a link where it is bare"
    plain = digest_text(digest(store, TUESDAY, "UTC", EVENING), store)
    assert "\\(" not in plain
    assert "<script>" in plain, "a terminal shows it as it is"


@given(st.text(max_size=60))
def test_escaped_text_is_one_line_that_reads_as_it_was(text: str) -> None:
    made = escaped(text)
    assert "\n" not in made
    assert "\r" not in made
    (_, inline, _) = MarkdownIt("commonmark", {"html": True}).parse(f"x {made} x")
    assert {child.type for child in inline.children or ()} <= {"text", "text_special"}


def test_the_calendar_has_the_day_and_what_is_due(monday: Digest) -> None:
    made = digest_calendar(monday, "http://127.0.0.1:7860")
    found = icalendar.Calendar.from_ical(made)
    day, *due = found.walk("VEVENT")
    assert day["summary"] == "Your day: Monday 2 March 2026"
    assert day["dtstart"].dt == MONDAY
    assert [str(one["summary"]) for one in due] == ["I have to call the dentist on Friday."]
    assert due[0]["dtstart"].dt == date(2026, 3, 6)
    assert str(due[0]["url"]) == "http://127.0.0.1:7860/day/2026-03-02?t=12:00"
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))
    assert digest_calendar(monday, "http://127.0.0.1:7860") == made, "the same day, the same file"


def test_promises_are_a_feed_of_events_or_tasks(store: Store) -> None:
    found = promises(store, "UTC", EVENING)
    feed = icalendar.Calendar.from_ical(promises_calendar(found, "UTC"))
    assert len(feed.walk("VEVENT")) == 1
    tasks = icalendar.Calendar.from_ical(promises_calendar(found, "UTC", kind="todo"))
    (task,) = tasks.walk("VTODO")
    assert str(task["uid"]) == str(feed.walk("VEVENT")[0]["uid"])


@given(st.text(max_size=300))
def test_no_text_can_add_a_line_to_a_calendar(text: str) -> None:
    event = icalendar.Event()
    event.add("summary", plain(text))
    made = event.to_ical()
    assert b"\r\n".join([b"BEGIN:VEVENT"]) in made
    names = [line.partition(b":")[0] for line in made.replace(b"\r\n ", b"").split(b"\r\n")]
    assert names == [b"BEGIN", b"SUMMARY", b"END", b""]
    assert b"\n" not in made.replace(b"\r\n", b"")


def test_the_digest_over_http(assistant: Assistant) -> None:
    client = TestClient(app_of(assistant.home, digest_router(assistant)))
    told = client.get("/api/digest/2026-03-03").json()
    assert told["facts"][0] == "4 min recorded"
    assert told["summary"].startswith("A quiet morning at home")
    text = client.get("/api/digest/2026-03-03.md")
    assert text.headers["content-type"].startswith("text/markdown")
    assert text.headers["content-disposition"] == 'attachment; filename="2026-03-03.md"'
    hostile = client.get("/api/digest/2026-03-04.md").text
    assert not _rendered(hostile) & {"image", "html_inline", "html_block"}
    made = client.get("/api/digest/2026-03-04.ics")
    assert made.headers["content-type"].startswith("text/calendar")
    icalendar.Calendar.from_ical(made.content)
    assert client.get("/api/digest/promises.ics?kind=todo").status_code == 200
    for odd in (
        "/api/digest/x",
        "/api/digest/x.md",
        "/api/digest/0001-01-01",
        "/api/digest/promises.ics?kind=x",
    ):
        assert client.get(odd).status_code == 422
    moved = client.get("/digest/2026-03-03", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (307, "/#digest=2026-03-03")


def test_the_command_prints_every_form(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("digest", "2026-03-02", "--preset", "small", "--home", str(Path(store.home)))
    assert main(words) == 0
    assert "- [ ] Due " in capsys.readouterr().out
    assert main([*words, "--ics"]) == 0
    assert capsys.readouterr().out.startswith("BEGIN:VCALENDAR")
    assert main(["digest", "blah blah", *words[2:]]) == 1
