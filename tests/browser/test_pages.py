"""The pages over a home that was written by hand: no models, real files, a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.assistant import Assistant
from memory.types.core import RecordingState
from tests.app.homes import HOSTILE, MORNING, Line, a_day, hostile, remember
from tests.browser.conftest import visiting
from tests.media import make_video

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    a_day(empty_home.store)
    return empty_home


# Counts the frames in which nothing asked for the next one, until nobody wants to know any more.
COUNT = """() => {
  const count = () => { window.ebQuiet += 1; if (!window.ebSeen) window.ebNext(count); };
  window.ebQuiet = 0;
  window.ebNext(count); }"""


def test_an_answer_an_hour_and_a_moment_play_and_an_idle_page_asks_for_no_frames(  # type: ignore[no-untyped-def]
    browser, address: str
) -> None:
    with visiting(browser, address) as visitor:
        page = visitor.page
        page.wait_for_selector("#eb-chat .example")
        unwatched = "Object.getPrototypeOf(gradio_config.dependencies[0]) !== Object.prototype"
        assert page.evaluate(unwatched), "Svelte goes through all events for each component"
        page.keyboard.press("Enter")
        page.fill("#eb-question textarea", "   ")
        page.keyboard.press("Enter")
        page.wait_for_selector(".toast-body >> text=The question is empty")
        visitor.expect("#eb-chat .message").to_have_count(0)
        page.click('#eb-chat .example:has-text("What happened on")')
        visitor.answered()
        assert page.locator('#eb-chat a[href^="#seek="]').count()

        visitor.ask("Where did I put the phone charger?")
        chip = page.locator("#eb-chat .bot-row").last.locator('a[href^="#seek="]').first
        when = chip.inner_text().splitlines()[-1]
        assert when == "▶ Tue 3 Mar 2026, 09:30"
        start, end = map(float, chip.get_attribute("href").split(",")[1:3])
        chip.click()
        assert start <= visitor.playing_at() < end
        page.wait_for_selector(".eb-when >> text=/Tue 3 Mar 2026, 09:30:[345]/")  # a tick later
        visitor.expect(".eb-quote").to_contain_text("charger in the blue drawer")
        assert page.url.rstrip("/") == address

        visitor.ask("When was that?")
        assert "You asked:" in visitor.reply()
        assert "charger" in visitor.reply()
        assert "9:30" in visitor.reply()
        visitor.picture("follow-up")
        visitor.ask("What colour was the elephant?")
        told = visitor.reply()
        assert "no recording that shows" in told
        assert "name the day" in told
        assert "still being indexed" in told
        assert visitor.strangers() == set()
        assert visitor.errors == []

        page.evaluate(COUNT)
        for name in ("Search", "Habits", "Library", "Ask"):
            visitor.turn_to(name)
        page.wait_for_function("ebQuiet >= 20", polling=100)
        page.evaluate("window.ebSeen = true")
        visitor.turn_to("Timeline")
        page.click('[aria-label="Play from 12:00"]')
        assert visitor.advances()
        page.wait_for_selector('.eb-name:text-is("walk.mp4")', state="attached")
        visitor.expect(".eb-moment.eb-on time").to_have_text("12:00:00")
        visitor.expect(".eb-gap").to_contain_text("10:00–12:00 · nothing recorded")
        page.click('.eb-moment:has-text("A dog runs")')
        page.wait_for_function("document.querySelector('.eb-player video').currentTime >= 60")
        assert 60 <= visitor.playing_at() < 90
        page.wait_for_selector(".eb-moment .eb-picture img >> nth=3", state="attached")
        upright = "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='160'/>"
        height = page.evaluate(
            "async (svg) => { const img = document.querySelector('.eb-moment .eb-picture img');"
            " img.src = 'data:image/svg+xml,' + encodeURIComponent(svg);"
            " await img.decode().catch(() => {}); const box = img.closest('.eb-picture');"
            " return box.getBoundingClientRect().height / box.getBoundingClientRect().width; }",
            upright,
        )
        assert height == pytest.approx(9 / 16, abs=0.01), "an upright picture is no taller"
        apart = page.evaluate(
            "() => { document.querySelector('.eb-player-on').classList.add('eb-sound-only');"
            " document.querySelector('media-controller').setAttribute('audio', '');"
            " const right = document.querySelector('media-control-bar').getBoundingClientRect();"
            " return document.querySelector('.eb-close').getBoundingClientRect().left"
            " - right.right; }"
        )
        assert apart >= 0, "closing the player hides no control of a sound"
        page.click('[aria-label="Close the player"]')
        visitor.expect(".eb-player-empty").to_be_visible()
        visitor.turn_to("Library")
        page.click('#eb-coming [aria-label*="walk.mp4"]')
        page.wait_for_selector("#eb-chosen >> text=3 of 4")
        page.click('#eb-recordings [aria-label*="breakfast.mp4"]')
        page.click("#eb-chosen >> text=Show in the timeline")
        page.wait_for_selector('.eb-summary:has-text("A quiet morning")')


def test_words_neither_run_nor_fetch_and_video_that_cannot_be_shown_plays_as_a_copy(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str, tmp_path: Path
) -> None:
    hostile(assistant.store)
    lines = [Line("A garden."), Line("A gate.")]
    old = make_video(tmp_path / "old.avi", seconds=60, fps=2, codec="mpeg4")
    begun = MORNING + 7 * 86_400  # the last day of all, which the timeline shows
    found = remember(assistant.store, "old", begun, lines, old)
    bad = tmp_path / "bad.avi"
    bad.write_bytes(old.read_bytes()[:3000])
    other = remember(assistant.store, "bad", begun + 120, [Line("A fence.")], bad)
    for one in (found, other):
        assistant.store.recordings.set_state(one.id, RecordingState.READY)
    with visiting(browser, address) as visitor:
        visitor.ask("What about the charger?")
        visitor.ask("What happened on Wednesday 4 March 2026?")
        visitor.ask(HOSTILE[0] + HOSTILE[2])
        assert "evil.example" in visitor.page.inner_text("#eb-chat")
        links = visitor.page.locator("#eb-chat .message a").all()
        assert links
        assert {link.get_attribute("href")[:5] for link in links} <= {"#seek", "#cite", "#corr"}
        links[0].click()
        visitor.playing_at()
        visitor.page.click('[aria-label="Close the player"]')
        visitor.turn_to("Timeline")
        visitor.page.wait_for_selector('.eb-moment:has-text("A gate")')
        visitor.page.click(".eb-earlier")
        visitor.page.wait_for_selector(".eb-moment >> nth=4")
        captions = visitor.page.locator(".eb-moment .eb-caption").all_text_contents()
        assert captions == list(HOSTILE)
        visitor.picture("hostile-timeline")
        assert visitor.page.evaluate("window.pwned") is None
        strange = "iframe, #eb-body img:not(.eb-picture img, .eb-photo)"
        assert visitor.page.evaluate(f"document.querySelectorAll('{strange}').length") == 0
        assert visitor.strangers() == set()
        visitor.page.click(".eb-later")
        visitor.page.click('.eb-moment:has-text("A gate")')
        assert 30 <= visitor.playing_at() < 60
        assert visitor.advances()
        visitor.expect(".eb-player video").to_have_attribute("src", f"/media/{found.id}/proxy")
        visitor.expect(".eb-trouble").to_be_hidden()
        visitor.picture("player-copy")
        visitor.page.click('.eb-moment:has-text("A fence")')
        visitor.page.wait_for_selector("text=cannot play this kind of video")
        visitor.page.wait_for_selector("text=No copy could be made")
        with visitor.page.expect_download() as download:
            visitor.page.click("a:has-text('Save the file')")
        assert download.value.suggested_filename == "bad.avi"
        visitor.picture("player-cannot")
        bad.unlink()
        visitor.page.click('[aria-label="Close the player"]')
        visitor.page.click('.eb-moment:has-text("A fence")')
        visitor.page.wait_for_selector("text=was moved away or deleted")
