"""A person at the door: a wrong password, the right one, the app, and out again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.assistant import Assistant
from app.core.settings import Settings
from app.server.server import create_server
from tests.app.doors import ANNA, accounts
from tests.app.homes import MORNING, Line, remember
from tests.browser.conftest import Visitor, serving, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


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
    people.get_by_label("Your own password").last.fill(ANNA)
    people.get_by_role("button", name="Let them sign in").click()
    people.locator("#eb-set-first-password :focus").wait_for()
    assert len(people.get_by_label(f"{name} can sign in at").input_value()) == 19
    people.get_by_label(f"{name} · not signed in anywhere").check()
    people.get_by_role("button", name="Remove sign-in").click()
    people.get_by_text("The recordings stay").wait_for()
    visitor.picture("people-who-may-sign-in")
    people.get_by_role("button", name="Cancel").click()
    people.get_by_text("The recordings stay").wait_for(state="hidden")


def test_wrong_password_then_the_right_one_then_out(browser: Browser, tmp_path: Path) -> None:
    assistant = Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "none"))
    file = tmp_path / "film.mp4"
    file.write_bytes(b"film")
    remember(assistant.store, "walk", MORNING, [Line("I walk along a street.")], file)
    kept = accounts(assistant.home)
    kept.add("Anna", ANNA)
    server = create_server(assistant, accounts=kept)
    link = "/?from=phone"
    with (
        serving(assistant, server) as address,
        visiting(browser, address, 390, 844, link=link, signed_out=True) as visitor,
    ):
        page, context = visitor.page, visitor.page.context
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

        type_in(page, "anna", ANNA)
        page.wait_for_url(f"{address}/?from=phone")
        page.wait_for_selector(".eb-out")
        assert page.inner_text(".eb-out").split() == ["Anna", "Sign", "out"]
        page.locator(".eb-out").click(trial=True)  # nothing lies upon it
        visitor.picture("signed-in")
        assert visitor.strangers() == set()
        assert visitor.errors == []

        let_somebody_in(visitor, "Ben")
        assert [one.name for one in kept.all()] == ["Anna", "Ben"]

        elsewhere = address.replace("127.0.0.1", "localhost")  # another site, to a browser
        page.goto(f"{elsewhere}/sign-in")
        page.evaluate("there => { location.href = there; }", f"{address}/?from=elsewhere")
        page.wait_for_selector(".eb-out")
        assert page.url == f"{address}/?from=elsewhere", "a link from elsewhere finds her signed in"

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
        assert context.cookies() == [
            one for one in context.cookies() if "session" not in one["name"]
        ]
    assistant.close()
