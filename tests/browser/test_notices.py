"""The bell: news of recordings, by mouse, by keyboard and on a phone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.assistant import Assistant
from memory.types.jobs import JobState
from tests.app.homes import a_day
from tests.browser.conftest import serving, visiting

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def settled(butler: Assistant, path: Path, state: JobState, reason: str = "") -> None:
    """A file of the queue that has come to its end just now."""
    path.write_bytes(b"film")
    butler.store.jobs.add(path, now=time.time())
    job = butler.store.jobs.claim("me:1:0.0", now=time.time())
    assert job is not None
    known = next(r for r in butler.store.recordings.all() if r.id.startswith("walk"))
    recording_id = known.id if state == JobState.DONE else ""
    butler.store.jobs.finish(job, state, reason, recording_id=recording_id)


def test_the_bell_tells_what_is_new_and_leads_to_it(  # type: ignore[no-untyped-def]
    browser, butler: Assistant, tmp_path: Path
) -> None:
    a_day(butler.store)
    with serving(butler) as address, visiting(browser, address) as visitor:
        page = visitor.page
        page.wait_for_selector(".eb-bell")
        assert page.locator(".eb-bell-count").is_hidden()
        settled(butler, tmp_path / "beach <b>.mp4", JobState.DONE)
        reason = "broken.mp4 is not a recording that can be read; copy it from the camera again."
        settled(butler, tmp_path / "broken.mp4", JobState.QUARANTINED, reason)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # come back to it
        page.wait_for_selector(".eb-bell-count:has-text('2')")
        visitor.picture("notices-1-bell")
        page.focus(".eb-bell")
        page.keyboard.press("Enter")
        page.wait_for_selector(".eb-notice >> nth=1")
        told = page.locator(".eb-notice strong").all_inner_texts()
        assert told == ["broken.mp4 could not be taken in", "beach <b>.mp4 is remembered"]
        visitor.picture("notices-2-open")
        page.wait_for_selector(".eb-bell-count", state="hidden")
        page.keyboard.press("Escape")
        assert page.locator("#eb-news").is_hidden()
        assert page.evaluate("document.activeElement.className") == "eb-bell"
        page.set_viewport_size({"width": 390, "height": 844})
        page.click(".eb-bell")
        box = page.locator("#eb-news").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        page.keyboard.press("Escape")
        for number in range(7):
            settled(butler, tmp_path / f"day {number}.mp4", JobState.DONE)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_selector(".eb-bell-count:has-text('7')")
        page.click(".eb-bell")
        page.wait_for_selector("text=8 recordings are remembered")
        lines = page.locator("#eb-news li:not(li li) > strong").all_inner_texts()
        assert lines == ["8 recordings are remembered", "broken.mp4 could not be taken in"]
        page.click(".eb-notice summary")
        page.wait_for_selector("text=day 3.mp4 is remembered")
        visitor.picture("notices-3-phone")
        page.click(".eb-notice .eb-notice.eb-is-finished >> nth=-1 >> a")
        assert visitor.playing_at() >= 0
        assert visitor.errors == []
        assert visitor.strangers() == set()
