"""Whole visits: without a mouse, and on a phone at night."""

from __future__ import annotations

import pytest

from app.assistant import Assistant
from app.pages.layout import PAGES
from tests.app.homes import MORNING, Line, a_day, remember
from tests.browser.conftest import Visitor, visiting

pytestmark = pytest.mark.browser
# What has the focus, and whether it can be seen: on the screen, and below nothing else.
FOCUS = """() => {
  const one = document.activeElement;
  const { left, top, width, height } = one.getBoundingClientRect();
  const there = document.elementFromPoint(left + width / 2, top + Math.min(height / 2, 40));
  const style = getComputedStyle(one);
  return {
    name: `${one.tagName} ${one.className} ${one.id}`,
    box: JSON.stringify(one.getBoundingClientRect()),
    over: there ? `${there.tagName} ${there.className}` : '',
    seen: Boolean(there && (one.contains(there) || there.contains(one))),
    ring: style.outlineStyle !== 'none' || one.matches('#eb-question *, video')
      || one.matches('media-time-range, media-volume-range') && style.boxShadow !== 'none',
  };
}"""

# Since the look before nothing has scrolled by itself, as the conversation does to its end.
STILL = """() => {
  const places = [...document.querySelectorAll('#eb-chat, #eb-chat *'), document.scrollingElement];
  const before = window.ebPlaces;
  window.ebPlaces = places.map((one) => one.scrollTop).join();
  return window.ebPlaces === before;
}"""

# Scrolled to its end, the page ends above the bar; what it draws on the way may make it longer.
END_ABOVE_THE_BAR = """page => {
  scrollTo(0, document.body.scrollHeight);
  const end = document.querySelector(page).getBoundingClientRect().bottom;
  return end <= document.querySelector('#eb-nav .eb-nav').getBoundingClientRect().top;
}"""


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    a_day(empty_home.store)
    remember(empty_home.store, "evening", MORNING + 86_400, [Line("I cook dinner.")] * 2)
    return empty_home


def seen(visitor: Visitor) -> dict[str, str | bool]:
    """What has the focus, once it has come into view."""
    for _ in range(600):  # half a minute at least
        now: dict[str, str | bool] = visitor.page.evaluate(FOCUS)
        if now["seen"]:
            return now
        visitor.page.wait_for_timeout(50)
    raise AssertionError(f"hidden while it has the focus: {now}")


def tab_to(visitor: Visitor, wanted: str, key: str = "Tab", most: int = 60) -> None:
    """Presses Tab until ``wanted`` has the focus; at every stop the focus can be seen."""
    passed: list[str] = []
    for _ in range(most):
        visitor.page.keyboard.press(key)
        now = seen(visitor)
        assert now["ring"], f"no sign of the focus: {now['name']}"
        if visitor.page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        passed.append(now["name"])
    raise AssertionError(f"{wanted} is not reached by {key}: {passed}")


def test_everything_is_reached_by_keys_alone(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    with visiting(browser, address) as visitor:
        page, keys = visitor.page, visitor.page.keyboard
        page.wait_for_selector("#eb-chat .example")
        tab_to(visitor, "#eb-page-ask-button")
        tab_to(visitor, "#eb-question textarea")
        visitor.look_away()
        keys.type("Where did I put the phone charger?")
        keys.press("Enter")
        visitor.answered()
        page.wait_for_selector("#eb-chat >> text=Why do you think that?")
        page.wait_for_function(STILL, polling=300)
        tab_to(visitor, "#eb-chat .eb-play", "Shift+Tab")
        keys.press("Enter")
        assert visitor.advances()
        keys.press("Escape")
        page.wait_for_selector(".eb-player-empty:visible")
        page.wait_for_selector("#eb-chat .eb-play:focus")
        tab_to(visitor, "#eb-page-timeline-button", "Shift+Tab")
        keys.press("Enter")
        page.wait_for_selector(".eb-hour >> visible=true")
        tab_to(visitor, ".eb-days select")
        before = page.inner_text(".eb-days option:checked")
        tab_to(visitor, ".eb-earlier", "Shift+Tab")
        keys.press("Enter")
        page.wait_for_selector('.eb-summary:has-text("A quiet morning")')
        assert page.inner_text(".eb-days option:checked") != before
        assert page.evaluate("document.activeElement !== document.body"), "the focus is lost"
        tab_to(visitor, ".eb-hour-play")
        keys.press("Enter")
        assert visitor.advances()
        tab_to(visitor, "#eb-player .eb-controls button")
        tab_to(visitor, ".eb-hour-play", "Shift+Tab")
        assert visitor.errors == []


def test_every_page_opens_on_a_phone_at_night_and_back_returns(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    bar = "#eb-nav .eb-nav"
    with visiting(browser, address, 390, 844, "dark") as visitor:
        page = visitor.page
        for name, title, _ in PAGES:
            visitor.turn_to(title)
            page.wait_for_selector(f"#eb-page-{name} >> visible=true")
            assert page.title() == f"{title} · EgoButler"
            visitor.expect("h1").to_have_text(title)
            in_the_bar = page.locator(f"#eb-page-{name}-button").is_visible()
            seen = page.locator("h1").bounding_box()["height"] > 20
            assert seen is not in_the_bar, "either of them says where one is"
            page.wait_for_selector(f"{bar} :popover-open", state="detached")  # the menu is shut
            page.wait_for_function(END_ABOVE_THE_BAR, arg=f"#eb-page-{name}")
            visitor.expect_narrow()
        for name, _, _ in reversed(PAGES[:-1]):
            page.go_back()
            page.wait_for_selector(f"#eb-page-{name}.eb-open")
        page.click(".eb-nav-more")
        page.wait_for_selector(f"#eb-page-{PAGES[4][0]}-button:focus")
        visitor.picture("journey-more")
        page.keyboard.press("Escape")
        page.wait_for_selector(".eb-nav-more:focus")
        assert visitor.errors == []
