"""Events of the page Privacy: what is confirmed is what was shown, and nothing else goes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import time
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from app.assistant import Assistant
from app.core.settings import Settings
from app.pages.privacy.fields import (
    ForgetChoice,
    TypedChoice,
    choice_of,
    clock_time,
    exact_time,
    request_of,
)
from app.pages.privacy.forget_events import ForgetEvents, ForgetPreview
from app.pages.privacy.forget_parts import ForgetParts
from app.pages.privacy.keeping import KeepSection
from app.pages.privacy.page import PrivacyPage
from app.pages.privacy.records import LogSection, ProofSection
from app.pages.privacy.rules import BystanderSection, RuleSection
from app.pages.privacy.shared import listed
from app.privacy.selection import BadRequest
from memory.types.deletion import DeletionRequest
from tests.app.homes import HOSTILE, MORNING
from tests.app.pages.parts import laid_out, unserved
from tests.app.secrets import PHRASE, SECRET, SecretHome, secret_home, traces
from tests.memory.keeping import hurry

PARTS = laid_out(ForgetParts)
EMPTY = TypedChoice("span", None, "", "", False, None, False, None, None, False)
MARKS = re.compile(r"(?<!\\)[<*\[!$`]")


def typed(**values: Any) -> TypedChoice:
    """The fields, of which these were filled in."""
    return TypedChoice(
        **{
            part.name: values.get(part.name, getattr(EMPTY, part.name))
            for part in fields(TypedChoice)
        }
    )


MINUTE = typed(day="2026-03-03", begins="09:31", ends="9.32")


@contextmanager
def held(home: Path) -> Iterator[Assistant]:
    with Assistant.open(Settings(home, weights=home.parent / "no-weights")) as opened:
        opened.queue.pause()
        yield opened


@pytest.fixture
def butler(secrets: SecretHome) -> Iterator[Assistant]:
    """A home in which a test may change anything."""
    with held(secrets.fresh()) as opened:
        yield opened


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A home in which tests look only."""
    home = tmp_path_factory.mktemp("privacy") / "home"
    secret_home(home)
    with held(home) as opened:
        yield opened


@pytest.fixture
def events(butler: Assistant) -> ForgetEvents:
    return ForgetEvents(butler, PARTS)


def values(choice: TypedChoice) -> tuple[Any, ...]:
    return tuple(getattr(choice, part.name) for part in fields(choice))


def setting(update: Any, name: str = "visible") -> Any:
    """What an event sets of a component."""
    return update[name] if isinstance(update, dict) else update.constructor_args[name]


def preview(events: ForgetEvents, choice: TypedChoice = MINUTE) -> ForgetPreview:
    """What is shown of what would go."""
    updates = events.look(None, *values(choice))
    assert updates["shown"] == updates["preview"].words
    return updates["preview"]


def clips(butler: Assistant) -> int:
    return sum(len(butler.store.recordings.clips(r.id)) for r in butler.store.recordings.all())


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("18:30", time(18, 30)),
        ("18:30:05", time(18, 30, 5)),
        (" 9 ", time(9)),
        ("6.30 pm", time(18, 30)),
        ("12am", time(0)),
        ("１８：３０", time(18, 30)),
        ("24:00", time(0)),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, at: time) -> None:
    assert clock_time(text) == at


@pytest.mark.parametrize("text", ["", None, "soon", "25:00", "24:01", "13 pm", "9:3", "9:30:61"])
def test_what_is_no_time_is_refused(text: str | None) -> None:
    with pytest.raises(BadRequest, match="no time"):
        clock_time(text)


def test_a_time_that_ends_before_it_begins_ends_on_the_day_after() -> None:
    request, note = request_of(typed(day="2026-03-03", begins="23:00", ends="01:00"), None, "UTC")
    assert (request.start or 0, request.end or 0) == (MORNING + 13.5 * 3600, MORNING + 15.5 * 3600)
    assert note == "It ends on the day after: until 01:00:00."
    same, note = request_of(typed(day="2026-03-03", begins="09:30", ends="09:30"), None, "UTC")
    assert (same.start, note) == (same.end, ""), "an empty time, which is refused"


def test_the_time_of_another_page_is_exact_until_it_is_changed() -> None:
    choice = ForgetChoice.model_validate(
        {"kind": "span", "start": MORNING + 0.25, "end": MORNING + 30.5,
         "only": {"id": "walk", "name": "walk.mp4", "duration": 30}}
    )  # fmt: skip
    exact = exact_time(choice, "UTC")
    day, begins, ends = exact.shown
    shown = typed(day=day, begins=begins, ends=ends, only=True)
    request, _ = request_of(shown, exact, "UTC")
    assert (request.start, request.end) == (MORNING + 0.25, MORNING + 30.5)
    assert request.recording == "walk"
    request, _ = request_of(typed(day=day, begins=begins, ends="09:31"), exact, "UTC")
    assert (request.start, request.end, request.recording) == (MORNING, MORNING + 60, "")


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {"kind": "everything"},
        {"kind": "span", "start": "soon"},
        {"kind": "person", "name": "x" * 2000},
    ],
)
def test_what_names_nothing_is_no_choice_of_another_page(sent: object) -> None:
    assert choice_of(sent) is None
    assert choice_of({"kind": "day", "day": "2026-03-03"}) is not None


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (typed(day="2026-03-03", begins="09:30", ends="09:30"), "must begin before it ends"),
        (typed(day="", begins="09:30", ends="09:31"), "Choose a day"),
        (typed(kind="day", day="0001-01-01"), "Choose a day"),
        (typed(kind="person", person="Nobody"), "nobody called Nobody"),
        (typed(kind="place", place="a\0b"), "nothing of this name"),
        (typed(kind="recording", recording="\ud800"), "nothing of this name"),
        (typed(kind="recording", recording=HOSTILE[2]), "evil"),
        (typed(kind="place", place="Atlantis"), "nothing to forget"),
        (typed(kind="day", day="2026-03-09"), "nothing to forget"),
    ],
)
def test_where_nothing_would_go_nothing_can_be_confirmed(
    unchanged: Assistant, choice: TypedChoice, words: str
) -> None:
    updates = ForgetEvents(unchanged, PARTS).look(None, *values(choice))
    assert words in updates["shown"]
    assert not MARKS.search(updates["shown"])
    assert updates["preview"] is None
    assert [setting(updates[name]) for name in ("ask", "keep", "sure")] == [False] * 3


def test_a_minute_is_forgotten_after_two_questions(butler: Assistant, events: ForgetEvents) -> None:
    seen = preview(events)
    assert "3 moments go: 2 min of recordings." in seen.lines
    asked = events.ask(seen.words, seen, *seen.typed)
    assert asked["shown"].startswith("### This cannot be undone.")
    assert [setting(asked[name]) for name in ("ask", "keep", "sure")] == [False, True, True]
    assert traces(butler.home), "nothing is gone yet"
    *before, done = events.forget(asked["shown"], asked["preview"])
    assert before[0]["shown"] == "Forgetting …"
    assert before[0]["preview"] is None
    assert done["shown"].startswith("### Forgotten")
    assert "no row and no file" in done["shown"]
    assert [one for one in traces(butler.home) if "-wal" not in one] == []
    assert butler.store.audit.newest(1)[0].what == "forget"


def test_nothing_goes_that_was_not_asked_about_twice(unchanged: Assistant) -> None:
    events = ForgetEvents(unchanged, PARTS)
    seen, count = preview(events), clips(unchanged)
    for shown, what in ((seen.words, seen), ("", seen), (seen.words, None)):
        (only,) = events.forget(shown, what)
        assert "Look again" in only["shown"]
    other = preview(events, typed(kind="day", day="2026-03-03"))
    for shown, fields_now in ((seen.words, other.typed), (other.words, seen.typed)):
        assert "Look again" in events.ask(shown, other, *fields_now)["shown"]
    asked = events.ask(other.words, other, *other.typed)
    (only,) = events.forget(other.words, asked["preview"])
    assert "Look again" in only["shown"], "what stands on the page is another day's"
    assert clips(unchanged) == count


def test_what_came_meanwhile_is_looked_at_before_it_goes(
    butler: Assistant, events: ForgetEvents
) -> None:
    seen = preview(events, typed(kind="day", day="2026-03-03"))
    asked = events.ask(seen.words, seen, *seen.typed)
    party = next(r for r in butler.store.recordings.all() if PHRASE in r.name)
    butler.privacy.forget(DeletionRequest(recording_id=party.id))
    *_, done = events.forget(asked["shown"], asked["preview"])
    assert "Look again" in done["shown"]
    assert clips(butler) == 6


def test_nobody_goes_by_the_name_of_another(butler: Assistant, events: ForgetEvents) -> None:
    first, second = butler.store.people.known()[:2]
    butler.store.people.name(first.id, "Anna")
    seen = preview(events, typed(kind="person", person="Anna"))
    asked = events.ask(seen.words, seen, *seen.typed)
    butler.store.people.name(first.id, "Berta")
    butler.store.people.name(second.id, "Anna")
    *_, done = events.forget(asked["shown"], asked["preview"])
    assert "Look again" in done["shown"]
    assert {"Anna", "Berta"} <= {person.name for person in butler.store.people.known()}


def test_a_person_goes_by_name_and_is_offered_no_more(
    butler: Assistant, events: ForgetEvents
) -> None:
    person = butler.store.people.known()[0]
    butler.store.people.name(person.id, HOSTILE[0])
    seen = preview(events, typed(kind="person", person=HOSTILE[0]))
    assert "face prints" in seen.words
    assert not MARKS.search(seen.words)
    asked = events.ask(seen.words, seen, *seen.typed)
    *_, done = events.forget(asked["shown"], asked["preview"])
    assert done["shown"].startswith("### Forgotten")
    assert done["person"] is None
    assert not [one for one in butler.store.people.known() if one.name]


@pytest.fixture(scope="module")
def page(unchanged: Assistant) -> PrivacyPage:
    with unserved():
        return PrivacyPage(unchanged)


def opened(page: PrivacyPage, sent: object, filled: bool = False, offered: Any = None) -> Any:
    return page.open(gr.EventData(None, sent), filled, offered)


def test_a_filled_page_overwrites_nothing_that_is_typed(page: PrivacyPage) -> None:
    parts, first = page.forget.parts, opened(page, {})
    choices = setting(first[parts.recording], "choices")
    assert [words for words, _ in choices] == [
        f"Tue 3 Mar 2026, 09:31 · {PHRASE} party.mp4",
        "Tue 3 Mar 2026, 09:30 · morning.mp4",
    ]
    assert setting(first[parts.day], "value") == "2026-03-03"
    again = opened(page, {}, True, first[parts.offered])
    assert {page.log.listed, page.safe.last} <= set(again)
    inputs = {*parts.typed, *page.rules.days.values(), page.bystanders.box, page.safe.first}
    assert not inputs & set(again)


def test_another_page_fills_in_a_part_of_a_recording(
    unchanged: Assistant, page: PrivacyPage
) -> None:
    morning = next(r for r in unchanged.store.recordings.all() if r.name == "morning.mp4")
    only = {"id": morning.id, "name": HOSTILE[0]}
    wish = {"kind": "span", "start": SECRET.start, "end": SECRET.end, "only": only}
    parts, updates = page.forget.parts, opened(page, {"forget": wish})
    assert setting(updates[parts.only])
    assert updates[parts.begins] == "09:31:00"
    assert setting(updates[parts.day], "value") in dict(
        map(reversed, setting(updates[parts.day], "choices"))
    )
    assert "2 moments go" in updates[parts.shown]
    assert f"stay as they are: {PHRASE} party" in updates[parts.shown].replace("\\", "")
    assert setting(updates[parts.sure]) is False
    nonsense = opened(page, {"forget": {"kind": "all"}}, True, None)
    assert parts.shown not in nonsense


def test_the_button_does_what_it_says(unchanged: Assistant, page: PrivacyPage) -> None:
    assert setting(page.pause("Go on")[page.turn], "value") == "Pause"
    assert not unchanged.queue.paused
    assert "Paused" in page.pause("Pause")[page.taken_in]
    assert unchanged.queue.paused


def test_rules_that_remove_something_are_asked_about(butler: Assistant) -> None:
    with unserved():
        section = RuleSection(butler)
    retention = butler.privacy.retention
    at_once = section.save(None, None, 36_500)
    assert "Nothing is due" in at_once[section.question.shown]
    assert retention.rules() == {"all_days": 36_500}
    asked = section.save(5, None, None)
    assert "2 files of recordings" in asked[section.question.shown]
    assert setting(asked[section.question.sure])
    assert "Look again" in section.confirm("", asked[section.asked])[section.question.shown]
    assert retention.rules() == {"all_days": 36_500}
    done = section.confirm(asked[section.question.shown], asked[section.asked])
    assert done[section.question.shown].startswith("Kept.")
    assert retention.rules() == {"originals_days": 5}
    assert len(list((butler.home / "uploads").glob("*.mp4"))) == 2, "the daily run removes them"
    for days in (-1, 0, 1.5, 36_501, 1e300):
        assert "36500" in section.save(None, days, None)[section.question.shown]
    assert section.fill()[section.days["originals_days"]] == 5
    section.save(None, None, None)
    assert retention.rules() == {}


def test_bystanders_go_once_that_is_confirmed(butler: Assistant) -> None:
    with unserved():
        section = BystanderSection(butler)
    asked = section.tick(True)
    assert "for good" in asked[section.question.shown]
    assert setting(asked[section.question.sure])
    assert not butler.privacy.bystanders_go
    assert section.take_back()[section.box] is False
    done = section.let_go()
    assert re.search(r"Kept\. [1-9]\d* faces and voices went", done[section.question.shown])
    assert butler.privacy.bystanders_go
    assert section.box not in section.tick(False)
    assert not butler.privacy.bystanders_go


def test_an_archive_waits_for_the_browser(
    butler: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    monkeypatch.setattr("app.backup.archives.PAUSE", 0.0)
    with unserved():
        section = KeepSection(butler)
    assert "no backup yet" in section.last_words()
    (differ,) = section.back_up("a stick in a drawer", "another one", False)
    assert "differ" in differ[section.backed_up]
    *_, short = section.back_up("short", "short", False)
    assert "passphrase must have" in short[section.backed_up]
    assert section.first not in short, "what was typed is there to be mended"
    *steps, done = section.back_up("a stick in a drawer", "a stick in a drawer", False)
    assert "Gathering" in steps[0][section.backed_up]
    assert "in your downloads" in done[section.backed_up]
    assert (done[section.first], done[section.second]) == ("", "")
    assert "The last backup" in section.last_words().replace("\\", "")
    *_, done = section.export(False)
    waiting = butler.archives.downloads.take(done[section.address]["address"].split("/")[-1])
    assert waiting is not None
    with waiting.file as file:
        assert "export.json" in zipfile.ZipFile(file).namelist()


def test_the_proof_and_the_log_are_words(butler: Assistant) -> None:
    with unserved():
        proof, log = ProofSection(butler), LogSection(butler)
    assert [*proof.search(PHRASE)][-1].startswith("### Found")
    assert [*proof.search("hippopotamus")][-1].startswith("### Nothing found: hippopotamus")
    assert "nothing of this name" in next(proof.search("\ud800"))
    butler.store.audit.write("owner", "share", HOSTILE[2])
    assert not MARKS.search(log.read().splitlines()[0].replace("**share**", ""))


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_a_home_stay_words_in_a_list(words: str) -> None:
    assert not MARKS.search(listed("Title", [words]))
