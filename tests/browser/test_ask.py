"""Asking in a real browser: moments that play, corrections that change answers, filters, stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from app.ask.conversations import ConversationService
from app.ask.service import AskService
from app.assistant import Assistant
from memory.types.core import Answer
from memory.types.evidence_cards import EvidenceCards
from tests.app.askings import CONCERT, talks
from tests.browser.conftest import PLAYER, Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

# On a phone the player is a bar above the menu, and the question above it can be typed.
BAR_ABOVE_THE_MENU = """() => {
  const [box, bar, menu] = ['#eb-question', '.eb-player', '#eb-nav .eb-nav'].map((part) =>
    document.querySelector(part).getBoundingClientRect());
  return bar.height <= 80 && bar.bottom <= menu.top + 1 && box.bottom <= bar.top;
}"""
# All that a moment is put right by is above what covers the end of the window.
PUT_RIGHT_IS_SEEN = """() => {
  const boxOf = (part) => document.querySelector(part).getBoundingClientRect();
  const parts = ['.eb-player', '#eb-nav .eb-nav'].map(boxOf);
  const bars = parts.filter(({ width }) => width === innerWidth);
  const { top, bottom } = boxOf('#eb-correction');
  return top >= 0 && bottom <= Math.min(innerHeight, ...bars.map((bar) => bar.top));
}"""
# Of a conversation that is longer than the window, the last moments are seen.
LAST_MOMENTS_ARE_SEEN = """() => {
  const [moments, chat] = ['.eb-moments', '.bubble-wrap'].map((part) =>
    [...document.querySelectorAll(`#eb-chat ${part}`)].at(-1).getBoundingClientRect());
  const { scrollHeight, clientHeight } = [...document.querySelectorAll('.bubble-wrap')].at(-1);
  return scrollHeight > clientHeight && chat.top - 1 <= moments.top
    && moments.top < chat.bottom - 100;
}"""
UMBRELLA = "Who talked about the umbrella?"
BOX = "#eb-question textarea"
ASKED = "#eb-chat .user.message"
FIRST_QUESTION, LAST_ANSWER = "#eb-chat .user-row >> nth=0", "#eb-chat .bot-row >> nth=-1"


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    talks(empty_home.store)
    return empty_home


def press(visitor: Visitor, label: str, message: str = LAST_ANSWER) -> None:
    """Presses a button below a message, by its name."""
    below = f"{message} >> xpath=following-sibling::*[1]"
    visitor.page.click(f'{below} >> [aria-label="{label}"]')


def notice(visitor: Visitor, words: str) -> None:
    visitor.page.wait_for_selector(f".toast-body >> text={words}")


def test_moments_play_in_place_and_what_was_asked_and_answered_is_put_right(  # type: ignore[no-untyped-def]
    browser, address: str
) -> None:
    with visiting(browser, address) as visitor:
        page = visitor.page
        page.wait_for_selector(".example")
        visitor.picture("ask-1-begin")
        page.click("body", position={"x": 5, "y": 5})
        page.keyboard.press("/")
        page.keyboard.type(CONCERT)
        page.keyboard.press("Enter")
        visitor.answered()
        card = page.locator(".eb-evidence:has-text('Anna')")
        visitor.expect(card).to_contain_text("Sunday")
        card.locator(".eb-picture").click()
        assert 34 <= visitor.playing_at() < 39
        page.wait_for_selector(".eb-evidence.eb-on:has-text('Anna')")
        number = page.locator(".eb-evidence:has-text('Maria')").inner_text().split()[0]
        page.locator('a[href^="#cite="]').get_by_text(number).first.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".eb-evidence.eb-on:has-text('Maria')")
        page.evaluate(f"{PLAYER}.pause()")
        assert "Searched everything until now" in visitor.reply()
        page.click("text=Why do you think that?")
        page.wait_for_selector(f"{LAST_ANSWER} >> text=A moment had to speak of: concert")
        page.wait_for_selector(".eb-candidates li >> nth=1")
        visitor.picture("ask-2-why")
        page.fill(BOX, "Half a question")
        held = list["Route"]()
        page.route("**/player.js", lambda route: held.append(route))
        with page.expect_request("**/player.js"):
            page.reload()  # the home keeps the conversation
        page.click(f"{LAST_ANSWER} >> .eb-evidence:has-text('Anna') .eb-picture")
        assert page.evaluate(f"{PLAYER}.currentSrc") == ""
        for route in held:
            route.continue_()
        assert 34 <= visitor.playing_at() < 39, "pressed before the player was there"
        page.click('[aria-label="Close the player"]')
        page.unroute("**/player.js")
        visitor.filled()
        visitor.expect(BOX).to_have_value("Half a question")
        assert "Searched everything until now" in visitor.reply()
        page.click("text=New conversation")
        page.wait_for_selector(".example")
        page.click(".eb-past input")
        page.click(f'[role="option"]:has-text("{CONCERT}")')
        page.wait_for_selector(".eb-evidence >> nth=1")
        page.click(".eb-delete")
        page.wait_for_selector(".example")
        page.wait_for_selector(".eb-past input", state="detached")
        questions_are_put_otherwise(visitor)
        answers_are_put_right(visitor)
        assert visitor.strangers() == set()
        assert visitor.errors == []


def questions_are_put_otherwise(visitor: Visitor) -> None:
    """Asked again, edited, and taken back."""
    page = visitor.page
    page.click('.example:has-text("What did Maria say?")')
    visitor.answered()
    visitor.ask(CONCERT)
    visitor.look_away()
    press(visitor, "Retry")
    visitor.answered()
    visitor.expect(ASKED).to_have_count(2)
    visitor.look_away()
    press(visitor, "Edit", FIRST_QUESTION)
    page.fill("#eb-chat textarea", UMBRELLA)
    press(visitor, "Submit", FIRST_QUESTION)
    visitor.answered()
    visitor.expect(ASKED).to_have_text([UMBRELLA])  # what came after it goes
    press(visitor, "Undo")
    page.wait_for_selector(".example")
    visitor.expect(BOX).to_have_value(UMBRELLA)


def answers_are_put_right(visitor: Visitor) -> None:
    """Another name, that taken back, and a moment that is not it."""
    page = visitor.page
    visitor.ask(UMBRELLA)
    assert "Maria said" in visitor.reply()
    page.click("text=Correct …")
    page.wait_for_selector("#eb-correction button:focus")  # it comes to what is open
    page.wait_for_function(PUT_RIGHT_IS_SEEN)
    page.fill('#eb-correction [aria-label="but"]', "Anna")
    page.keyboard.press("Enter")
    visitor.picture("ask-3-correct")
    page.locator("#eb-correction >> text=Put right").first.click()
    notice(visitor, "Anna, not Maria: done.")
    visitor.ask(UMBRELLA)
    assert "Anna said" in visitor.reply()
    page.click("#eb-correction >> text=Undo")
    notice(visitor, "Taken back.")
    page.click("#eb-correction >> text=Close")
    press(visitor, "Dislike")
    notice(visitor, "Left out when you ask this again.")
    visitor.ask(UMBRELLA)
    assert "no recording that shows this" in visitor.reply()
    visitor.look_away()
    page.click("text=Forget my thumbs and ask again")
    visitor.answered()
    assert "Maria said" in visitor.reply()


def answers_are_filtered_on_a_phone(visitor: Visitor) -> None:
    """The player is a bar that opens."""
    page = visitor.page
    player = page.locator(".eb-player")
    page.set_viewport_size({"width": 390, "height": 844})
    page.click(".eb-filters .label-wrap")
    page.click('.eb-filters [aria-label="People"]')
    page.click('[role="option"]:has-text("Anna")')
    page.wait_for_selector('.eb-filters .label-wrap:has-text("Anna")')
    visitor.picture("ask-4-filter-phone")
    visitor.ask(CONCERT)
    assert "Sunday" in visitor.reply()
    assert "Friday" not in visitor.reply()
    visitor.picture("ask-5-phone")
    page.click('.eb-filters [aria-label="Remove Anna"], .eb-filters .token-remove')
    page.wait_for_selector('.eb-filters .label-wrap:not(:has-text("Anna"))')
    page.locator("#eb-chat .bot-row").last.locator(".eb-picture").first.click()
    assert visitor.advances()
    page.wait_for_function(BAR_ABOVE_THE_MENU)
    visitor.picture("ask-9-bar-phone")
    page.click('[aria-label="pause"] >> visible=true')
    visitor.paused()
    page.locator("text=Correct …").last.click()
    page.wait_for_selector("#eb-correction button:focus")
    page.wait_for_function(PUT_RIGHT_IS_SEEN)
    page.click("#eb-correction >> text=Close")
    visitor.expect("media-control-bar").to_be_hidden()
    page.evaluate("scrollTo(0, 200)")
    page.click('[aria-label="Larger player"]')
    page.wait_for_selector(".eb-player .eb-controls >> visible=true")
    page.wait_for_function(
        "() => { const { width, y } = document.querySelector('.eb-player')"
        ".getBoundingClientRect(); return width === 390 && y >= 0; }"
    )
    visitor.expect("media-control-bar").to_be_visible()
    visitor.picture("ask-10-wide-phone")
    page.click('[aria-label="Larger player"]')
    page.wait_for_function("scrollY === 200")
    page.click('.eb-hold[aria-label="play"]')
    assert visitor.advances()
    visitor.turn_to("People")
    visitor.paused()
    visitor.expect(player).to_be_hidden()
    visitor.turn_to("Ask")
    page.click('[aria-label="Close the player"]')
    visitor.expect(player).to_be_hidden()
    visitor.expect_narrow()


def elsewhere(visitor: Visitor, what: str, **sent: str) -> None:
    """Does something as another tab would, and comes back to this one."""
    done = visitor.page.context.request.post(f"{visitor.address}/api/ask/{what}", data=sent)
    assert done.ok, done.text()
    visitor.page.evaluate("dispatchEvent(new Event('focus'))")


def test_a_tab_sees_what_others_do_search_goes_deeper_and_on_a_phone_the_player_is_a_bar(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str, tmp_path: Path
) -> None:
    question = "What does the boiler cost?"
    Image.new("RGB", (64, 48), "orange").save(tmp_path / "lamp.jpg")
    with visiting(browser, address, 1280, 620) as visitor:
        page = visitor.page
        visitor.ask(CONCERT)
        visitor.ask(UMBRELLA)
        page.wait_for_function(LAST_MOMENTS_ARE_SEEN)
        page.click("text=Rename")
        page.wait_for_function("document.activeElement.closest('#eb-naming') !== null")
        visitor.expect("#eb-naming :is(input, textarea)").to_have_value(CONCERT)
        page.keyboard.type("Theatre <b>")
        visitor.picture("ask-11-rename")
        page.keyboard.press("Enter")
        page.wait_for_function(
            "document.querySelector('.eb-past input')?.value.startsWith('Theatre <b> ·')"
        )
        page.wait_for_selector("#eb-naming", state="detached")
        page.fill(BOX, "Half a question")
        here = ConversationService(assistant).listed()[0]["id"]
        elsewhere(visitor, "stream", question="Where is the market?", conversation=here)
        page.wait_for_selector(f"{ASKED} >> text=Where is the market?")
        visitor.expect(BOX).to_have_value("Half a question")
        elsewhere(visitor, "conversations/delete", conversation=here)
        page.wait_for_selector(".example")

        visitor.ask(question)
        assert "no recording that shows this" in visitor.reply()
        visitor.picture("ask-7-deeper")
        visitor.look_away()
        page.click("text=Search deeper")
        visitor.answered()
        visitor.expect(ASKED).to_have_text([question, question])
        page.click(f"{LAST_ANSWER} >> text=Why do you think that?")
        page.wait_for_selector(f"{LAST_ANSWER} >> text=For it I also searched: “cost”.")
        page.wait_for_selector("text=Search deeper", state="detached")
        visitor.picture("ask-8-deeper-why")

        said = page.locator("#eb-chat .message").count()
        page.set_input_files("#eb-question input[type=file]", tmp_path / "lamp.jpg")
        page.wait_for_selector("#eb-question .thumbnail-item")
        page.press(BOX, "Enter")
        notice(visitor, "Photos cannot be compared yet")
        visitor.expect("#eb-chat .message").to_have_count(said)
        answers_are_filtered_on_a_phone(visitor)
        assert visitor.errors == []


def test_an_answer_that_takes_long_can_be_stopped_or_left(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, filled, going = threading.Event(), threading.Event(), threading.Event()
    going.set()
    real, home = assistant.ask_stream, AskService.home

    def slow(*words: object, **more: object) -> Iterator[EvidenceCards | str | Answer]:
        try:
            yield next(iter(real(UMBRELLA)))
            yield "It goes on"
            while True:
                threading.Event().wait(0.2)  # each time the page draws the answer anew
                assert going.wait(60)
                yield " and on"
        finally:
            ended.set()

    def held(service: AskService) -> dict[str, object]:
        assert filled.wait(60)
        return home(service)

    monkeypatch.setenv("GRADIO_HEARTBEAT_INTERVAL", "0.5")  # or Gradio notices after 15 seconds
    monkeypatch.setattr(assistant, "ask_stream", slow)
    monkeypatch.setattr(AskService, "home", held)
    monkeypatch.setattr(ConversationService, "listed", lambda service: [])  # so the list goes
    with visiting(browser, address, link="/") as visitor:
        page = visitor.page
        page.fill(BOX, "How long?")  # before the page is filled
        page.keyboard.press("Enter")
        page.wait_for_selector("text=It goes on and on")
        page.wait_for_selector(".eb-past input", state="attached")
        going.clear()  # what stands is not written anew
        filled.set()
        page.wait_for_selector(".eb-past input", state="detached")  # now it is
        assert "It goes on and on" in visitor.reply()
        going.set()
        assert "These moments come closest:" in visitor.reply()
        assert "umbrella" in page.inner_text(".eb-evidence >> nth=0")
        visitor.expect("#eb-question .stop-button").to_have_text("Stop")
        visitor.picture("ask-6-streaming")
        page.fill(BOX, UMBRELLA)
        page.keyboard.press("Enter")  # and is asked after this one
        monkeypatch.setattr(assistant, "ask_stream", real)
        page.keyboard.press("Escape")
        page.wait_for_selector("text=Stopped.")
        assert ended.wait(60), "the server went on"
        page.wait_for_selector(f"{ASKED} >> text={UMBRELLA}")
        page.wait_for_selector("#eb-chat .bot-row >> text=Maria said")
        visitor.reload()  # the home keeps it, and what was shown stays
        stopped = page.locator("#eb-chat .bot-row", has_text="It goes on and on")
        visitor.expect(stopped).to_contain_text("Stopped.")
        visitor.expect(stopped.locator(".eb-evidence").first).to_contain_text("umbrella")
        visitor.expect(ASKED).to_have_text(["How long?", UMBRELLA])
        page.click('a[href="#again=0"]')  # what was stopped can be asked again, also later
        visitor.expect(ASKED).to_have_text(["How long?", UMBRELLA, "How long?"])
