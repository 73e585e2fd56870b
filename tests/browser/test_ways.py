"""From a moment to what can be done with it: share it, ask, forget it; and a backup."""

from __future__ import annotations

import re
from pathlib import Path

import av
import pytest

from app.assistant import Assistant
from memory.backup.check import read_through
from memory.backup.encryption import BackupKey
from tests.app.homes import a_day
from tests.browser.conftest import serving, visiting
from tests.memory.keeping import hurry

pytestmark = pytest.mark.browser
WORDS = "a stick in a drawer"


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    a_day(empty_home.store)
    return empty_home


def test_from_a_moment_to_what_can_be_done_with_it(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    with serving(assistant) as address, visiting(browser, address) as visitor:
        page = visitor.page
        visitor.turn_to("Timeline")
        page.click("text=I put something into a drawer.")
        page.wait_for_selector(".eb-player-on .eb-ways")
        visitor.playing_at()
        page.keyboard.press("k")  # or it goes on to the next moment
        visitor.paused()
        visitor.picture("ways-timeline")
        page.click(".eb-player-on >> text=Share …")
        page.wait_for_selector(".eb-share[open]")
        visitor.expect(".eb-share [name=from]").to_have_value("09:30:30")
        visitor.expect(".eb-share [name=to]").to_have_value("09:31:00")
        page.click(".eb-share >> text=Make the file")
        page.wait_for_selector(".eb-share-trouble:has-text('models')")  # nothing goes uncovered
        visitor.picture("share-refused")
        for name in ("Faces", "Screens", "Number plates", "Leave the sound out"):
            page.click(f".eb-share label:has-text('{name}')")
        with page.expect_download() as got:
            page.click(".eb-share >> text=Make the file")
        page.wait_for_selector("text=Nothing was made unrecognisable.")
        visitor.picture("share-done")
        got.value.save_as(tmp_path / "clip.mp4")
        with av.open(str(tmp_path / "clip.mp4")) as film:
            assert (len(film.streams.audio), round((film.duration or 0) / 1e6)) == (0, 30)
        page.click(".eb-share >> text=Close")
        page.click(".eb-player-on >> text=Forget …")
        page.wait_for_selector("text=One moment goes: 30 s of recordings.")
        begins = page.locator("#eb-forget").get_by_label("From", exact=True)
        visitor.expect(begins).to_have_value("09:30:30")
        visitor.picture("ways-forget")
        page.click("button:text-is('Keep it')")
        first, second = (page.locator("#eb-safe input[type=password]").nth(n) for n in (0, 1))
        first.fill(WORDS)
        second.fill("another one")
        with visitor.answering():  # or the next press is not heard
            page.click("#eb-back-up")
        page.wait_for_selector("text=The two passphrases differ")
        second.fill(WORDS)
        with page.expect_download() as got:
            page.click("#eb-back-up")
        got.value.save_as(tmp_path / "kept.tar")
        page.wait_for_selector(r"text=/The last backup: \w{3} \d/")
        visitor.picture("keep-done")
        made = read_through(tmp_path / "kept.tar", BackupKey.of(tmp_path / "kept.tar", WORDS))
        assert made.about.recordings == 2
        visitor.turn_to("Timeline")
        page.click("text=Digest of this day")
        page.wait_for_selector("#eb-digest .eb-play")
        visitor.turn_to("Timeline")
        page.click("text=Ask about this day")
        page.wait_for_function("document.querySelector('#eb-question textarea').value")
        page.focus("#eb-question textarea")
        page.keyboard.press("Enter")
        visitor.answered()
        visitor.picture("ways-ask")
        visitor.turn_to("Search")
        page.fill("#eb-search-words input", "drawer")
        page.click("#eb-search-found li >> text=Show in the timeline")
        page.wait_for_selector(".eb-peek >> text=09:30")
        visitor.turn_to("Settings")
        page.wait_for_selector("#eb-set-timezone input:enabled")  # the page is filled
        page.click("text=Add a token")
        page.get_by_label("What the token is for").fill("calendar")
        page.click("#eb-set-add-token >> button:text-is('Add')")
        page.wait_for_selector("#eb-set-token :focus")
        secret = page.get_by_label("Copy it now").input_value()
        assert secret.startswith("egb_")
        page.click("#eb-set-token >> button:text-is('Copy')")
        page.wait_for_selector(".toast-body:has-text('Copied')")
        page.click("text=Set up an assistant")
        over = page.get_by_label("For one that connects by the address")
        visitor.expect(over).to_have_value(re.compile(f"Bearer {secret}"))
        page.click("text=Add a webhook")
        page.get_by_label("Address of the webhook").fill("http://127.0.0.1:9/hook")
        page.click("text=See where it leads")
        page.click("text=I agree: add it")
        page.get_by_label("http://127.0.0.1:9/hook · Not used yet").wait_for()
        visitor.picture("programs", "#eb-set-programs")
        assert [hook.url for hook in assistant.hooks.all()] == ["http://127.0.0.1:9/hook"]
        assert visitor.strangers() == set()
        assert [one for one in visitor.errors if "409" not in one] == []
        page.set_viewport_size({"width": 390, "height": 844})
        page.emulate_media(color_scheme="dark")
        visitor.turn_to("Privacy")
        page.wait_for_selector("text=Keep it safe")
        visitor.expect_narrow()
        visitor.picture("keep-phone", "#eb-safe")
