"""Events of the Library page: what they show and do, without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import Request

from app.assistant import Assistant
from app.core.settings import Settings
from app.pages.event_context import on_behalf
from app.pages.library.actions import LibraryActions
from app.pages.library.entries import progress
from app.pages.library.events import LibraryEvents
from app.pages.library.parts import Drawn, LibraryParts
from memory.repositories.library_shelf import ShelfEntry
from memory.types.jobs import JobState
from tests.app.homes import MORNING, a_day
from tests.app.pages.parts import laid_out

NO_FILTER = ("", None, "", "", "newest")
HOST = "http://127.0.0.1:7860"
ASKED = gr.Request(
    request=Request(
        {"type": "http", "method": "POST", "headers": [(b"origin", HOST.encode())], "path": "/"}
    )
)


@pytest.fixture(autouse=True)
def _sent() -> Iterator[None]:
    """Events are sent by a browser."""
    with on_behalf(ASKED):
        yield


@pytest.fixture
def butler(tmp_path: Path) -> Iterator[Assistant]:
    opened = Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights"))
    a_day(opened.store)
    opened.queue.pause()
    yield opened
    opened.close()


@pytest.fixture
def parts(butler: Assistant) -> LibraryParts:
    return laid_out(lambda: LibraryParts(butler))


@pytest.fixture
def events(butler: Assistant, parts: LibraryParts) -> LibraryEvents:
    return LibraryEvents(butler, parts)


@pytest.fixture
def actions(butler: Assistant, parts: LibraryParts, events: LibraryEvents) -> LibraryActions:
    return LibraryActions(butler, parts, events)


def value(update: Any) -> Any:
    """What an event gives a component."""
    return update["value"] if isinstance(update, dict) else update.constructor_args["value"]


def press(picture: tuple[str, str]) -> gr.SelectData:
    """What Gradio sends when a picture of a gallery is pressed."""
    address, words = picture
    pressed = {"image": {"path": address, "url": address}, "caption": words}
    return gr.SelectData(None, {"index": 0, "value": pressed})


def breakfast(butler: Assistant) -> ShelfEntry:
    return ShelfEntry(take=butler.store.recordings.all()[0].id)


def test_recordings_are_pictures_from_our_own_routes(events: LibraryEvents) -> None:
    shown = events.refresh(Drawn(), (), 0, *NO_FILTER)
    ((address, words),) = value(shown["gallery"])
    assert address.startswith(f"{HOST}/thumbnails/breakfast-")
    assert words.splitlines()[:2] == ["Tue 3 Mar 2026, 09:30", "breakfast.mp4 · 2 min"]
    ((_, coming),) = value(shown["coming"])
    assert coming.splitlines()[-1] == "Waiting for its turn"
    again = events.refresh(shown["drawn"], (), 0, *NO_FILTER)
    assert again == {"drawn": shown["drawn"]}, "nothing is drawn twice"


def test_names_of_files_are_words(butler: Assistant, events: LibraryEvents, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)> ![](x) $${1}.mp4"
    (tmp_path / name).write_bytes(b"no film")
    job = butler.store.jobs.add(tmp_path / name, now=0.0)
    butler.store.jobs.finish(job, JobState.QUARANTINED, f"{name}: it is no film")
    shown = events.refresh(Drawn(), (), 0, *NO_FILTER)
    (picture,) = (one for one in value(shown["coming"]) if one[0].endswith(f"#{job.id}"))
    assert picture[1] == f"{name}\nNot added"
    panel = events.choosing(True)(press(picture), False, shown["drawn"], (), 0, *NO_FILTER)
    assert "\\<img" in panel["about"]
    assert not re.search(r"(?<!\\)[<*\[!$]", panel["about"])


def test_what_was_begun_just_now_has_no_stage_without_a_name(
    butler: Assistant, events: LibraryEvents
) -> None:
    (recording, *_), jobs = butler.store.recordings.all(), butler.store.jobs
    job = jobs.add(Path(recording.path), now=0.0)
    jobs.finish(job, JobState.RUNNING, recording_id=recording.id)
    (entry,) = events.entries_of((breakfast(butler),))
    assert entry.job is not None
    assert entry.job.stage == ""
    assert "" not in progress(entry)


def test_several_are_chosen_and_let_go(butler: Assistant, events: LibraryEvents) -> None:
    shown = events.refresh(Drawn(), (), 0, *NO_FILTER)
    drawn = shown["drawn"]
    first, coming = (press(value(shown[part])[0]) for part in ("gallery", "coming"))
    one = events.choosing(False)(first, True, drawn, (), 0, *NO_FILTER)
    assert one["chosen"] == (breakfast(butler),)
    assert value(one["gallery"])[0][1].startswith("✓ ")
    assert one["target"]["forget"]["only"]["name"] == "breakfast.mp4"
    two = events.choosing(True)(coming, True, drawn, one["chosen"], 0, *NO_FILTER)
    assert len(two["chosen"]) == 2
    assert two["several"].visible is True, "as long as several are chosen, whatever is looked for"
    less = events.choosing(False)(first, True, drawn, two["chosen"], 0, *NO_FILTER)
    assert less["chosen"] == two["chosen"][1:]
    odd = press((f"{HOST}/thumbnails/x.jpg#nobody", ""))
    assert events.choosing(False)(odd, False, drawn, (), 0, *NO_FILTER) == {"chosen": ()}


def test_looking_again_shows_what_was_looked_for_last(events: LibraryEvents) -> None:
    everything = events.refresh(Drawn(), (), 0, *NO_FILTER)
    found = events.find(everything["drawn"], (), 0, "supper", *NO_FILTER[1:])
    assert value(found["gallery"]) == []
    # Sent before the filter was typed, it is run after it.
    late = replace(found["drawn"], version=-1)
    assert "gallery" not in events.refresh(late, (), 0, *NO_FILTER)


def test_what_was_chosen_since_a_deletion_stays_chosen(
    events: LibraryEvents, actions: LibraryActions, butler: Assistant
) -> None:
    shown = events.refresh(Drawn(), (), 0, *NO_FILTER)
    asked = actions.ask_to_delete((breakfast(butler),))
    other = events.choosing(True)(
        press(value(shown["coming"])[0]), False, shown["drawn"], (), 0, *NO_FILTER
    )
    actions.delete(asked["going"])
    left = events.after_deletion(other["drawn"], other["chosen"], 0, *NO_FILTER)
    assert value(left["gallery"]) == []
    assert "chosen" not in left
    assert "deleting" not in left, "what is asked of it stands"


def test_a_recording_is_dated_as_typed(butler: Assistant, actions: LibraryActions) -> None:
    chosen = (breakfast(butler),)
    asked = actions.ask_date(chosen)
    assert value(asked["start"]) == "2026-03-03 09:30:00"
    moves = actions.preview_date(chosen, "2026-03-02 09:30:00")
    assert "Mon 2 Mar 2026\\, 09\\:30\\:00" in moves
    assert butler.store.recordings.all()[0].start == MORNING, "looking moves nothing"
    assert "Type it as" in actions.preview_date(chosen, "soon")
    with pytest.raises(gr.Error, match="Type it as"), on_behalf(ASKED):
        actions.set_date("soon", Drawn(), chosen, 0, *NO_FILTER)
    with pytest.raises(gr.Error, match="1800"), on_behalf(ASKED):
        actions.set_date("1800-01-01 00:00:00", Drawn(), chosen, 0, *NO_FILTER)
    actions.set_date("2026-03-02 09:30:00", Drawn(), chosen, 0, *NO_FILTER)
    assert butler.store.recordings.all()[0].start == MORNING - 86_400


def test_what_was_chosen_is_deleted_and_nothing_of_it_is_left(
    butler: Assistant, events: LibraryEvents, actions: LibraryActions
) -> None:
    chosen = (breakfast(butler),)
    asked = actions.ask_to_delete(chosen)
    assert "3 moments" in asked["goes"]
    actions.delete(asked["going"])
    actions.delete(asked["going"])  # as when it was pressed twice
    left = events.after_deletion(Drawn(), chosen, 0, *NO_FILTER)
    assert left["chosen"] == ()
    assert value(left["nothing"])
    assert butler.store.recordings.get(chosen[0].take) is None
    cache = butler.home / "tmp" / "gradio"
    assert not [file for file in cache.rglob("*") if file.is_file()]
    with pytest.raises(gr.Error, match="not in the library"), on_behalf(ASKED):
        actions.ask_date(chosen)
