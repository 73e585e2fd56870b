"""A whole visit without a mouse."""

from __future__ import annotations

import pytest

from app.assistant import Assistant
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
