"""Journeys: somebody is named and found everywhere; and all of it without a mouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.core.settings import Settings
from tests.app.homes import HOSTILE, MORNING, Line, remember
from tests.app.party import party
from tests.browser.conftest import Visitor, serving, visiting

pytestmark = pytest.mark.browser
BOX, FOUND = "#eb-search-words input", "#eb-search-found"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    tmp_path = tmp_path_factory.mktemp("people")
    assistant = Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights"))
    party(assistant.store)
    attacks = [Line(text, f"the umbrella says {text}") for text in HOSTILE[:3]]
    file = Path(assistant.store.recordings.all()[0].path)
    remember(assistant.store, "hostile", MORNING + 86_400, attacks, file)
    with serving(assistant) as at:
        yield at
    assistant.close()


def told(visitor: Visitor, words: str) -> None:
    visitor.page.wait_for_selector(f'.eb-people .eb-told:has-text("{words}")')


def test_a_person_is_named_and_found_everywhere(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    with visiting(browser, address) as visitor:
        page = visitor.page
        visitor.turn_to("People")
        card = page.locator('.eb-person:has-text("heard 2 times")')
        card.locator("input").fill("Anna")
        card.locator("text=Save").click()
        told(visitor, "This is Anna from now on. Descriptions of 2 moments now say so.")
        face = page.locator('.eb-person:has-text("seen 3 times")').first
        face.locator("input").fill("Anna")
        face.locator("text=Save").click()
        told(visitor, "are one person now")
        page.wait_for_selector(".eb-person img.eb-face")
        visitor.picture("people-1-named")
        page.click('[aria-label="More about Anna"]')
        page.wait_for_selector(".eb-weeks li")
        visitor.picture("people-2-person")
        visitor.turn_to("Search")
        page.wait_for_selector(f"{FOUND} .eb-tries a")
        page.fill(BOX, "person:Anna umbrella")
        page.wait_for_selector('#eb-search-told:has-text("1 moment")')
        said = page.locator(f"{FOUND} .eb-said")
        assert said.inner_text() == "Anna: “I left my umbrella in the blue drawer.”"
        assert said.locator("mark").inner_text() == "umbrella"
        page.wait_for_url("**/#page=search&q=person%3AAnna%20umbrella")
        visitor.picture("search-1-found")
        page.click(f"{FOUND} .eb-play")
        assert 64 <= visitor.playing_at() < 70
        page.click('#eb-search-told a:has-text("Anna")')
        page.wait_for_selector('#eb-search-told:has-text("4 moments")')
        assert page.input_value(BOX) == "umbrella"
        page.wait_for_url("**/#page=search&q=umbrella")
        assert "onerror" in page.inner_text(FOUND)
        visitor.turn_to("Ask")
        visitor.ask("When did I see Anna?")
        assert page.locator('#eb-chat a[href^="#seek=party"]').count() > 0
        assert page.evaluate("window.pwned") is None
        assert page.locator(f"iframe, {FOUND} script, {FOUND} a[href^=http]").count() == 0
        assert visitor.strangers() == set()
        assert visitor.errors == []


def test_people_are_merged_and_parted_and_searched_by_keys_alone(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    with visiting(browser, address, 390, 844, "dark") as visitor:
        page = visitor.page

        def press(element: str, key: str = "Enter") -> None:
            page.locator(element).first.focus()
            page.keyboard.press(key)

        press("#eb-page-people-button")
        page.wait_for_selector(".eb-person")
        before = page.locator(".eb-person").count()
        visitor.picture("people-3-phone-dark")
        press(".eb-about")
        page.wait_for_selector(".eb-merge select")
        assert page.evaluate("document.activeElement.className").endswith("eb-back")
        page.locator(".eb-merge select").focus()
        page.keyboard.type("Person 4")
        press(".eb-merge button")
        told(visitor, "are one person now")
        press(".eb-back")
        page.wait_for_function(
            "n => document.querySelectorAll('.eb-person').length === n", arg=before - 1
        )
        press(".eb-undo button")
        told(visitor, "The last change was taken back.")
        page.wait_for_function(
            "n => document.querySelectorAll('.eb-person').length === n", arg=before
        )
        press(".eb-about")
        page.wait_for_selector(".eb-merge select")
        page.go_back()  # from somebody to everybody, not out of People
        page.wait_for_selector(".eb-everybody .eb-person")
        assert page.url.endswith("#page=people")
        press("#eb-page-search-button")
        page.wait_for_selector(f"{FOUND} .eb-tries a")
        page.locator(BOX).focus()
        page.keyboard.type("umbrella")
        page.wait_for_selector('#eb-search-told:has-text("4 moments")')
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        hits = f"[...document.querySelectorAll('{FOUND} .eb-play')]"
        assert page.evaluate(f"{hits}.indexOf(document.activeElement)") == 1
        page.keyboard.press("Enter")
        visitor.playing_at()
        page.keyboard.press("Escape")
        page.keyboard.type(" zzz on:nonsense")
        page.wait_for_selector("text=is no time that I know")
        visitor.picture("search-2-phone-dark")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        assert visitor.errors == []
