"""The pictures of the README: the sample day in the app. Taken with ``--pictures`` only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.core.settings import Settings
from tests.browser.conftest import serving, visiting


@pytest.fixture
def sample_day(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Assistant]:
    """A home with the sample day; it is there before a browser is opened, which has its time."""
    if not request.config.getoption("--pictures"):
        pytest.skip("takes the README's pictures with --pictures")
    assistant = Assistant.open(Settings(tmp_path / "home", preset="small", language="en"))
    for result in assistant.ingest(assistant.sample.film()[1]):
        assert result.status == "indexed", result.message
    yield assistant
    assistant.close()


def test_the_sample_day_is_shown_in_the_readme(sample_day: Assistant, browser) -> None:  # type: ignore[no-untyped-def]
    with serving(sample_day) as address, visiting(browser, address, 1280, 800) as visitor:
        page = visitor.page
        visitor.ask("Where did I put the phone charger?")
        page.locator('#eb-chat a[href^="#seek="]').first.click()
        assert visitor.advances()
        visitor.picture("readme-ask")
        visitor.turn_to("Timeline")
        page.locator(".eb-hour-play").nth(1).click()
        assert visitor.advances()
        page.evaluate("scrollTo(0, 0)")
        visitor.picture("readme-timeline")
        visitor.turn_to("People")
        page.locator("#eb-strangers .thumbnail-item").nth(1).click()
        page.wait_for_function("document.activeElement.closest('#eb-name')")
        page.keyboard.type("Eileen")
        page.keyboard.press("Enter")
        page.wait_for_selector('#eb-somebody h2:has-text("Eileen")')
        page.click(".toast-close")
        page.wait_for_selector(".toast-body", state="detached")
        page.locator("#eb-story .eb-play").first.click()
        assert visitor.advances()
        page.evaluate("scrollTo(0, 0)")
        visitor.picture("readme-people")
        assert visitor.errors == []
