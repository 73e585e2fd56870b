"""Everybody can use every page: by keys, on a phone at night; axe-core finds nothing serious."""

from __future__ import annotations

import pytest

from app.assistant import Assistant
from app.pages.layout import PAGES
from tests.app.homes import MORNING, a_day
from tests.app.party import party
from tests.browser import conftest
from tests.browser.conftest import PLAYER, Visitor, visiting

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

LOOKS = {
    "phone-dark": (390, 844, "dark"),
    "desktop": (1280, 800, "light"),
}
PHONE, DESKTOP = LOOKS.values()

# What holds is not reported part by part, and landmarks, of which the lack is moderate, are not
# looked for: either would take longer than all else.
AXE = {"resultTypes": ["violations"], "iframes": False, "rules": {"region": {"enabled": False}}}
# What another look changes: colours and sizes, no name and no role but of the bar and the player.
OF_A_LOOK = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
# Pages that have each kind of part between them: looked at by day and on a desktop as well.
BOTH_LOOKS = ("ask", "timeline", "settings")

# What has the focus, and whether it can be seen: on the screen, and below nothing else.
FOCUS = """wanted => {
  const one = document.activeElement;
  const { left, top, width, height } = one.getBoundingClientRect();
  const there = document.elementFromPoint(left + width / 2, top + Math.min(height / 2, 40));
  const style = getComputedStyle(one);
  return {
    name: `${one.tagName} ${one.className} ${one.id}`,
    box: JSON.stringify(one.getBoundingClientRect()),
    over: there ? `${there.tagName} ${there.className}` : '',
    seen: Boolean(there && (one.contains(there) || there.contains(one))),
    wanted: one.matches(wanted),
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

# The open page says something, and no longer that it is being opened.
FILLED = """() => [...document.querySelectorAll('.eb-page')].filter(one => one.offsetParent)
        .every(one => one.innerText.trim() && !/^Opening/m.test(one.innerText))"""

# Scrolled to its end, the page ends above the bar; what it draws on the way may make it longer.
END_ABOVE_THE_BAR = """page => {
  scrollTo(0, document.body.scrollHeight);
  const end = document.querySelector(page).getBoundingClientRect().bottom;
  return end <= document.querySelector('#eb-nav .eb-nav').getBoundingClientRect().top;
}"""

# The page is drawn in this look, the plots of Habits too.
DRAWN = """dark => document.body.classList.contains('dark') === dark
        && [...document.querySelectorAll('.js-plotly-plot')].every((plot) => !plot.clientWidth
          || plot.querySelector('.main-svg').clientWidth === plot.clientWidth)"""


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    a_day(empty_home.store)
    party(empty_home.store, MORNING + 86_400)
    return empty_home


def violations(visitor: Visitor, name: str, look: str) -> list[str]:
    """What axe-core calls serious or critical: the rule and the first of the elements."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    whole = look == "phone-dark" or name in ("ask", "timeline")
    options = AXE if whole else AXE | {"runOnly": OF_A_LOOK, "rules": {}}
    report = axe.Axe().run(visitor.page, options=options).response["violations"]
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


def draw(visitor: Visitor, look: str, picture: str = "") -> None:
    """Draws the page in another look."""
    width, height, scheme = LOOKS[look]
    visitor.page.set_viewport_size({"width": width, "height": height})
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.page.wait_for_function(DRAWN, arg=scheme == "dark")
    if picture:
        visitor.picture(f"{picture}-{look}")


def looked_at(visitor: Visitor, name: str, picture: str) -> dict[str, list[str]]:
    """What axe finds on the page that is open on a phone, and on a desktop where that counts."""
    visitor.picture(f"{picture}-phone-dark")
    found = {f"{picture}, phone": violations(visitor, name, "phone-dark")}
    if name in BOTH_LOOKS or conftest.PICTURES:
        draw(visitor, "desktop", picture)
        if name in BOTH_LOOKS:
            found[f"{picture}, desktop"] = violations(visitor, name, "desktop")
        draw(visitor, "phone-dark")
    return found


def open_a_person(visitor: Visitor) -> None:
    """Somebody with a voice that is heard, and what forgetting them takes."""
    page = visitor.page
    page.locator("#eb-strangers .thumbnail-item", has_text="heard 2 times").click()
    page.click("#eb-samples .thumbnail-item >> nth=0")
    page.wait_for_selector("#eb-voice audio")
    page.click("text=Forget this person")
    page.wait_for_selector("#eb-forget-now")


def play_a_moment(visitor: Visitor) -> None:
    """The whole player, with its transcript."""
    page = visitor.page
    page.click('[aria-label^="Play from"] >> nth=0')
    visitor.playing_at()
    page.click('[aria-label="Larger player"]')  # on a phone it is a bar at first
    page.click(".eb-transcript summary")
    page.wait_for_selector(".eb-lines a >> visible=true")
    page.evaluate(f"{PLAYER}.pause()")


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


def open_page(visitor: Visitor, name: str, title: str) -> None:
    """Opens a page; it says where one is, and ends above the bar."""
    page, bar = visitor.page, "#eb-nav .eb-nav"
    visitor.turn_to(title)
    page.wait_for_selector(f"#eb-page-{name} >> visible=true")
    page.wait_for_function(FILLED)
    assert page.title() == f"{title} · EgoButler"
    visitor.expect("h1").to_have_text(title)
    in_the_bar = page.locator(f"#eb-page-{name}-button").is_visible()
    seen = page.locator("h1").bounding_box()["height"] > 20
    assert seen is not in_the_bar, "either of them says where one is"
    page.wait_for_selector(f"{bar} :popover-open", state="detached")  # the menu is shut
    page.wait_for_function(END_ABOVE_THE_BAR, arg=f"#eb-page-{name}")
    visitor.expect_narrow()


def turn_back(visitor: Visitor) -> None:
    """Back leads to the page before, in the bar or not; the menu of the others is shut by keys."""
    page = visitor.page
    visitor.turn_to("Habits")
    visitor.turn_to("Library")
    page.go_back()
    page.wait_for_selector("#eb-page-habits.eb-open")
    page.go_back()
    page.wait_for_selector(f"#eb-page-{PAGES[-1][0]}.eb-open")
    page.click(".eb-nav-more")
    page.wait_for_selector(f"#eb-page-{PAGES[4][0]}-button:focus")
    visitor.picture("journey-more")
    page.keyboard.press("Escape")
    page.wait_for_selector(".eb-nav-more:focus")


def test_every_page_opens_on_a_phone_at_night_and_shuts_nobody_out(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    opening = {
        "timeline": play_a_moment,
        "people": open_a_person,
        "library": open_all_of_the_library,
        "privacy": open_all_of_privacy,
        "settings": open_all_of_the_settings,
    }
    found: dict[str, list[str]] = {}
    with visiting(browser, address, *PHONE) as visitor:
        for name, title, _ in PAGES:
            open_page(visitor, name, title)
            # What is opened later is in view beside all else, but for people.
            if name not in opening or conftest.PICTURES:
                found |= looked_at(visitor, name, name)
            elif name == "people":
                found["people"] = violations(visitor, name, "phone-dark")
            if name in opening:
                opening[name](visitor)
                found |= looked_at(visitor, name, f"{name}-open")
            if name == "timeline":
                visitor.page.click('[aria-label="Close the player"]')
        turn_back(visitor)
        visitor.expect_narrow()
        visitor.turn_to("Ask")
        draw(visitor, "desktop")
        everything_is_reached_by_keys(visitor)
        assert visitor.errors == []
    assert not any(found.values()), found


def seen(visitor: Visitor, wanted: str) -> dict[str, str | bool]:
    """What has the focus, once it has come into view, and whether that was ``wanted``."""
    for _ in range(600):  # half a minute at least
        now: dict[str, str | bool] = visitor.page.evaluate(FOCUS, wanted)
        if now["seen"]:
            return now
        visitor.page.wait_for_timeout(50)
    raise AssertionError(f"hidden while it has the focus: {now}")


def tab_to(visitor: Visitor, wanted: str, key: str = "Tab", most: int = 60) -> None:
    """Presses Tab until ``wanted`` has the focus; at every stop the focus can be seen."""
    passed: list[str] = []
    for _ in range(most):
        visitor.page.keyboard.press(key)
        now = seen(visitor, wanted)
        assert now["ring"], f"no sign of the focus: {now['name']}"
        if now["wanted"]:
            return
        passed.append(str(now["name"]))
    raise AssertionError(f"{wanted} is not reached by {key}: {passed}")


def everything_is_reached_by_keys(visitor: Visitor) -> None:
    """From the bar to a question, a moment of its answer, a day and an hour of it."""
    page, keys = visitor.page, visitor.page.keyboard
    page.wait_for_selector("#eb-chat .example")
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
    tab_to(visitor, ".eb-earlier")
    before = page.inner_text(".eb-days option:checked")
    keys.press("Enter")
    page.wait_for_selector('.eb-summary:has-text("A quiet morning")')
    assert page.inner_text(".eb-days option:checked") != before
    assert page.evaluate("document.activeElement !== document.body"), "the focus is lost"
    tab_to(visitor, ".eb-hour-play")
    keys.press("Enter")
    assert visitor.advances()
    page.evaluate(f"{PLAYER}.pause()")
    tab_to(visitor, "#eb-player .eb-controls button")
    tab_to(visitor, ".eb-hour-play", "Shift+Tab")
