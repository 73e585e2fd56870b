"""Habits, digests and the tools of the library, as a person goes through them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.assistant import Assistant
from ingest.derived import events as happenings
from memory.store.store import Store
from memory.types.core import Clip, Span, Utterance
from tests.app.homes import MORNING, a_day, hostile, jpeg
from tests.browser.conftest import Visitor, visiting
from tests.media import scene
from tests.memory.lives import add, recording

pytestmark = pytest.mark.browser
DAY = 86_400.0
NAME = '<a href="http://evil.example/">Ben</a>'
# Each plot in view is as wide as its place: the size of neither is about to change.
FITTING = (
    "() => [...document.querySelectorAll('.js-plotly-plot')].every((plot) => "
    "!plot.clientWidth || plot.querySelector('.main-svg').clientWidth === plot.clientWidth)"
)


def say(store: Store, clip: Clip, speaker: str, words: str) -> None:
    line = Utterance(Span(clip.span.start + 2, clip.span.start + 12), words, speaker)
    store.perceptions.write_utterances("speech", "1", {clip.id: [line]})


def weeks(store: Store) -> None:
    """Two months of short recordings with three people, before the day that can be played."""
    done = [
        "I have lunch in the kitchen.",
        "I go for a run in the park.",
        "I cook dinner.",
        "I read a book.",
    ]
    people = ["Anna", "Maria", NAME, "Anna", "Anna"]
    with store.database.transaction():
        for n in range(1, 58):
            if n % 7 in (2, 5):
                continue
            start = MORNING - n * DAY + 3600 * ((n * 5) % 11)
            clips = add(
                store,
                recording(start, 6 + n % 9, f"day{n}"),
                [done[(n + k) % 4] for k in range(6 + n % 9)],
            )
            for k, clip in enumerate(clips[:: 2 + n % 3]):
                say(
                    store,
                    clip,
                    people[(n + k) % 5],
                    "I have to call the dentist on Friday." if n == 1 and not k else "Yes, it is.",
                )


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    for one in a_day(empty_home.store):
        empty_home.store.recordings.update(replace(one, device="GoPro HD9", state="ready"))
    weeks(empty_home.store)
    hostile(empty_home.store)
    happenings.rebuild(empty_home.store)
    empty_home.watched.settle = 0.2
    return empty_home


def clean(visitor: Visitor) -> None:
    visitor.expect_narrow()
    assert visitor.errors == []
    assert visitor.strangers() == set()
    assert visitor.page.evaluate("window.pwned") is None


def test_a_bar_opens_its_moments_and_one_plays(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    with visiting(browser, address) as v:
        page = v.page
        assert not any("PlotlyPlot" in url for url in v.requests), "4 MB that only Habits needs"
        v.turn_to("Habits")
        page.wait_for_selector("#eb-chart-people .point", state="attached")
        v.expect("#eb-chart-people .legend").to_contain_text(NAME)
        assert page.locator("#eb-chart-people .legendtext a").count() == 0
        v.picture("habits")
        page.check("#eb-page-habits input[value=custom]")
        for label, day in (("From", "2026-03-03"), ("To", "2026-03-04")):
            field = page.locator(f'#eb-page-habits .timebox [aria-label="{label}"]')
            field.fill(day)
            field.press("Enter")
        page.get_by_role("button", name="Show", exact=True).click()
        bar = page.get_by_role("button", name="Tue 3 Mar, 4 min", exact=True)
        bar.wait_for(state="attached")
        page.wait_for_function(FITTING)
        bar.press("Enter")
        page.wait_for_selector("#eb-behind >> text=2 moments")
        v.picture("habits-moments")
        page.get_by_role("link", name="Tue 3 Mar 2026, 12:00–12:02").press("Enter")
        assert v.playing_at() < 5
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Close", exact=True).click()
        page.wait_for_function("() => document.activeElement.matches('#eb-chart-recorded .point')")
        page.wait_for_function(FITTING)
        page.locator("#eb-chart-week .point").first.press("ArrowDown")
        page.wait_for_selector("#eb-chart-week [aria-label*='12:00–13:00']:focus", state="attached")
        page.get_by_label("Show as tables").check()
        page.locator("#eb-chart-week").get_by_text("2 min", exact=True).last.click()
        page.wait_for_selector("#eb-behind h2:has-text('12:00–13:00')")
        v.picture("habits-tables")
        clean(v)


def test_an_address_opens_a_digest_and_the_library_is_searched_set_right_and_deleted_from(  # type: ignore[no-untyped-def]
    browser, assistant: Assistant, address: str, tmp_path: Path
) -> None:
    card = tmp_path / "card"
    card.mkdir()
    (card / "tree.jpg").write_bytes(jpeg(scene(3, 640, 480)))
    with visiting(browser, address, link="/digest/2026-03-03") as v:
        page = v.page
        page.wait_for_selector("text=A quiet morning at home")
        page.get_by_role("link", name="09:30").first.click()
        v.playing_at()
        v.picture("digest")
        with page.expect_download() as saved:
            page.click("text=Save as Markdown")
        assert "# Your day: Tuesday 3 March 2026" in Path(saved.value.path()).read_text()
        page.get_by_role("button", name="Later day").click()
        page.wait_for_selector("h2:has-text('Wednesday 4 March 2026')")
        page.wait_for_url("**#digest=2026-03-04")
        page.click('[aria-label="Close the player"]')
        v.turn_to("Library")
        find, pictures = page.get_by_label("Find a recording"), "#eb-recordings .thumbnail-item"
        find.fill("breakfast")
        page.locator(pictures).filter(has_text="breakfast.mp4").wait_for()
        page.wait_for_function(f"document.querySelectorAll('{pictures}').length === 1")
        page.click("#eb-clocks button >> nth=0")
        page.wait_for_selector("#eb-clocks >> text=/When did .* really begin/")
        page.fill("#eb-clocks .timebox input", "2026-03-03 20:00:00")
        page.keyboard.press("Enter")
        page.wait_for_selector("#eb-clocks >> text=Tue 3 Mar 2026, 17:30:00")
        v.picture("library-clock")
        page.click("#eb-clocks >> text=Set the clock")
        page.wait_for_selector("#eb-clocks >> text=corrected by +8 h")
        page.click("#eb-clocks >> text=Undo the last correction")
        page.wait_for_selector("text=corrected by", state="detached")
        assert min(r.start for r in assistant.store.recordings.all() if r.device) == MORNING
        page.click("#eb-folders button >> nth=0")
        folder = page.get_by_role("textbox", name="Folder on this computer")
        folder.fill("card")
        page.click("text=Watch this folder")
        page.wait_for_selector("text=Type the folder's full name")
        folder.fill(str(card))
        page.click("text=Watch this folder")
        page.wait_for_selector("text=its one file is remembered")
        v.picture("library-tools")
        find.fill("tree.jpg")
        page.locator(pictures).filter(has_text="tree.jpg").click()
        page.click("#eb-chosen >> text=Delete …")
        page.wait_for_selector("text=The original file stays where it is: tree.jpg.")
        v.picture("library-delete")
        page.click("text=Delete for good")
        page.wait_for_selector("text=No recording fits what you look for.")
        assert (card / "tree.jpg").exists()
        assert not [r for r in assistant.store.recordings.all() if r.path.endswith("tree.jpg")]
        clean(v)
