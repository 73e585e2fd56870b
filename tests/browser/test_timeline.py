"""Through a day by keys, mouse, finger and address; and what is said there, word by word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from app.assistant import Assistant
from ingest.decode.decoder import InProcess
from ingest.jobs.older_pictures import OlderPictures
from memory.types.core import Span, Utterance, Word
from tests.app.homes import MORNING, Line, a_day, remember
from tests.browser.conftest import PLAYER, Visitor, visiting
from tests.media import scene

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

LENGTH = "document.querySelector('video').duration"
VALUE = "document.querySelector('.eb-track')?.getAttribute('aria-valuetext')"
FACTS = ".eb-strip-tools .eb-facts"
HEIGHT = "document.querySelector('.eb-peek').offsetHeight"
OTHER = f"old => document.querySelector('{FACTS}').innerText !== old"
# The browser draws twice: whatever hears of another size has heard of it then.
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
STILL = "() => { const at = window.ebAt; return (window.ebAt = scrollY) === at; }"
SAID = "I put the phone charger in the blue drawer."


def spoken(text: str, at: float) -> Utterance:
    """A sentence of which each word takes half a second."""
    words = tuple(
        Word(Span(at + n / 2, at + n / 2 + 0.5), word) for n, word in enumerate(text.split())
    )
    return Utterance(Span(at, words[-1].span.end), text, "Anna", words=words)


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    breakfast, _ = a_day(empty_home.store)
    clips = empty_home.store.recordings.clips(breakfast.id)
    said = {
        clips[1].id: [spoken(SAID, MORNING + 34)],
        clips[2].id: [spoken("Then I read.", MORNING + 70)],
    }
    empty_home.store.perceptions.write_utterances("speech", "1", said)
    remember(empty_home.store, "later", MORNING + 30 * 86_400, [Line("A snowman.")])
    with empty_home.store.database.transaction() as db:
        db.conn.execute("DELETE FROM ledger WHERE stage = 'pictures'")
    OlderPictures(empty_home.store, InProcess()).make(lambda: False)
    return empty_home


def pictured(page: Page, image: str) -> float:
    """The second of the film that an image shows, once it shows one; its colours are the film's."""
    found = page.wait_for_function(
        """one => { const it = document.querySelector(one);
        if (!it?.complete || it.hidden || !it.naturalWidth) return null;
        const canvas = document.createElement('canvas');
        const pen = canvas.getContext('2d');
        pen.drawImage(it, 0, 0);
        const seen = pen.getImageData(it.naturalWidth / 16, it.naturalHeight / 12, 1, 1).data;
        return [Number(it.src.split('/').at(-1)), [...seen].slice(0, 3)]; }""",
        arg=image,
    )
    at, pixel = found.json_value()
    film = scene(int(at // 30), 320, 180)[180 // 12, 320 // 16]
    assert max(abs(int(one) - int(two)) for one, two in zip(pixel, film)) < 40
    return float(at)


def wait_for_value(visitor: Visitor, words: str) -> None:
    visitor.page.wait_for_function(f"words => ({VALUE} ?? '').includes(words)", arg=words)


def a_day_is_gone_through_by_keys_alone(visitor: Visitor) -> None:
    """From the month of another day, and back."""
    page = visitor.page
    page.focus(".eb-to-month")
    page.keyboard.press("Enter")
    visitor.expect('[data-day="2026-03-03"]').to_be_focused()
    page.keyboard.press("PageDown")
    newest = page.get_by_label("Thursday 2 April 2026, 30 s recorded", exact=True)
    visitor.expect(newest).to_be_focused()
    page.keyboard.press("PageUp")
    visitor.expect('[data-day="2026-03-03"]').to_be_focused()
    visitor.picture("timeline-month")
    page.keyboard.press("Enter")
    page.wait_for_selector('.eb-summary:has-text("A quiet morning")')
    page.focus(".eb-track")
    page.keyboard.press("Home")
    wait_for_value(visitor, "09:30:00. I make coffee")
    for _ in range(9):
        page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    wait_for_value(visitor, "09:30:30. I put something")
    page.wait_for_function("location.search === '?t=09:30'")
    page.keyboard.press("Enter")
    assert 30 <= visitor.playing_at() < 60
    page.keyboard.press("PageDown")
    page.wait_for_selector('.eb-moment:has-text("A snowman")')
    page.go_back()
    page.wait_for_selector('.eb-summary:has-text("A quiet morning")')
    assert "/day/2026-03-03" in page.url
    visitor.turn_to("Ask")
    page.wait_for_function("location.pathname === '/'")


def test_a_day_is_gone_through_by_mouse_and_by_keys_alone(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    with visiting(browser, address, link="/day/2026-03-03") as visitor:
        page = visitor.page
        page.wait_for_selector(".eb-moment")
        box = page.locator(".eb-track").bounding_box()
        shown = page.locator(FACTS).first

        def x(clock: float) -> float:
            """Where an hour of the day is, by what the strip says that it shows."""
            begin, end = (
                int(h) + int(m) / 60 for h, m in re.findall(r"(\d+):(\d+)", shown.inner_text())
            )
            return float(box["x"] + (clock - begin) / (end + 1 / 60 - begin) * box["width"])

        page.mouse.move(x(9.513), box["y"] + 40)
        page.wait_for_selector('.eb-peek:has-text("I put something")')
        page.wait_for_function(  # until then stands the picture of the address
            "(document.querySelector('.eb-peek .eb-instant')?.src ?? '').match(/at.[345]\\d$/)"
        )
        assert 30 <= pictured(page, ".eb-peek .eb-instant") < 60
        high = page.evaluate(HEIGHT)
        page.mouse.move(x(11), box["y"] + 40)
        page.wait_for_selector('.eb-peek:has-text("nothing recorded")')
        assert page.evaluate(HEIGHT) == high, "what is below is where it was, and can be pressed"
        before = shown.inner_text()
        page.mouse.move(x(9.51), box["y"] + 40)
        for _ in range(8):
            page.mouse.wheel(0, -300)
        page.wait_for_function(OTHER, arg=before)
        zoomed = visitor.settled(FACTS)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] - 40, box["y"] + 40, steps=4)
        page.mouse.up()
        page.wait_for_function(OTHER, arg=zoomed)
        assert page.locator(".eb-player-empty").is_visible(), "a drag plays nothing"
        page.mouse.click(box["x"] + box["width"] - 40, box["y"] + 40)  # where 9.51 is now
        assert visitor.playing_at() < 60
        visitor.picture("timeline-zoomed")
        page.wait_for_selector('.eb-name:text-is("breakfast.mp4")')  # nothing moves any more
        page.wait_for_function("document.querySelector('.eb-storyboard').readyState === 2")
        seek = page.locator(".eb-seek media-time-range")
        bar = seek.bounding_box()
        page.mouse.move(bar["x"] + bar["width"] / 6, bar["y"] + 20)
        page.wait_for_selector(".eb-seek [mediapreviewimage*='-sheet.jpg#xywh=']")
        floating = seek.locator("media-preview-thumbnail img")
        page.wait_for_function("img => img.naturalWidth > 0", arg=floating.element_handle())
        assert abs(float(seek.get_attribute("mediapreviewtime")) - page.evaluate(LENGTH) / 6) < 1
        visitor.picture("player-storyboard")
        page.mouse.move(bar["x"], bar["y"] - 200)
        floating.wait_for(state="hidden")
        seek.locator("#range").focus()
        page.keyboard.press("End")
        page.wait_for_function(f"document.querySelector('video').currentTime > {LENGTH} - 2")
        page.click('.eb-views label:has-text("Pictures")')
        sheets = (
            "performance.getEntriesByType('resource').filter(one => one.name.includes('/sheet?'))"
        )
        page.wait_for_function(f"{sheets}.length === 2")
        visitor.expect(".eb-tiles button").to_have_count(4)
        page.click('[aria-label="Play 12:01"]')
        page.wait_for_selector('.eb-name:has-text("walk.mp4")')
        assert 60 <= visitor.playing_at() < 90
        page.click('[aria-label="Close the player"]')
        page.click('.eb-views label:has([value="hours"])')
        a_day_is_gone_through_by_keys_alone(visitor)
        assert visitor.errors == []


def begins(page: Page) -> int:
    """The minute of the day at which what is seen of the strip begins."""
    hour, minute = page.inner_text(FACTS)[:5].split(":")
    return 60 * int(hour) + int(minute)


def test_a_link_to_a_moment_opens_there_and_neither_size_nor_news_moves_it(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str
) -> None:
    with visiting(browser, address, link="/day/2026-03-03?t=12:01") as visitor:
        page = visitor.page
        wait_for_value(visitor, "12:01:00. A dog runs past a bench.")
        page.wait_for_function("location.pathname + location.search === '/day/2026-03-03?t=12:01'")
        before = begins(page)
        assert before > 600, "not the beginning of the day, which is 09:30"
        page.set_viewport_size({"width": 700, "height": 900})
        page.wait_for_function("document.querySelector('.eb-track').clientWidth < 700")
        page.evaluate(DRAWN)
        assert abs(begins(page) - before) < 5
        page.evaluate("document.querySelector('.eb-moment').dataset.mine = 'kept'")
        page.wait_for_function(STILL, polling=150)
        before = page.evaluate("scrollY")
        walk = next(one for one in assistant.store.recordings.all() if one.id.startswith("walk"))
        clip = assistant.store.recordings.clips(walk.id)[3]
        assistant.store.memories.write_caption(clip, "A red bus stops.", "test", "caption", "1")
        page.wait_for_selector('.eb-moment:has-text("A red bus stops")')
        assert page.evaluate("scrollY") == before
        assert page.locator('.eb-moment[data-mine="kept"]').count() == 1
        wait_for_value(visitor, "12:01:00")
        page.evaluate("history.pushState(null, '', '/day/2026-03-09?t=09:00')")
        page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
        page.wait_for_selector("text=Nothing is recorded on Monday 9 March 2026")


def test_a_link_to_a_clip_opens_there_and_a_word_of_the_transcript_is_where_playing_goes_on(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str
) -> None:
    breakfast = min(assistant.store.recordings.all(), key=lambda one: one.start)
    table = assistant.store.recordings.clips(breakfast.id)[2]
    with visiting(browser, address, link=f"/day/1999-01-01?clip={table.id}") as visitor:
        page = visitor.page
        wait_for_value(visitor, "09:31:00. I sit at a table")
        page.click('.eb-moment:has-text("I make coffee")')
        page.wait_for_selector(".eb-words a")
        # So slowly that the word which is said stays for somebody to look at it.
        page.evaluate(f"{PLAYER}.playbackRate = 0.1")
        page.click('.eb-words a:has-text("drawer")')
        at = visitor.playing_at()
        assert 38 <= at < 40
        page.wait_for_selector('.eb-current:has-text("drawer")')
        visitor.expect(".eb-said b").to_have_text("Anna:")
        page.fill(".eb-transcript input", "READ")
        visitor.expect(".eb-lines p:visible").to_have_count(1)
        page.fill(".eb-transcript input", "")
        page.select_option('[aria-label="Speed"]', "1.5")
        page.click(".eb-controls media-captions-button")
        kept = f"{PLAYER}.playbackRate === 1.5 && {PLAYER}.textTracks[0].mode === 'showing'"
        page.wait_for_function(kept)
        page.keyboard.press("k")
        visitor.paused()
        here = page.evaluate(f"{PLAYER}.currentTime")
        page.keyboard.press("j")
        page.wait_for_function(f"at => Math.abs({PLAYER}.currentTime - at) < 0.2", arg=here - 10)
        page.focus(".eb-lines a")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        assert 34.5 <= visitor.playing_at() < 37
        page.click('[aria-label="Next moment"]')
        page.click('[aria-label="Next moment"]')
        page.wait_for_selector('.eb-name:has-text("walk.mp4")')
        visitor.playing_at()
        page.wait_for_function(kept)
        visitor.picture("player-transcript")
        assert visitor.errors == []


def test_a_finger_looks_and_plays_two_zoom_and_one_moves_the_strip(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    day = "/day/2026-03-03"
    with visiting(browser, address, 390, 844, link=day, touch=True) as visitor:
        page = visitor.page
        track = page.locator(".eb-track")
        driver = page.context.new_cdp_session(page)

        def touch(kind: str, *places: float) -> None:
            points = [{"x": x, "y": box["y"] + 40, "id": n} for n, x in enumerate(places)]
            event = {"type": kind, "touchPoints": points}
            driver.send("Input.dispatchTouchEvent", event)

        def minutes(shown: str) -> list[int]:
            found = re.findall(r"(\d+):(\d+)", shown)
            return [60 * int(hour) + int(minute) for hour, minute in found]

        track.scroll_into_view_if_needed()
        wait_for_value(visitor, "I make coffee")
        box = track.bounding_box()
        middle = box["x"] + box["width"] / 2
        page.touchscreen.tap(middle, box["y"] + 40)
        page.wait_for_selector('.eb-peek:has-text("nothing recorded")')
        assert page.locator(".eb-player-on").is_hidden()
        visitor.picture("phone-timeline")
        page.tap('.eb-peek-play:has-text("Play what comes next")')
        visitor.playing_at()
        page.wait_for_selector('.eb-name:text-is("walk.mp4")', state="attached")
        visitor.picture("phone-playing")
        visitor.expect_narrow()
        page.click('[aria-label="Close the player"]')
        track.scroll_into_view_if_needed()
        whole, box = visitor.settled(FACTS), track.bounding_box()
        touch("touchStart", middle - 20, middle + 20)
        for apart in (30, 40, 60, 80):
            touch("touchMove", middle - apart, middle + apart)
        touch("touchEnd")
        page.wait_for_function(OTHER, arg=whole)
        zoomed, (begin, end) = visitor.settled(FACTS), minutes(whole)
        nearer = minutes(zoomed)
        assert begin < nearer[0] < nearer[1] < end
        assert abs(sum(nearer) - begin - end) < 20, "what is between the fingers stays there"
        touch("touchStart", middle)
        for by in (10, 20, 30, 40, 50, 60):
            touch("touchMove", middle + by)
        touch("touchEnd")
        page.wait_for_function(OTHER, arg=zoomed)
        assert minutes(visitor.settled(FACTS))[0] < nearer[0]
        assert visitor.errors == []
