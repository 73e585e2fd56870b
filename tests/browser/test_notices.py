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
        visitor.expect(".eb-bell-count").to_be_hidden()
        settled(butler, tmp_path / "beach <b>.mp4", JobState.DONE)
        reason = "broken.mp4 is not a recording that can be read; copy it from the camera again."
        settled(butler, tmp_path / "broken.mp4", JobState.QUARANTINED, reason)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # come back to it
        page.wait_for_selector(".eb-bell-count:has-text('2')")
        visitor.picture("notices-1-bell")
        page.press(".eb-bell", "Enter")
        visitor.expect(".eb-notice strong").to_have_text(
            ["broken.mp4 could not be taken in", "beach <b>.mp4 is remembered"]
        )
        visitor.picture("notices-2-open")
        page.wait_for_selector(".eb-bell-count", state="hidden")
        page.keyboard.press("Escape")
        visitor.expect("#eb-news").to_be_hidden()
        visitor.expect(".eb-bell").to_be_focused()
        page.set_viewport_size({"width": 390, "height": 844})
        page.click(".eb-bell")
        page.wait_for_function(
            "() => { const { left, right } = document.querySelector('#eb-news')"
            ".getBoundingClientRect(); return left >= 0 && left < right && right <= 390; }"
        )
        page.keyboard.press("Escape")
        for number in range(7):
            settled(butler, tmp_path / f"day {number}.mp4", JobState.DONE)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_selector(".eb-bell-count:has-text('7')")
        page.click(".eb-bell")
        visitor.expect("#eb-news li:not(li li) > strong").to_have_text(
            ["8 recordings are remembered", "broken.mp4 could not be taken in"]
        )
        page.click(".eb-notice summary")
        page.wait_for_selector("text=day 3.mp4 is remembered")
        visitor.picture("notices-3-phone")
        page.click(".eb-notice .eb-notice.eb-is-finished >> nth=-1 >> a")
        assert visitor.playing_at() >= 0
        assert visitor.errors == []
        assert visitor.strangers() == set()
