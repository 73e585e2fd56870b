"""Everybody can use every page: axe-core finds nothing serious, in any look."""

from __future__ import annotations

import pytest

from app.assistant import Assistant
from app.pages.layout import PAGES
from tests.app.homes import MORNING, a_day
from tests.app.party import party
from tests.browser.conftest import Visitor, visiting

pytestmark = pytest.mark.browser

LOOKS = {
    "desktop": (1280, 800, "light"),
    "phone-dark": (390, 844, "dark"),
}

# The open page says something, and no longer that it is being opened.
FILLED = """() => [...document.querySelectorAll('.eb-page')].filter(one => one.offsetParent)
        .every(one => one.innerText.trim() && !/^Opening/m.test(one.innerText))"""


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    a_day(empty_home.store)
    party(empty_home.store, MORNING + 86_400)
    return empty_home


def violations(visitor: Visitor) -> list[str]:
    """What axe-core calls serious or critical: the rule and the first of the elements."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    report = axe.Axe().run(visitor.page).response["violations"]
    return [
        f"{one['id']}: {one['help']} {one['nodes'][0]['target']} {one['nodes'][0]['html'][:160]}"
        for one in report
        if one["impact"] in ("serious", "critical")
    ]


def open_all_of_the_library(visitor: Visitor) -> None:
    """A recording with what can be done with it, and every tool."""
    page = visitor.page
    page.click("#eb-recordings .thumbnail-item")
    page.click("#eb-chosen >> text=Set its time")
    page.wait_for_selector("#eb-chosen >> text=Recorded on")
    for tool in page.locator("#eb-page-library .label-wrap").all():
        tool.click()
    page.wait_for_selector("text=The library takes")


def open_a_person(visitor: Visitor) -> list[str]:
    """Somebody with a voice that is heard, and what forgetting them takes; what is wrong before."""
    page, found = visitor.page, violations(visitor)
    page.locator("#eb-strangers .thumbnail-item", has_text="heard 2 times").click()
    page.click("#eb-samples .thumbnail-item >> nth=0")
    page.wait_for_selector("#eb-voice audio")
    page.click("text=Forget this person")
    page.wait_for_selector("#eb-forget-now")
    return found


def play_a_moment(visitor: Visitor) -> list[str]:
    """The whole player, with its transcript; what is wrong before."""
    page, found = visitor.page, violations(visitor)
    page.click('[aria-label^="Play from"] >> nth=0')
    visitor.playing_at()
    if page.viewport_size["width"] < 640:  # there it is a bar at first
        page.click('[aria-label="Larger player"]')
        page.click(".eb-transcript summary")
    page.wait_for_selector(".eb-lines a >> visible=true")
    return found


def open_all_of_the_settings(visitor: Visitor) -> None:
    """Everything that can be opened, once all is there."""
    visitor.page.click("#eb-set-see")
    visitor.page.wait_for_selector("text=Fetch and use these")
    visitor.page.wait_for_selector("#eb-set-timezone input:enabled")
    for part in visitor.page.locator("#eb-setting .label-wrap:visible").all():
        part.click()
    visitor.page.wait_for_selector("text=What it may do")


def open_all_of_privacy(visitor: Visitor) -> None:
    """The last question before a day is forgotten, and what else is folded away."""
    page = visitor.page
    page.wait_for_selector("#eb-look")
    page.click("text=How to get it back")
    page.check("#eb-forget input[value=day]")
    page.click("#eb-look")
    page.click("button:text-is('Forget this')")
    page.wait_for_selector("text=This cannot be undone.")


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_shuts_anybody_out(browser, address: str, look: str) -> None:  # type: ignore[no-untyped-def]
    found: dict[str, list[str]] = {}
    with visiting(browser, address, *LOOKS[look]) as visitor:
        for name, title, _ in PAGES:
            visitor.turn_to(title)
            visitor.page.wait_for_function(FILLED)
            visitor.picture(f"{name}-{look}")
            if name == "library":
                open_all_of_the_library(visitor)
            if name == "privacy":
                open_all_of_privacy(visitor)
            everybody = open_a_person(visitor) if name == "people" else []
            if name == "settings":
                open_all_of_the_settings(visitor)
                visitor.picture(f"{name}-open-{look}")
            if name == "timeline":
                everybody = play_a_moment(visitor)
                visitor.picture(f"player-{look}")
            found[name] = everybody + violations(visitor)
            if name == "timeline":
                visitor.page.click('[aria-label="Close the player"]')
        visitor.expect_narrow()
    assert not any(found.values()), found
