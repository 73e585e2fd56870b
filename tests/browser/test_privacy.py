"""An hour is deleted on the Privacy page, and then cannot be found by asking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.assistant import Assistant
from app.core.settings import Settings
from tests.app.secrets import PHRASE, secret_home, traces
from tests.browser.conftest import OPENED, serving, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    place = tmp_path_factory.mktemp("privacy")
    secret_home(place / "home")
    opened = Assistant.open(Settings(place / "home", weights=place / "no-weights"))
    yield opened
    opened.close()


def test_a_part_of_a_recording_is_kept_to_it_unless_that_is_unticked(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant
) -> None:
    with serving(assistant) as address, visiting(browser, address) as visitor:
        page = visitor.page
        visitor.turn_to("Library")
        page.click('[aria-label="Forget a part of morning.mp4 …"]')
        page.wait_for_selector(f"text=Other recordings of that time stay as they are: {PHRASE}")
        assert page.locator("text=Only in morning.mp4; other recordings").is_visible()
        visitor.picture("privacy-part")
        page.uncheck('[name="only"]')
        page.click("text=See what would go")
        page.wait_for_selector("text=recordings go entirely")
        assert visitor.errors == []


def test_an_hour_is_forgotten_and_cannot_be_found_by_asking(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant
) -> None:
    with serving(assistant) as address, visiting(browser, address) as visitor:
        page = visitor.page
        visitor.ask(f"Where is the {PHRASE}?")
        assert PHRASE in visitor.reply()
        page.reload()
        page.wait_for_selector(OPENED)
        visitor.turn_to("Privacy")
        page.wait_for_selector("text=See what would go")
        page.fill("#eb-priv-from", "09:31")
        page.fill("#eb-priv-until", "09:31")
        page.click("text=See what would go")
        page.wait_for_selector("text=The time must begin before it ends.")
        page.fill("#eb-priv-until", "09:30")
        page.click("text=See what would go")
        page.wait_for_selector("text=It ends on the day after: until 09:30.")
        page.fill("#eb-priv-until", "09:32")
        visitor.errors.clear()  # the browser notes that an answer was a refusal
        visitor.picture("privacy")
        page.focus("text=See what would go")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=3 moments go: 2 min of recordings.")
        page.click("text=Forget this")
        page.wait_for_selector("text=This cannot be undone.")
        assert page.evaluate("document.activeElement.innerText") == "Keep it"
        visitor.picture("privacy-sure")
        page.click("text=Yes, forget it for good")
        page.wait_for_selector("h3:text-is('Forgotten')")
        page.wait_for_selector("text=Checked: no row and no file")
        page.fill("#eb-priv-phrase", PHRASE)
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Nothing found")
        visitor.picture("privacy-done")
        visitor.turn_to("Ask")
        visitor.ask(f"Where is the {PHRASE}?")
        said = visitor.reply()
        assert "no recording that shows" in said
        assert visitor.strangers() == set()
        assert visitor.errors == []
        assert [one for one in traces(assistant.home) if "-wal" not in one] == []
        for scheme in ("light", "dark"):
            with visiting(browser, address, 390, 844, scheme) as phone:
                phone.turn_to("Privacy")
                phone.page.wait_for_selector("text=See what would go")
                wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
                assert phone.page.evaluate(wide) is False
                phone.picture(f"privacy-phone-{scheme}")
