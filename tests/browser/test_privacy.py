"""An hour is deleted on the Privacy page, and then cannot be found by asking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.core.settings import Settings
from app.pages.shell import call_script
from memory.types.deletion import DeletionRequest
from tests.app.homes import HOSTILE, MORNING
from tests.app.secrets import PHRASE, secret_home, traces
from tests.browser.conftest import Visitor, serving, visiting

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
FOCUSED = "words => document.activeElement.innerText === words"


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    secret_home(tmp_path / "home")
    with Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights")) as opened:
        yield opened


def clean(visitor: Visitor) -> None:
    visitor.expect_narrow()
    assert visitor.errors == []
    assert visitor.strangers() == set()
    assert visitor.page.evaluate("window.pwned") is None


def fill(visitor: Visitor, label: str, words: str) -> None:
    visitor.page.locator("#eb-forget").get_by_label(label, exact=True).fill(words)


def keeps_to_a_part(visitor: Visitor) -> None:
    """A part of a recording is kept to it unless that is unticked."""
    page = visitor.page
    visitor.turn_to("Library")
    page.click('#eb-recordings [aria-label*="morning.mp4"]')
    page.click("#eb-chosen >> text=Forget a part …")
    page.wait_for_selector(f"text=Other recordings of that time stay as they are: {PHRASE}")
    begins = page.locator("#eb-forget").get_by_label("From", exact=True)
    visitor.expect(begins).not_to_have_value("")
    visitor.picture("privacy-part")
    page.click("button:text-is('Forget this')")
    page.wait_for_selector("text=This cannot be undone.")
    page.click("#eb-keep-it")
    page.wait_for_selector("#eb-would-go li", state="detached")
    page.click("#eb-look")
    page.wait_for_selector(f"text=Other recordings of that time stay as they are: {PHRASE}")
    page.get_by_label("Only in morning.mp4; other recordings of that time stay").uncheck()
    page.wait_for_selector("#eb-would-go li", state="detached")
    page.click("#eb-look")
    page.wait_for_selector("text=recordings go entirely")


def forgets_nothing_by_mistake(visitor: Visitor, assistant: Assistant, person: str) -> None:
    """One press and another, and somebody who was forgotten meanwhile."""
    page = visitor.page
    visitor.turn_to("Privacy")
    page.wait_for_selector("#eb-look")
    only = {"kind": "span", "start": MORNING, "end": MORNING + 60}
    only |= {"only": {"id": HOSTILE[0], "name": HOSTILE[0]}}
    page.evaluate(call_script("dom", "openPage('privacy', choice)", "choice"), only)
    page.wait_for_selector("#eb-would-go >> text=There is no recording called <img")
    page.get_by_label(f"Only in {HOSTILE[0]}; other recordings").wait_for()
    page.check("#eb-forget input[value=person]")
    page.click("#eb-forget [aria-label='Name or number']")
    page.get_by_role("option", name=HOSTILE[0]).click()
    page.get_by_label("Also every moment in which they were seen or heard").check()
    page.click("#eb-look")
    page.wait_for_selector("#eb-would-go >> text=moments go")
    place = page.locator("button:text-is('Forget this')").bounding_box()
    assert place is not None
    page.locator("button:text-is('Forget this')").evaluate(
        "button => { button.click(); setTimeout(() => button.click()); }"
    )
    page.wait_for_selector("text=This cannot be undone.")
    page.wait_for_function(FOCUSED, arg="Keep it")
    keep = page.locator("#eb-keep-it").bounding_box()
    assert keep is not None
    assert keep["x"] == place["x"], "where the first button was, the second press keeps"
    page.click("#eb-keep-it")
    page.wait_for_selector("#eb-would-go li", state="detached")
    page.wait_for_selector("button:text-is('Yes, forget it for good')", state="detached")
    page.wait_for_function(FOCUSED, arg="See what would go")
    page.keyboard.press("Enter")
    page.click("button:text-is('Forget this')")
    page.wait_for_selector("text=This cannot be undone.")
    assistant.privacy.forget(DeletionRequest(person_id=person))
    page.click("button:text-is('Yes, forget it for good')")
    page.wait_for_selector("#eb-would-go >> text=There is nobody called")
    deeds = [deed.what for deed in assistant.store.audit.newest(9)]
    assert deeds.count("forget") == 2, "the hour before, and this person meanwhile"


def rules_and_bystanders_are_confirmed(visitor: Visitor, assistant: Assistant) -> None:
    """On a phone, in Chinese."""
    page = visitor.page
    visitor.turn_to("Privacy")
    page.click("#eb-privacy-body button:text-is('暂停')")
    page.wait_for_selector("text=已暂停：不会观看或收听任何新内容。")
    assert assistant.queue.paused
    page.get_by_label("若干天后遗忘一切").fill("5")
    page.click("#eb-save-rules")
    page.wait_for_selector("#eb-rules-status >> text=遗忘 7 个片段")
    page.wait_for_function(FOCUSED, arg="取消")
    visitor.picture("privacy-phone-rules")
    assert assistant.privacy.retention.rules() == {}
    page.get_by_label("若干天后遗忘一切").fill("")
    page.wait_for_selector("#eb-rules-status li", state="detached")
    page.click("#eb-save-rules")
    page.wait_for_selector("#eb-rules-status >> text=没有到期的内容")
    page.get_by_label("不保留没有名字的人的面孔和声音").check()
    page.click("button:text-is('保留他们')")
    page.wait_for_function("!document.querySelector('#eb-no-bystanders input').checked")
    assert not assistant.privacy.bystanders_go
    page.get_by_label("不保留没有名字的人的面孔和声音").check()
    page.click("button:text-is('是的，永久删除')")
    page.wait_for_selector("#eb-bystanders-status >> text=已保存")
    assert assistant.privacy.bystanders_go
    page.wait_for_selector("#eb-log li:has-text('旁人')")
    visitor.picture("privacy-phone-chinese")
    clean(visitor)


def test_an_hour_is_forgotten_nothing_goes_by_mistake_and_rules_are_confirmed(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant
) -> None:
    person = assistant.store.people.known()[0].id
    assistant.store.people.name(person, HOSTILE[0])
    chinese = (390, 844, "dark", "zh")
    with serving(assistant) as address:
        with visiting(browser, address, *chinese) as visitor:
            rules_and_bystanders_are_confirmed(visitor, assistant)
        with visiting(browser, address) as visitor:
            page = visitor.page
            keeps_to_a_part(visitor)
            visitor.turn_to("Ask")
            visitor.ask(f"Where is the {PHRASE}?")
            assert PHRASE in visitor.reply()
            visitor.turn_to("Privacy")
            page.wait_for_selector("#eb-look")
            visitor.picture("privacy")
            fill(visitor, "From", "09:31")
            fill(visitor, "Until", "09:31")
            page.click("#eb-look")
            page.wait_for_selector("text=The time must begin before it ends.")
            fill(visitor, "Until", "09:30")
            page.keyboard.press("Enter")
            page.wait_for_selector("text=It ends on the day after: until 09:30:00.")
            fill(visitor, "Until", "09:32")
            page.keyboard.press("Enter")
            page.wait_for_selector("text=3 moments go: 2 min of recordings.")
            page.focus("button:text-is('Forget this')")
            page.keyboard.press("Enter")
            page.wait_for_selector("text=This cannot be undone.")
            page.wait_for_function(FOCUSED, arg="Keep it")
            visitor.picture("privacy-sure")
            page.keyboard.press("Tab")
            page.wait_for_function(FOCUSED, arg="Yes, forget it for good")
            page.keyboard.press("Enter")
            page.wait_for_selector("h3:text-is('Forgotten')")
            page.wait_for_selector("text=Checked: no row and no file")
            page.wait_for_selector("#eb-log li:has-text('forget')")
            page.get_by_label("A word that was said, read or seen then").fill(PHRASE)
            page.keyboard.press("Enter")
            page.wait_for_selector("text=Nothing found")
            visitor.picture("privacy-done")
            visitor.turn_to("Ask")
            visitor.ask(f"Where is the {PHRASE}?")
            assert "no recording that shows" in visitor.reply()
            assert [place for place in traces(assistant.home) if "-wal" not in place] == []
            forgets_nothing_by_mistake(visitor, assistant, person)
            clean(visitor)
