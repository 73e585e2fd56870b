"""Journeys: somebody is named and found everywhere; and all of it without a mouse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.assistant import Assistant
from tests.app.homes import HOSTILE, MORNING, Line, remember
from tests.app.party import party
from tests.browser.conftest import Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser
NAME = "<img src=x onerror='window.pwned=1'>"
BOX, FOUND = "#eb-search-words input", "#eb-search-found"


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    party(empty_home.store)
    attacks = [Line(text, f"the umbrella says {text}") for text in HOSTILE[:3]]
    file = Path(empty_home.store.recordings.all()[0].path)
    remember(empty_home.store, "hostile", MORNING + 86_400, attacks, file)
    return empty_home


def told(visitor: Visitor, words: str) -> None:
    visitor.page.wait_for_selector(f'.toast-body:has-text("{words}")')


def opened(visitor: Visitor, name: str) -> None:
    """Waits until this person is shown, and the keyboard is there."""
    visitor.page.wait_for_selector(f'#eb-somebody h2:has-text("{name}")')
    visitor.page.wait_for_function(
        "document.activeElement.closest('#eb-name, #eb-back') && location.hash.length > 14"
    )


def gallery(visitor: Visitor, among: str, words: str) -> Locator:
    """Pictures of people or samples under which this is said."""
    found = visitor.page.locator(f"{among} .thumbnail-item").filter(has_text=words)
    found.first.wait_for()
    return found


def test_a_person_is_named_and_found_everywhere(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    with visiting(browser, address) as visitor:
        page = visitor.page
        visitor.turn_to("People")
        gallery(visitor, "#eb-strangers", "heard 2 times").click()
        opened(visitor, "Person 1")
        page.keyboard.type("Anna")
        page.keyboard.press("Enter")
        told(visitor, "This is Anna from now on. Descriptions of 2 moments now say so.")
        opened(visitor, "Anna")
        page.click("#eb-back")
        gallery(visitor, "#eb-friends", "Anna")
        gallery(visitor, "#eb-strangers", "seen 3 times").first.click()
        opened(visitor, "Person")
        page.fill("#eb-name input", "Anna")
        page.click("#eb-name .submit-button")
        told(visitor, "are one person now")
        page.wait_for_selector(".eb-weeks li")
        gallery(visitor, "#eb-samples", "face")
        visitor.picture("people-2-person")
        page.click('#eb-story .eb-play:has-text("Tue 3 Mar")')
        assert visitor.playing_at() < 180
        page.click('[aria-label="Close the player"]')
        gallery(visitor, "#eb-samples", "voice").first.click()
        page.wait_for_selector("#eb-voice audio")
        assert page.evaluate("document.querySelector('#eb-voice audio').play()") is None
        page.click("#eb-back")
        visitor.picture("people-1-named")
        visitor.turn_to("Search")
        page.wait_for_selector(f"{FOUND} .eb-tries a")
        page.fill(BOX, "person:Anna umbrella")
        page.wait_for_selector('#eb-search-told:has-text("1 moment")')
        said = f"{FOUND} .eb-said"
        visitor.expect(said).to_have_text("Anna: “I left my umbrella in the blue drawer.”")
        visitor.expect(f"{said} mark").to_have_text("umbrella")
        page.wait_for_url("**/#page=search&q=person%3AAnna%20umbrella")
        visitor.picture("search-1-found")
        page.click(f"{FOUND} .eb-play")
        assert 64 <= visitor.playing_at() < 70
        page.click('#eb-search-told a:has-text("Anna")')
        page.wait_for_selector('#eb-search-told:has-text("4 moments")')
        visitor.expect(BOX).to_have_value("umbrella")
        page.wait_for_url("**/#page=search&q=umbrella")
        visitor.expect(FOUND).to_contain_text("onerror")
        visitor.turn_to("Ask")
        visitor.ask("When did I see Anna?")
        assert page.locator('#eb-chat a[href^="#seek=party"]').count() > 0
        assert page.evaluate("window.pwned") is None
        assert page.locator(f"iframe, {FOUND} script, {FOUND} a[href^=http]").count() == 0
        assert visitor.strangers() == set()
        assert visitor.errors == []


def test_people_are_merged_and_parted_and_searched_by_keys(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    with visiting(browser, address, 390, 844, "dark") as visitor:
        page = visitor.page

        def press(element: str, key: str = "Enter") -> None:
            page.locator(element).first.focus()
            page.keyboard.press(key)

        strangers = "#eb-strangers .thumbnail-item"
        everybody = page.locator(":is(#eb-strangers, #eb-friends) .thumbnail-item")
        press("#eb-page-people-button")
        page.wait_for_selector(strangers)
        before = everybody.count()  # all of them come at once
        visitor.picture("people-3-phone-dark")
        press(strangers)
        opened(visitor, "Person")
        page.locator("#eb-other input").focus()
        page.click('[role="option"]:has-text("Person 4")')  # Enter may take the first
        press('button:has-text("Merge")')
        told(visitor, "are one person now")
        press("#eb-back")
        visitor.expect(everybody).to_have_count(before - 1)
        page.wait_for_function("document.activeElement.matches('.thumbnail-item')")
        press("#eb-undo")
        told(visitor, "The last change was taken back.")
        visitor.expect(everybody).to_have_count(before)
        press(strangers)
        opened(visitor, "Person")
        page.go_back()  # from somebody to everybody, not out of People
        page.wait_for_selector(strangers)
        page.wait_for_url("**/#page=people")
        press("#eb-page-search-button")
        page.wait_for_selector(f"{FOUND} .eb-tries a")
        page.locator(BOX).focus()
        page.keyboard.insert_text("umbrella")  # at once: each letter may draw what is found anew
        page.wait_for_selector('#eb-search-told:has-text("4 moments")')
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        visitor.expect(page.locator(f"{FOUND} .eb-play").nth(1)).to_be_focused()
        page.keyboard.press("Enter")
        visitor.playing_at()
        page.keyboard.press("Escape")
        page.keyboard.type(" zzz on:nonsense")
        page.wait_for_selector("text=is no time that I know")
        visitor.picture("search-2-phone-dark")
        visitor.expect_narrow()
        assert visitor.errors == []


def test_an_address_of_nobody_shows_all_and_samples_of_another_are_taken_out_and_forgotten(  # type: ignore[no-untyped-def]
    browser, address: str
) -> None:
    with visiting(browser, address, link="/#page=people/%E0%A4%A") as visitor:
        page = visitor.page
        told(visitor, "This person is not here any more")
        gallery(visitor, "#eb-strangers", "seen 3 times").first.click()
        opened(visitor, "Person")
        whole = page.evaluate("location.href")
        page.click("#eb-samples .thumbnail-item >> nth=0")
        page.wait_for_selector('#eb-samples [aria-pressed="true"]')
        page.click("text=These are somebody else")
        told(visitor, "They are two people now.")
        page.wait_for_function("whole => location.href !== whole", arg=whole)
        page.wait_for_selector('#eb-somebody .prose:has-text("seen once")')
        page.wait_for_function("document.activeElement.closest('#eb-name')")
        page.keyboard.type(NAME)
        page.keyboard.press("Enter")
        told(visitor, "from now on")
        page.get_by_label(f"Name of {NAME}").wait_for()
        visitor.expect("#eb-somebody h2").to_have_text(NAME)
        page.click("text=Forget this person")
        page.wait_for_function("document.activeElement.id === 'eb-forget-now'")
        visitor.expect("#eb-forget-now").to_have_text(f"Forget {NAME} for good")
        page.keyboard.press("Enter")
        told(visitor, "Forgotten. Faces and voices are nobody’s again.")
        page.wait_for_url("**/#page=people")
        page.wait_for_function("document.activeElement.matches('.thumbnail-item')")
        friends = page.locator("#eb-friends .thumbnail-item", has_text="img")
        visitor.expect(friends).to_have_count(0)
        assert page.evaluate("window.pwned") is None
        assert visitor.errors == []
        page.goto(whole)
        page.reload()
        opened(visitor, "Person")
        page.click("text=Forget every moment with them")
        page.wait_for_selector("#eb-page-privacy.eb-open")
