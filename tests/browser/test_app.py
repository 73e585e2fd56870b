"""The whole way with real models, on a phone: an empty home, upload, question, citation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.assistant import Assistant
from app.core.settings import Settings
from egogpt.weights.store import WeightStore
from tests.browser.conftest import serving, visiting
from tests.media import make_video, scene, silence, speak

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.timeout(600)]

SAID = "I put the phone charger in the blue drawer, next to the front door."


def kitchen(path: Path) -> Path:
    """Twenty seconds with one spoken sentence that begins at 12 s."""
    spoken = speak(SAID)
    sound = np.concatenate([silence(12), spoken, silence(20 - 12 - len(spoken) / 16_000)])
    pictures = [scene(number, 320, 240) for number in range(2)]
    created = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
    return make_video(path, pictures, seconds=20, fps=5, audio=sound, created=created)


def test_a_first_film_is_added_asked_about_and_watched(browser, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    weights = WeightStore()
    if not all(weights.has(bundle) for bundle in ("whisper-tiny.en", "e5")):
        pytest.skip("needs weights: egobutler models fetch whisper-tiny.en e5")
    assistant = Assistant.open(Settings(tmp_path / "home", preset="small", language="en"))
    with serving(assistant) as address, visiting(browser, address, 390, 844) as visitor:
        page = visitor.page
        page.wait_for_selector("text=Nothing to remember yet")
        visitor.picture("empty-1-ask")
        visitor.turn_to("Timeline")
        page.wait_for_selector("text=Your days will appear here")
        visitor.picture("empty-2-timeline")
        page.click('.eb-nothing a[href="#page=library"]')
        page.wait_for_selector("text=Nothing here yet")
        visitor.picture("empty-3-library")
        page.set_input_files(".eb-drop input", kitchen(tmp_path / "kitchen.mp4"))
        page.wait_for_selector(
            '#eb-coming .thumbnail-item:has-text("kitchen.mp4")'
            " >> text=/Being remembered|Waiting for its turn/"
        )
        ready = '#eb-recordings .thumbnail-item:has-text("kitchen.mp4")'
        page.wait_for_selector(f".eb-working:has-text(' of '), {ready}", timeout=300_000)
        visitor.picture("real-1-progress")
        page.wait_for_selector(ready, timeout=300_000)
        visitor.picture("real-2-ready")

        visitor.turn_to("Ask")
        visitor.ask("Where did I put the phone charger?")
        chip = page.locator('#eb-chat a[href^="#seek="]').first
        start, end = map(float, chip.get_attribute("href").split(",")[1:3])
        assert start < 17, "the citation overlaps the sentence"
        assert end > 12, "the citation overlaps the sentence"
        chip.click()
        assert start <= visitor.playing_at() < end
        visitor.picture("real-3-answer")
        assert visitor.strangers() == set()
        assert visitor.errors == []
    assistant.close()
