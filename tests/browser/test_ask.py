"""Asking in a real browser: evidence that plays, corrections that change answers, filters, stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.core.settings import Settings
from memory.types.core import Answer
from memory.types.evidence_cards import EvidenceCards
from tests.app.askings import talks
from tests.browser.conftest import Visitor, serving, visiting

pytestmark = pytest.mark.browser

UMBRELLA = "Who talked about the umbrella?"
BOT = "#eb-chat .bot.message"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    place = tmp_path_factory.mktemp("ask")
    opened = Assistant.open(Settings(place / "home", weights=place / "no-weights"))
    talks(opened.store)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with serving(assistant) as at:
        yield at


def last(visitor: Visitor) -> str:
    return visitor.page.locator(BOT).last.inner_text()


def test_evidence_plays_in_place_by_mouse_and_by_keyboard(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    with visiting(browser, address) as visitor:
        page = visitor.page
        page.wait_for_selector(".example")
        visitor.picture("ask-1-begin")
        page.click("body", position={"x": 5, "y": 5})
        page.keyboard.press("/")
        page.keyboard.type("What was said about the concert?")
        page.keyboard.press("Enter")
        page.wait_for_selector(".eb-evidence >> nth=1")
        card = page.locator(".eb-evidence").nth(1)
        assert "Anna" in card.inner_text()
        assert "Sunday" in card.inner_text()
        start, end = (float(card.get_attribute(f"data-{edge}") or 0) for edge in ("from", "to"))
        card.click(position={"x": 60, "y": 60})  # the picture
        assert start <= visitor.playing_at() < end
        page.wait_for_selector('.eb-evidence.eb-on[data-number="2"]')
        page.locator('a[href^="#cite="]').first.focus()
        page.wait_for_selector('.eb-evidence.eb-meant[data-number="1"]')
        page.keyboard.press("Enter")
        page.wait_for_selector('.eb-evidence.eb-on[data-number="1"]')
        assert "Searched everything until now" in last(visitor)
        page.click("text=Why do you think that?")
        assert "A moment had to speak of: concert" in last(visitor)
        assert page.locator(".eb-candidates li").count() >= 2
        assert "moments." in page.inner_text(".eb-live")
        visitor.picture("ask-2-why")
        page.reload()  # the home keeps the conversation
        page.wait_for_selector(".eb-evidence >> nth=1")
        page.click("text=New conversation")
        page.click(".eb-past >> text=What was said about the concert?")
        page.wait_for_selector(".eb-evidence >> nth=1")
        page.click("text=New conversation")
        page.click(".eb-past >> text=Delete")
        page.wait_for_selector(".eb-past li", state="detached")
        assert visitor.strangers() == set()
        assert visitor.errors == []


def test_a_correction_changes_the_next_answer_and_is_undone(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    with visiting(browser, address) as visitor:
        page = visitor.page
        visitor.ask(UMBRELLA)
        assert "Maria said" in last(visitor)
        page.click("text=Correct …")
        page.fill('[aria-label="Who it was in truth"]', "Anna")
        visitor.picture("ask-3-correct")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Anna, not Maria: done.")
        visitor.ask(UMBRELLA)
        assert "Anna said" in last(visitor)
        page.locator(".eb-result >> text=Undo").first.click()
        page.wait_for_selector("text=Taken back.")
        visitor.ask(UMBRELLA)
        assert "Maria said" in last(visitor)
        page.locator(BOT).last.locator("text=Not it").click()
        page.wait_for_selector("text=Left out when you ask this again.")
        visitor.ask(UMBRELLA)
        assert "no recording that shows this" in last(visitor)
        page.click("text=Forget that and ask again")
        page.wait_for_function(
            "() => /Maria said/.test("
            "[...document.querySelectorAll('#eb-chat .bot.message')].at(-1).innerText)"
        )
        assert visitor.errors == []


def test_a_filter_bounds_the_answer_and_is_named_where_there_is_none(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    with visiting(browser, address, 390, 844) as visitor:
        page = visitor.page
        page.click(".eb-menu summary >> text=People")
        page.check(".eb-choice >> text=Anna")
        visitor.picture("ask-4-filter-phone")
        page.keyboard.press("Escape")
        page.wait_for_selector('.eb-chip:has-text("Anna")')
        visitor.ask("What was said about the concert?")
        assert "Sunday" in last(visitor)
        assert "Friday" not in last(visitor)
        visitor.ask("Where is the market?")
        assert "Only moments with Anna were searched." in last(visitor)
        visitor.picture("ask-5-phone")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        page.click('.eb-chip:has-text("Anna")')
        visitor.ask("What was said about the concert?")
        assert "Friday" in last(visitor)
        page.click("text=New conversation")
        page.wait_for_selector(".example")
        assert page.locator("#eb-chat .message").count() == 0
        assert visitor.errors == []


def test_search_deeper_asks_the_same_again_and_says_what_it_searched(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    question = "What does the boiler cost?"
    with visiting(browser, address) as visitor:
        page = visitor.page
        visitor.ask(question)
        assert "no recording that shows this" in last(visitor)
        visitor.picture("ask-7-deeper")
        page.click("text=Search deeper")
        page.wait_for_function(
            "() => document.querySelectorAll('#eb-chat .bot.message').length === 2"
            " && !document.querySelector('#eb-chat .pending')"
        )
        assert page.locator("#eb-chat .user.message").all_inner_texts() == [question, question]
        page.locator(BOT).last.locator("text=Why do you think that?").click()
        assert "For it I also searched: “cost”." in last(visitor)
        assert page.locator(BOT).last.locator("text=Search deeper").count() == 0
        visitor.picture("ask-8-deeper-why")
        assert visitor.errors == []


def test_an_answer_that_takes_long_can_be_stopped_and_a_lost_line_is_told(  # type: ignore[no-untyped-def]
    browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights"))
    talks(opened.store)
    ended = threading.Event()
    real = opened.ask_stream

    def slow(*words: object, **more: object) -> Iterator[EvidenceCards | str | Answer]:
        try:
            yield next(iter(real(UMBRELLA)))
            yield "It goes on"
            while True:
                threading.Event().wait(0.05)
                yield " and on"
        finally:
            ended.set()

    monkeypatch.setattr(opened, "ask_stream", slow)
    with serving(opened) as address, visiting(browser, address) as visitor:
        page = visitor.page
        page.fill("#eb-question textarea", "How long?")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=It goes on and on")
        assert "These moments come closest:" in page.inner_text(".eb-closest")
        assert "umbrella" in page.inner_text(".eb-closest .eb-evidence >> nth=0")
        assert page.inner_text("#eb-send") == "Stop"
        visitor.picture("ask-6-streaming")
        page.keyboard.press("Escape")
        page.wait_for_selector("text=Stopped.")
        assert page.locator(".eb-closest .eb-evidence").count() > 0, "what was shown stays"
        assert ended.wait(20), "the server went on"
        monkeypatch.setattr(opened, "ask_stream", real)
        page.click("text=Ask again")
        page.wait_for_function("!document.querySelector('#eb-chat .pending')")
        page.route("**/api/ask/stream", lambda route: route.abort())
        page.fill("#eb-question textarea", UMBRELLA)
        page.keyboard.press("Enter")
        page.wait_for_selector("text=The connection to EgoButler was lost")
        page.unroute("**/api/ask/stream")
        page.locator("text=Try again").last.click()
        page.wait_for_selector(".eb-evidence")
    opened.close()
