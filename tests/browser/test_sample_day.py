"""The sample day by mouse: from the empty page to questions about it, and away again."""

from __future__ import annotations

import shutil

import pytest

from app.assistant import Assistant
from tests.app.homes import MORNING, Line, remember
from tests.app.sample_films import begin_films
from tests.browser.conftest import serving, visiting

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs espeak-ng"),
]
PANEL = ".eb-open .eb-sample-day"


def test_a_sample_day_is_made_asked_about_and_removed_from_the_empty_page(  # type: ignore[no-untyped-def]
    browser, butler: Assistant
) -> None:
    begin_films(butler.sample)
    with serving(butler) as address, visiting(browser, address, 390, 844) as visitor:
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
        begin_films(butler.sample)
        butler.queue.pause()
        page.set_viewport_size({"width": 1280, "height": 800})
        page.click(f"{PANEL} >> text=Try it with a sample day")
        page.wait_for_selector(f"{PANEL} >> text=Films remembered: 0 of 4")
        page.fill("#eb-question textarea", "Meanwhile")
        visitor.picture("sample-1-making")
        visitor.turn_to("Library")
        page.wait_for_selector("#eb-coming .thumbnail-item >> nth=3")
        remember(butler.store, "own", MORNING, [Line("A cup.")])
        visitor.turn_to("Ask")
        page.wait_for_selector(f"{PANEL} >> text=Remove the sample day")
        visitor.expect("#eb-question textarea").to_have_value("Meanwhile")
        visitor.turn_to("Library")
        page.click(f"{PANEL} >> text=Remove the sample day")
        page.wait_for_selector(PANEL, state="detached")
        page.wait_for_selector("#eb-coming", state="detached")
        page.wait_for_selector('#eb-recordings .thumbnail-item:has-text("own")')
        assert visitor.errors == []
