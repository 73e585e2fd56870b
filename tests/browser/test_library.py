"""The library page over the real app: sending, the queue, and what to do where something failed;
before it the sample day, from the empty page to questions about it, and away again."""

from __future__ import annotations

import math
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.assistant import Assistant
from memory.types.core import RecordingState
from tests.app.homes import MORNING, Line, remember
from tests.app.sample_films import begin_films
from tests.browser.conftest import Visitor, visiting
from tests.browser.line import line_to
from tests.media import make_video, scene
from tests.memory.lives import NOON, recording

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
MIB = 2**20
PANEL = ".eb-open .eb-sample-day"
# Waits for the worker that takes what is shared.
SHARES = """async () => {
  while (!(await navigator.serviceWorker.getRegistration('/share'))?.active)
    await new Promise(requestAnimationFrame);
}"""


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    return empty_home


def film(path: Path, number: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return make_video(path, [scene(number), scene(number + 1)], seconds=4, fps=5)


def card(visitor: Visitor, name: str, words: str = "") -> None:
    """Waits for the card of a file that is being sent, until it says this."""
    found = visitor.page.locator(f".eb-card:has(strong:text-is({name!r})):has-text({words!r})")
    found.first.wait_for(timeout=120_000)


def picture(visitor: Visitor, name: str, words: str = "", among: str = "#eb-coming") -> Locator:
    """The picture of a file, once it is there and says this under it."""
    found = visitor.page.locator(f"{among} .thumbnail-item").filter(has_text=name)
    found = found.filter(has_text=words).first
    found.wait_for(timeout=120_000)
    return found


def ready(visitor: Visitor, name: str) -> Locator:
    """The picture of a recording, once it is ready."""
    return picture(visitor, name, among="#eb-recordings")


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs espeak-ng")
def test_a_sample_day_is_made_asked_about_and_removed_from_the_empty_page(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str
) -> None:
    begin_films(assistant.sample)
    with visiting(browser, address, 390, 844) as visitor:
        page = visitor.page
        page.click(f"{PANEL} >> text=Try it with a sample day")
        page.click('.example:has-text("Where did I put the charger?")', timeout=120_000)
        visitor.answered()
        page.wait_for_selector(PANEL, state="detached")
        page.click("text=New conversation")
        visitor.picture("sample-2-phone")
        page.click(f"{PANEL} >> text=Remove the sample day")
        page.wait_for_selector(f"{PANEL} >> text=Try it with a sample day")
        page.wait_for_selector(".example", state="detached")
        begin_films(assistant.sample)
        assistant.queue.pause()
        page.set_viewport_size({"width": 1280, "height": 800})
        page.click(f"{PANEL} >> text=Try it with a sample day")
        page.wait_for_selector(f"{PANEL} >> text=Films remembered: 0 of 4")
        page.fill("#eb-question textarea", "Meanwhile")
        visitor.picture("sample-1-making")
        visitor.turn_to("Library")
        page.wait_for_selector("#eb-coming .thumbnail-item >> nth=3")
        remember(assistant.store, "own", MORNING, [Line("A cup.")])
        visitor.turn_to("Ask")
        page.wait_for_selector(f"{PANEL} >> text=Remove the sample day")
        visitor.expect("#eb-question textarea").to_have_value("Meanwhile")
        visitor.turn_to("Library")
        page.click(f"{PANEL} >> text=Remove the sample day")
        page.wait_for_selector(PANEL, state="detached")
        page.wait_for_selector("#eb-coming", state="detached")
        page.wait_for_selector('#eb-recordings .thumbnail-item:has-text("own")')
        assert visitor.errors == []
    assistant.queue.unpause()


def test_files_are_held_called_off_mended_and_survive_a_reload_and_a_server_that_goes_away(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str, tmp_path: Path
) -> None:
    *files, long = [tmp_path / f"{name}.mp4" for name in ("one", "two", "three", "long walk")]
    for file in (*files, long):
        file.write_bytes(os.urandom(9 * MIB))  # a whole piece, and a bit
    uploads = assistant.store.media.uploads
    line_of = line_to(address, pieces=2, each=1)
    with line_of as line, visiting(browser, line.address) as visitor:
        page = visitor.page
        visitor.turn_to("Library")
        page.set_input_files(".eb-drop input", files)
        most = re.compile(r"(8[89]|9\d) % · ")
        for name in ("one.mp4", "two.mp4"):
            page.locator(".eb-card", has_text=name).filter(has_text=most).wait_for()
        card(visitor, "three.mp4", "waiting")
        page.click('[aria-label="Pause: one.mp4"]')
        card(visitor, "one.mp4", "paused at ")
        page.click('[aria-label="Cancel: two.mp4"]')
        line.let(math.inf)
        picture(visitor, "three.mp4", "Not added")  # it is random bytes
        visitor.picture("uploads-paused")
        assert not (uploads / "one.mp4").exists()
        assert visitor.errors == []
        line.damage_next()
        page.press('[aria-label="Go on: one.mp4"]', "Enter")
        picture(visitor, "one.mp4", "Not added")
        assert line.damaged == [MIB], "a piece that is damaged on the way is sent again"
        assert not (uploads / "two.mp4").exists()
        page.wait_for_selector("text=two.mp4", state="detached")
        line.only(1)
        page.set_input_files(".eb-drop input", long)
        page.wait_for_selector(r"text=/(8[89]|9\d) % · .* of 9.4 MB/")
        page.reload()
        line.forget()
        visitor.filled()
        visitor.turn_to("Library")
        page.wait_for_selector("text=/Stopped at 8[89] %/")
        visitor.picture("upload-stopped")
        line.cut()
        line.let(math.inf)
        page.set_input_files(".eb-drop input", long)
        page.wait_for_selector("text=no connection to the server")
        visitor.picture("upload-no-connection")
        line.cut(False)
        picture(visitor, long.name, "Not added")
        visitor.picture("upload-failed")
        arrival = page.locator("[role=status]", has_text="long walk.mp4 has arrived")
        arrival.wait_for(state="attached")
    for sent in (files[0], files[2], long):
        assert (uploads / sent.name).read_bytes() == sent.read_bytes()
    here = sorted(path.name for path in uploads.iterdir() if path.is_file())
    assert here == [long.name, "one.mp4", "three.mp4"]


def given_up_files_are_tried_again(visitor: Visitor, assistant: Assistant, place: Path) -> None:
    """They say why they were given up."""
    name = "<img src=x onerror=alert(1)>.mp4"
    bad, other, third = place / name, place / "also bad.mp4", place / "bad too.mp4"
    for path in (bad, other, third):
        path.write_bytes(b"no film at all " * 99)
    assistant.enqueue([bad, other, third])
    for path in (other, third, bad):  # after which their order stays
        shown = picture(visitor, path.name, "Not added")
    shown.press("Enter")
    visitor.page.wait_for_selector("#eb-chosen >> text=give the recording itself")
    visitor.page.wait_for_selector("text=Try all again")
    visitor.picture("library-failed")
    film(bad)
    visitor.page.locator("#eb-chosen").get_by_role("button", name="Try again").press("Enter")
    ready(visitor, name).press("Enter")
    visitor.page.wait_for_selector("#eb-chosen >> text=left where it is")
    film(other, 5)
    visitor.page.click("text=Try all again")
    ready(visitor, other.name)
    visitor.page.click("#eb-room button")
    visitor.page.wait_for_selector("text=The library takes")


def recordings_are_found_and_deleted(visitor: Visitor, assistant: Assistant) -> None:
    """In pages, by what they are, and several at once."""
    with assistant.store.database.transaction():
        for n in range(30):
            made = replace(recording(NOON + n * 86_400, 1, f"clip{n:02}"), size=n)
            state = RecordingState.PARTIAL if n % 5 == 0 else RecordingState.READY
            assistant.store.recordings.add(replace(made, state=state), [])
    page, shown = visitor.page, "#eb-recordings .thumbnail-item"
    count = f"n => document.querySelectorAll('{shown}').length === n"
    page.get_by_label("Find a recording").last.fill("clip")
    page.wait_for_selector("text=1–24 of 30")
    page.click("text=Next page")
    page.wait_for_function(count, arg=6)
    page.click("text=Day, camera, state")
    page.get_by_label("Which recordings").click()
    page.get_by_role("option", name="Readable in part").click()
    page.locator(shown).first.filter(has_text="clip25").wait_for()
    page.get_by_role("combobox", name="Order").click()
    page.get_by_role("option", name="Oldest first").click()
    page.locator(shown).first.filter(has_text="clip00").wait_for()
    page.wait_for_function(count, arg=6)
    page.get_by_label("Choose several").check()
    page.evaluate(  # before the server has answered the first of them
        "all => [...document.querySelectorAll(all)]"
        ".filter(one => /clip(00|05|10)/.test(one.textContent)).forEach(one => one.click())",
        shown,
    )
    page.wait_for_selector(f"{shown}[aria-pressed=true] >> nth=2")
    page.locator(shown).filter(has_text="clip10").press("Enter")
    page.wait_for_selector("text=2 chosen")
    page.click("#eb-chosen >> text=Delete …")
    page.wait_for_selector("#eb-chosen >> text=This goes and cannot be brought back")
    visitor.picture("library-several")
    with page.expect_response("**/api/pages/forgotten"):  # which empties the browser's cache
        page.click("text=Delete for good")
    page.wait_for_function(count, arg=4)
    page.wait_for_selector("#eb-chosen", state="detached")
    assert len([r for r in assistant.store.recordings.all() if "clip" in r.path]) == 28
    page.fill(".eb-narrowing .timebox input >> nth=0", "2026-03-12")
    page.keyboard.press("Enter")
    page.locator(shown).filter(has_text="clip10").wait_for()
    page.wait_for_function(count, arg=1)
    page.locator(shown).filter(has_text="clip10").press("Enter")
    page.click("#eb-chosen >> text=Set its time")
    page.fill("#eb-chosen .timebox input", "soon")  # its field would send the time before
    page.click("#eb-chosen >> text=Set it >> nth=-1")
    page.wait_for_selector("text=Type it as 2026-03-01 18:30:00.")


def test_files_are_refused_shared_held_and_tried_again_and_recordings_found_and_deleted(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str, tmp_path: Path
) -> None:
    texts = [tmp_path / "notes.txt", tmp_path / "notes.mp4"]
    for path in texts:
        path.write_text("milk, bread\n" * 900)
    shared, uploads = film(tmp_path / "from the gallery.mp4", 40), assistant.store.media.uploads
    share = """() => document.body.insertAdjacentHTML("beforeend",
      '<form id=gallery action=/share method=post enctype=multipart/form-data>'
      + '<input type=file name=recordings multiple><button>Share</button></form>')"""
    with visiting(browser, address, 390, 844) as visitor:
        page = visitor.page
        visitor.turn_to("Library")
        page.set_input_files(".eb-drop input", texts)
        card(visitor, "notes.txt", "is no recording by its name; give a film, sound or a photo")
        card(visitor, "notes.mp4", "contains text, not sound or pictures")
        visitor.picture("upload-refused")
        assert not list(uploads.glob("notes*"))
        assert all(not job.name.startswith("notes") for job in assistant.store.jobs.all())

        page.evaluate(SHARES)
        manifest = page.evaluate("fetch('/manifest.json').then((reply) => reply.json())")
        target = manifest["share_target"]
        assert (target["action"], target["params"]["files"][0]["name"]) == ("/share", "recordings")
        page.evaluate(share)
        page.set_input_files("#gallery input", shared)
        page.evaluate("document.getElementById('gallery').requestSubmit()")
        ready(visitor, shared.name)
        visitor.picture("shared-film")
        assert page.url.endswith("/#page=library")
        assert (uploads / shared.name).read_bytes() == shared.read_bytes()
        assert page.evaluate("caches.keys()") == []

        assistant.queue.pause()
        assistant.enqueue([film(tmp_path / "a.mp4", 20)])
        page.wait_for_selector("text=1 file left · paused")
        picture(visitor, "a.mp4", "Waiting for its turn")
        visitor.picture("library-paused")
        visitor.expect_narrow()
        page.press('.eb-queue button:has-text("Go on")', "Enter")
        ready(visitor, "a.mp4")
        assert assistant.queue.paused is False
        page.set_viewport_size({"width": 1280, "height": 800})
        given_up_files_are_tried_again(visitor, assistant, tmp_path)
        recordings_are_found_and_deleted(visitor, assistant)
        assert [one for one in visitor.errors if "415" not in one] == [], "but the refusal"
        assert visitor.strangers() == set()
