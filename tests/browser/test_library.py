"""The library page over the real app: sending, the queue, and what to do where something failed."""

from __future__ import annotations

import hashlib
import math
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.assistant import Assistant
from memory.types.core import RecordingState
from tests.browser.conftest import Visitor, visiting
from tests.browser.line import line_to
from tests.media import make_video, scene
from tests.memory.lives import NOON, recording

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
MIB = 2**20
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


def test_a_file_survives_a_reload_and_a_server_that_goes_away(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str, tmp_path: Path
) -> None:
    big = tmp_path / "long walk.mp4"
    big.write_bytes(os.urandom(17 * MIB))  # two whole pieces, and a bit
    arrived = assistant.store.media.uploads / "long walk.mp4"
    with line_to(address, pieces=1) as line, visiting(browser, line.address) as v:
        v.turn_to("Library")
        v.page.set_input_files(".eb-drop input", big)
        v.page.wait_for_selector(r"text=/(4[7-9]|[5-9]\d) % · .* of 18 MB/")
        v.page.reload()
        line.forget()
        v.filled()
        v.turn_to("Library")
        v.page.wait_for_selector("text=Stopped at 47 %")
        v.picture("upload-stopped")
        v.page.set_input_files(".eb-drop input", big)
        line.let(1)
        v.page.wait_for_selector(r"text=/(9[4-9]|100) % · /")  # the last piece may be under way
        line.cut()
        line.let(math.inf)
        v.page.wait_for_selector("text=no connection to the server")
        v.picture("upload-no-connection")
        line.cut(False)
        picture(v, "long walk.mp4", "Not added")  # it is random bytes
        v.picture("upload-failed")
        arrival = v.page.locator("[role=status]", has_text="long walk.mp4 has arrived")
        arrival.wait_for(state="attached")
    sent = hashlib.sha256(big.read_bytes()).digest()
    assert hashlib.sha256(arrived.read_bytes()).digest() == sent
    assert [path.name for path in arrived.parent.iterdir() if path.is_file()] == [arrived.name]


def test_files_are_held_gone_on_with_called_off_and_mended(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str, tmp_path: Path
) -> None:
    files = []
    for name in ("one.mp4", "two.mp4", "three.mp4"):
        files.append(tmp_path / name)
        files[-1].write_bytes(os.urandom(17 * MIB))
    uploads = assistant.store.media.uploads
    line_of = line_to(address, pieces=2, each=1)
    with line_of as line, visiting(browser, line.address) as visitor:
        page = visitor.page
        visitor.turn_to("Library")
        page.set_input_files(".eb-drop input", files)
        half = re.compile(r"(4[7-9]|[5-9]\d) % · ")
        for name in ("one.mp4", "two.mp4"):
            page.locator(".eb-card", has_text=name).filter(has_text=half).wait_for()
        card(visitor, "three.mp4", "waiting")
        page.click('[aria-label="Pause: one.mp4"]')
        card(visitor, "one.mp4", "paused at ")
        page.click('[aria-label="Cancel: two.mp4"]')
        line.let(math.inf)
        picture(visitor, "three.mp4", "Not added")
        visitor.picture("uploads-paused")
        assert not (uploads / "one.mp4").exists()
        page.press('[aria-label="Go on: one.mp4"]', "Enter")
        picture(visitor, "one.mp4", "Not added")
        assert (uploads / "one.mp4").read_bytes() == files[0].read_bytes()
        assert not (uploads / "two.mp4").exists()
        page.wait_for_selector("text=two.mp4", state="detached")
        assert visitor.errors == []
        noisy = tmp_path / "noisy line.mp4"
        noisy.write_bytes(os.urandom(9 * MIB))
        line.damage_next()
        page.set_input_files(".eb-drop input", noisy)
        picture(visitor, noisy.name, "Not added")
    assert line.damaged == [8 * MIB], "a piece that is damaged on the way is sent again"
    assert (uploads / noisy.name).read_bytes() == noisy.read_bytes()


def test_on_a_phone_files_are_refused_shared_and_held(  # type: ignore[no-untyped-def]
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
        assistant.enqueue([film(tmp_path / "a.mp4", 20), film(tmp_path / "b.mp4", 22)])
        page.wait_for_selector("text=2 files left · paused")
        picture(visitor, "a.mp4", "Waiting for its turn")
        visitor.picture("library-paused")
        visitor.expect_narrow()
        page.press('.eb-queue button:has-text("Go on")', "Enter")
        ready(visitor, "b.mp4")
        assert assistant.queue.paused is False
        assert [one for one in visitor.errors if "415" not in one] == [], "but the refusal"
        assert visitor.strangers() == set()


def test_given_up_files_say_why_and_are_tried_again(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str, tmp_path: Path
) -> None:
    name = "<img src=x onerror=alert(1)>.mp4"
    bad, other, third = tmp_path / name, tmp_path / "also bad.mp4", tmp_path / "bad too.mp4"
    for path in (bad, other, third):
        path.write_bytes(b"no film at all " * 99)
    with visiting(browser, address) as visitor:
        visitor.turn_to("Library")
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
        assert visitor.errors == []
        assert visitor.strangers() == set()


def test_recordings_are_found_turned_through_and_deleted_by_the_several(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str
) -> None:
    with assistant.store.database.transaction():
        for n in range(30):
            made = replace(recording(NOON + n * 86_400, 1, f"clip{n:02}"), size=n)
            state = RecordingState.PARTIAL if n % 5 == 0 else RecordingState.READY
            assistant.store.recordings.add(replace(made, state=state), [])
    with visiting(browser, address) as visitor:
        page, shown = visitor.page, "#eb-recordings .thumbnail-item"
        count = f"n => document.querySelectorAll('{shown}').length === n"
        visitor.turn_to("Library")
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
        assert visitor.errors == []
        assert visitor.strangers() == set()
