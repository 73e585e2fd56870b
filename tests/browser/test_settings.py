"""Settings as a person uses them: the look of the pages, a choice, the first account."""

from __future__ import annotations

import pytest

from app.assistant import Assistant
from app.server.server import create_server
from tests.app.doors import ANNA, accounts
from tests.app.party import party
from tests.browser.conftest import Visitor, serving, visiting

pytestmark = pytest.mark.browser
DARK = "document.body.classList.contains('dark')"
FRESH = "another password of Anna"


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    party(empty_home.store)
    return empty_home


def open_settings(visitor: Visitor) -> None:
    """Turns to the page, and waits until its fields can be used."""
    visitor.turn_to("Settings")
    visitor.page.wait_for_selector("#eb-set-timezone input:enabled")


def test_the_look_and_the_language_are_chosen_and_a_page_that_is_left_says_nothing(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str
) -> None:
    with visiting(browser, address, 390, 844) as visitor:
        page = visitor.page
        assert page.evaluate(DARK) is False
        open_settings(visitor)
        page.wait_for_selector("text=Fetch what is missing")
        for typed, shown, zone in (("tokyo", "Tokyo", "Asia/Tokyo"), ("newest", "newest", "UTC")):
            page.click("#eb-set-timezone input:enabled")
            page.keyboard.type(typed)
            page.click(f'[role="option"]:has-text("{shown}")')  # Enter may take the first
            page.wait_for_selector(f"text=Days and hours are shown in {zone} now")
            page.wait_for_selector(f"#eb-set-timezone >> text=on this clock: {zone}")
            assert assistant.timezone == zone
        page.check("#eb-set-large input")
        page.wait_for_selector("html.eb-large")
        about = page.locator("#eb-set-storage .prose").first
        assert about.evaluate("it => getComputedStyle(it).fontSize") == "20px"
        page.get_by_label("Dark", exact=True).check()
        page.wait_for_function(DARK)
        visitor.picture("settings-phone-dark")
        page.emulate_media(color_scheme="dark")
        page.emulate_media(color_scheme="light")
        assert page.evaluate(DARK) is True, "what was chosen stays, whatever the device does"
        visitor.turn_to("Ask")
        with page.expect_response("**/gradio_api/queue/join*"):
            visitor.turn_to("Settings")
        page.evaluate("location.assign('/')")  # while an event runs
        page.wait_for_selector("#eb-page-ask.eb-open")
        visitor.filled()
        page.wait_for_function(DARK)
        page.wait_for_selector("html.eb-large")
        open_settings(visitor)
        page.locator("#eb-set-theme :checked[value=dark]").wait_for()
        page.get_by_label("As this device").check()
        page.wait_for_function(f"!{DARK}")
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(DARK)
        page.click("#eb-set-language input")
        page.click("#eb-set-language [role=option]:has-text('中文')")
        page.wait_for_selector('#eb-page-habits-button:has-text("习惯")', state="attached")
        visitor.filled()
        visitor.turn_to("Habits")
        page.wait_for_selector('h2:text-is("与人相处的时间")')
        visitor.picture("habits-phone-chinese-large")
        visitor.turn_to("Library")
        page.wait_for_selector('h2:text-is("您的录像")')
        visitor.picture("library-phone-chinese")
        visitor.turn_to("Settings")
        page.wait_for_selector("#eb-set-large input:checked")  # before it is filled it is not
        page.uncheck("#eb-set-large input")
        page.wait_for_selector("html:not(.eb-large)")
        visitor.picture("settings-phone-chinese")
        visitor.expect_narrow()
        assert visitor.errors == []
        assert visitor.strangers() == set()


def test_the_hub_is_asked_only_by_a_button_and_a_choice_is_made_by_keys(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = list[str]()
    monkeypatch.setattr(
        "app.models.plan.machine.hub_trouble", lambda: questions.append("asked") or "it is gone"
    )
    with visiting(browser, address) as visitor:
        page = visitor.page
        open_settings(visitor)
        page.wait_for_selector("text=Fetch what is missing")
        assert questions == []
        page.click("#eb-set-see")
        page.wait_for_selector("text=The hub does not answer: it is gone.")
        page.wait_for_selector("text=Fetch and use these")
        assert questions == ["asked"]
        page.get_by_role("button", name="Each choice").press("Enter")
        field = page.locator("#eb-set-speech input")
        field.wait_for()
        field.focus()
        for key in ("ArrowDown", "ArrowDown", "Enter"):
            page.keyboard.press(key)
        page.wait_for_selector("text=Kept. It counts after the next start.")
        page.wait_for_selector("#eb-set-speech >> text=Counts after the next start.")
        field = page.locator("#eb-set-captioner input")
        field.fill("qwen-vl:/no/such/folder")
        field.press("Enter")
        page.wait_for_selector(".toast-body >> text=no folder /no/such/folder")
        visitor.expect(field).to_have_value("qwen-vl:/no/such/folder")
        assert list(assistant.store.preferences.get("settings")) == ["speech"]
        assert visitor.errors == []


def test_the_first_account_is_made_and_its_password_changed(
    browser,  # type: ignore[no-untyped-def]
    assistant: Assistant,
) -> None:
    people = accounts(assistant.home)
    server = create_server(assistant, accounts=people)
    with serving(assistant, server) as address, visiting(browser, address) as visitor:
        page, account = visitor.page, visitor.page.locator("#eb-set-account")
        open_settings(visitor)
        account.get_by_role("button", name="Make the first account").first.click()
        account.get_by_label("Name").fill("Anna")
        account.get_by_label("Password", exact=True).fill("short")
        account.get_by_label("Password", exact=True).press("Enter")
        page.wait_for_selector(".toast-body >> text=too short")
        assert [one for one in visitor.errors if "422" not in one] == []
        account.get_by_label("Password", exact=True).fill(ANNA)
        account.get_by_label("Password", exact=True).press("Enter")
        account.get_by_text("Signed in as Anna.").wait_for()
        page.locator("#eb-set-people").get_by_text("Anna · signed in").wait_for()
        people.sessions.begin(1, "an old phone", "127.0.0.1", "")
        account.get_by_role("button", name="Change the password").first.click()
        account.get_by_label("Old password").fill(ANNA)
        account.get_by_label("New password").fill(FRESH)
        account.get_by_label("New password").press("Enter")
        page.wait_for_selector("text=The password is changed")
        visitor.picture("account")
        assert people.check("Anna", FRESH)
        assert [one.device for one in people.sessions.of(1)] != ["an old phone"]
        assert len(people.sessions.of(1)) == 1
        visitor.expect(account.get_by_label("New password")).to_have_value("")
        account.get_by_role("button", name="Sign out everywhere").click()
        page.wait_for_selector("#password")
        assert people.sessions.of(1) == []
