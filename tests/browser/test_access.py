"""Everybody can use every page: axe-core finds nothing serious, in any look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.assistant import Assistant
from app.core.settings import Settings
from app.pages.layout import PAGES
from tests.app.homes import a_day
from tests.browser.conftest import Visitor, serving, visiting

pytestmark = pytest.mark.browser

LOOKS = {
    "desktop": (1280, 800, "light"),
    "phone-dark": (390, 844, "dark"),
}

# The open page says something, and no longer that it is being opened.
FILLED = """() => [...document.querySelectorAll('.eb-page')].filter(one => one.offsetParent)
        .every(one => one.innerText.trim() && !/^Opening/m.test(one.innerText))"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("access")
    assistant = Assistant.open(Settings(place / "home", weights=place / "no-weights"))
    a_day(assistant.store)
    with serving(assistant) as at:
        yield at
    assistant.close()


def violations(visitor: Visitor) -> list[str]:
    """What axe-core calls serious or critical: the rule and the first of the elements."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    report = axe.Axe().run(visitor.page).response["violations"]
    return [
        f"{one['id']}: {one['help']} {one['nodes'][0]['target']} {one['nodes'][0]['html'][:160]}"
        for one in report
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_shuts_anybody_out(browser, address: str, look: str) -> None:  # type: ignore[no-untyped-def]
    found: dict[str, list[str]] = {}
    with visiting(browser, address, *LOOKS[look]) as visitor:
        for name, title, _ in PAGES:
            visitor.turn_to(title)
            visitor.page.wait_for_function(FILLED)
            visitor.picture(f"{name}-{look}")
            found[name] = violations(visitor)
        wide = visitor.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
        )
    assert not any(found.values()), found
    assert not wide, "the page scrolls sideways"
