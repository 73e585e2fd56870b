"""The pages over a home that was written by hand: no models, real files, a real browser."""

from __future__ import annotations

import re
import time
from pathlib import Path

import av
import pytest

from app.assistant import Assistant
from memory.backup.check import read_through
from memory.backup.encryption import BackupKey
from memory.types.core import RecordingState
from memory.types.jobs import JobState
from tests.app.homes import HOSTILE, MORNING, Line, a_day, hostile, remember
from tests.browser.conftest import PLAYER, Visitor, visiting
from tests.media import make_video
from tests.memory.keeping import hurry

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
WORDS = "a stick in a drawer"


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    a_day(empty_home.store)
    return empty_home


# Counts the frames in which nothing asked for the next one, until nobody wants to know any more.
COUNT = """() => {
  const count = () => { window.ebQuiet += 1; if (!window.ebSeen) window.ebNext(count); };
  window.ebQuiet = 0;
  window.ebNext(count); }"""


def settled(assistant: Assistant, path: Path, state: JobState, reason: str = "") -> None:
    """A file of the queue that has come to its end just now."""
    path.write_bytes(b"film")
    assistant.store.jobs.add(path, now=time.time())
    job = assistant.store.jobs.claim("me:1:0.0", now=time.time())
    assert job is not None
    known = next(r for r in assistant.store.recordings.all() if r.id.startswith("walk"))
    recording_id = known.id if state == JobState.DONE else ""
    assistant.store.jobs.finish(job, state, reason, recording_id=recording_id)


def the_bell_tells_what_is_new_and_leads_to_it(
    visitor: Visitor, assistant: Assistant, place: Path
) -> None:
    """By mouse, by keys and on a phone."""
    page = visitor.page
    visitor.expect(".eb-bell-count").to_be_hidden()
    settled(assistant, place / "beach <b>.mp4", JobState.DONE)
    reason = "broken.mp4 is not a recording that can be read; copy it from the camera again."
    settled(assistant, place / "broken.mp4", JobState.QUARANTINED, reason)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # come back to it
    page.wait_for_selector(".eb-bell-count:has-text('2')")
    visitor.picture("notices-1-bell")
    page.press(".eb-bell", "Enter")
    visitor.expect(".eb-notice strong").to_have_text(
        ["broken.mp4 could not be taken in", "beach <b>.mp4 is remembered"]
    )
    visitor.picture("notices-2-open")
    page.wait_for_selector(".eb-bell-count", state="hidden")
    page.keyboard.press("Escape")
    visitor.expect("#eb-news").to_be_hidden()
    visitor.expect(".eb-bell").to_be_focused()
    page.set_viewport_size({"width": 390, "height": 844})
    page.click(".eb-bell")
    page.wait_for_function(
        "() => { const { left, right } = document.querySelector('#eb-news')"
        ".getBoundingClientRect(); return left >= 0 && left < right && right <= 390; }"
    )
    page.keyboard.press("Escape")
    for number in range(7):
        settled(assistant, place / f"day {number}.mp4", JobState.DONE)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector(".eb-bell-count:has-text('7')")
    page.click(".eb-bell")
    visitor.expect("#eb-news li:not(li li) > strong").to_have_text(
        ["8 recordings are remembered", "broken.mp4 could not be taken in"]
    )
    page.click(".eb-notice summary")
    page.wait_for_selector("text=day 3.mp4 is remembered")
    visitor.picture("notices-3-phone")
    page.click(".eb-notice .eb-notice.eb-is-finished >> nth=-1 >> a")
    assert visitor.playing_at() >= 0


def from_a_moment_to_what_can_be_done_with_it(visitor: Visitor, place: Path) -> None:
    """Share it, forget it, back all up, ask, and find it."""
    page = visitor.page
    visitor.turn_to("Timeline")
    page.click('.eb-moment:has-text("I put something into a drawer.")')
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
    got.value.save_as(place / "clip.mp4")
    with av.open(str(place / "clip.mp4")) as film:
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
    got.value.save_as(place / "kept.tar")
    page.wait_for_selector(r"text=/The last backup: \w{3} \d/")
    visitor.picture("keep-done")
    made = read_through(place / "kept.tar", BackupKey.of(place / "kept.tar", WORDS))
    assert made.about.recordings == 2
    visitor.turn_to("Timeline")
    page.click("text=Digest of this day")
    page.wait_for_selector("#eb-digest .eb-play")
    visitor.turn_to("Timeline")
    page.click("text=Ask about this day")
    page.wait_for_function("document.querySelector('#eb-question textarea').value")
    visitor.look_away()
    page.focus("#eb-question textarea")
    page.keyboard.press("Enter")
    visitor.answered()
    visitor.picture("ways-ask")
    visitor.turn_to("Search")
    page.fill("#eb-search-words input", "drawer")
    page.click("#eb-search-found li >> text=Show in the timeline")
    page.wait_for_selector(".eb-peek >> text=09:30")


def programs_are_let_in(visitor: Visitor, assistant: Assistant) -> None:
    """By a token, and a webhook tells them."""
    page = visitor.page
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


def a_question_is_answered_and_followed_up(visitor: Visitor) -> None:
    """What is empty is refused, a moment of an answer plays, and what nobody said is not told."""
    page = visitor.page
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
    page.evaluate(f"{PLAYER}.pause()")
    assert page.url.rstrip("/") == visitor.address

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


def an_hour_and_a_moment_play(visitor: Visitor) -> None:
    """On Timeline; an idle page asks for no frames."""
    page = visitor.page
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
        "() => { const player = document.querySelector('.eb-player-on');"
        " const media = document.querySelector('media-controller');"
        " player.classList.add('eb-sound-only'); media.setAttribute('audio', '');"
        " const [bar, close] = ['media-control-bar', '.eb-close'].map((part) =>"
        " document.querySelector(part).getBoundingClientRect());"
        " player.classList.remove('eb-sound-only'); media.removeAttribute('audio');"
        " return close.left - bar.right; }"
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


def test_from_an_answer_and_a_moment_to_what_can_be_done_and_what_is_new(  # type: ignore[no-untyped-def]
    browser,
    assistant: Assistant,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hurry(monkeypatch)
    with visiting(browser, address) as visitor:
        page = visitor.page
        page.wait_for_selector("#eb-chat .example")
        a_question_is_answered_and_followed_up(visitor)
        assert visitor.strangers() == set()
        assert visitor.errors == []
        an_hour_and_a_moment_play(visitor)
        from_a_moment_to_what_can_be_done_with_it(visitor, tmp_path)
        programs_are_let_in(visitor, assistant)
        the_bell_tells_what_is_new_and_leads_to_it(visitor, assistant, tmp_path)
        assert visitor.strangers() == set()
        assert [one for one in visitor.errors if "409" not in one] == []
        page.emulate_media(color_scheme="dark")
        visitor.turn_to("Privacy")
        page.wait_for_selector("text=Keep it safe")
        visitor.expect_narrow()
        visitor.picture("keep-phone", "#eb-safe")


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
