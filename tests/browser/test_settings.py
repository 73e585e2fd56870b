"""Settings as a person uses them: the look of the pages, a choice, the first account; and a person
at the door: a wrong password, the right one, the app, and out again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.server.server import create_server
from tests.app.doors import ANNA, accounts
from tests.app.homes import MORNING, Line, remember
from tests.browser.conftest import Visitor, serving, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
DARK = "document.body.classList.contains('dark')"
FRESH = "another password of Anna"


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    file = empty_home.home / "film.mp4"
    file.write_bytes(b"film")
    remember(empty_home.store, "walk", MORNING, [Line("I walk along a street.")], file)
    return empty_home


@pytest.fixture(scope="module")
def people(assistant: Assistant) -> Accounts:
    return accounts(assistant.home)


@pytest.fixture(scope="module")
def address(assistant: Assistant, people: Accounts) -> Iterator[str]:
    with serving(assistant, create_server(assistant, accounts=people)) as at:
        yield at


def open_settings(visitor: Visitor) -> None:
    """Turns to the page, and waits until its fields can be used."""
    visitor.turn_to("Settings")
    visitor.page.wait_for_selector("#eb-set-timezone input:enabled")


def the_hub_is_asked_only_by_a_button(visitor: Visitor, questions: list[str]) -> None:
    """And a choice is made by keys."""
    page = visitor.page
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


def test_the_look_and_the_language_are_chosen_and_a_page_that_is_left_says_nothing(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = list[str]()
    monkeypatch.setattr(
        "app.models.plan.machine.hub_trouble", lambda: questions.append("asked") or "it is gone"
    )
    with visiting(browser, address, 390, 844) as visitor:
        page = visitor.page
        assert page.evaluate(DARK) is False
        open_settings(visitor)
        page.wait_for_selector("text=Fetch what is missing")
        the_hub_is_asked_only_by_a_button(visitor, questions)
        assert list(assistant.store.preferences.get("settings")) == ["speech"]
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
        visitor.turn_to("Settings")
        page.wait_for_selector("#eb-set-large input:checked")  # before it is filled it is not
        page.uncheck("#eb-set-large input")
        page.wait_for_selector("html:not(.eb-large)")
        visitor.picture("settings-phone-chinese")
        visitor.expect_narrow()
        assert visitor.errors == []
        assert visitor.strangers() == set()


def type_in(page: Page, name: str, password: str) -> None:
    """Fills in the page by keyboard alone, as the cursor stands ready."""
    page.wait_for_selector("#name")
    page.fill("#name", "")
    page.focus("#name")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def let_somebody_in(visitor: Visitor, name: str) -> None:
    """Anna lets somebody sign in, and thinks better of taking it back."""
    page = visitor.page
    visitor.turn_to("Settings")
    people = page.locator("#eb-set-people")
    people.get_by_text("Let somebody sign in").click()
    people.get_by_label("Name of the person").fill(name)
    people.get_by_label("Your own password").last.fill(FRESH)
    people.get_by_role("button", name="Let them sign in").click()
    people.locator("#eb-set-first-password :focus").wait_for()
    assert len(people.get_by_label(f"{name} can sign in at").input_value()) == 19
    people.get_by_label(f"{name} · not signed in anywhere").check()
    people.get_by_role("button", name="Remove sign-in").click()
    people.get_by_text("The recordings stay").wait_for()
    visitor.picture("people-who-may-sign-in")
    people.get_by_role("button", name="Cancel").click()
    people.get_by_text("The recordings stay").wait_for(state="hidden")


def goes_in_and_out(visitor: Visitor, people: Accounts) -> None:
    """Anna at the door, where a wrong password is told, and what she wanted to see waits."""
    page, context, address = visitor.page, visitor.page.context, visitor.address
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/?from=phone")
    assert page.url == f"{address}/sign-in?next=/%3Ffrom%3Dphone"
    page.wait_for_selector("#name:focus")
    visitor.picture("sign-in-phone")

    type_in(page, "Anna", "a wrong password")
    page.wait_for_selector("[role=alert]")
    assert "not right" in page.inner_text("[role=alert]")
    assert page.input_value("#name") == "Anna"
    assert page.input_value("#password") == ""
    page.wait_for_selector("#password:focus")
    visitor.picture("sign-in-wrong")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1280, "height": 800})
    visitor.picture("sign-in-dark")
    visitor.errors.clear()  # the browser notes that the answer was a refusal

    type_in(page, "anna", FRESH)
    page.wait_for_url(f"{address}/?from=phone", wait_until="commit")
    elsewhere = address.replace("127.0.0.1", "localhost")  # another site, to a browser
    page.goto(f"{elsewhere}/sign-in")
    page.evaluate("there => { location.href = there; }", f"{address}/?from=elsewhere")
    page.wait_for_selector(".eb-out")
    assert page.url == f"{address}/?from=elsewhere", "a link from elsewhere finds her signed in"
    assert page.inner_text(".eb-out").split() == ["Anna", "Sign", "out"]
    page.locator(".eb-out").click(trial=True)  # nothing lies upon it
    visitor.picture("signed-in")
    assert visitor.strangers() == {urlsplit(elsewhere).netloc}
    assert visitor.errors == []

    let_somebody_in(visitor, "Ben")
    assert [one.name for one in people.all()] == ["Anna", "Ben"]

    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(
        "() => { const { height, right } = document.querySelector('.eb-out')"
        ".getBoundingClientRect(); return height >= 44 && right <= 390; }"
    )
    visitor.picture("signed-in-phone")
    page.click(".eb-out")
    page.wait_for_url(f"{address}/sign-out")
    visitor.picture("sign-out")
    page.click("button")
    page.wait_for_url(f"{address}/sign-in")
    assert context.request.get(f"{address}/api/days").status == 401
    page.go_back()
    page.wait_for_selector("#name")
    assert context.cookies() == [one for one in context.cookies() if "session" not in one["name"]]


def test_the_first_account_is_made_its_password_changed_and_its_owner_goes_out_and_in(  # type: ignore[no-untyped-def]
    browser, people: Accounts, address: str
) -> None:
    with visiting(browser, address) as visitor:
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
        goes_in_and_out(visitor, people)
