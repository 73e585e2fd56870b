"""Models that run or are missing, and how a download goes."""

from __future__ import annotations

import threading
from pathlib import Path

import gradio as gr

from app.assistant import Assistant
from app.models.download import ModelFetch
from app.pages.settings.models import ModelSection
from egogpt.weights.catalogue import HubSource
from tests.app.models.test_settings_page import waited
from tests.app.pages.settings.conftest import part, value
from tests.egogpt.weight_bench import DATA, Hub, serve, store_of, weight


def test_what_runs_and_is_missing_is_listed(butler: Assistant, blocks: gr.Blocks) -> None:
    models = ModelSection(butler)
    shown = models.show()
    assert "models are missing" in value(shown[models.missing])
    assert "**e5**" in shown[models.each]
    assert part(shown[models.looking], "active") is False
    plan = models.propose()
    assert "**Together**" in plan[models.plan]
    assert part(plan[models.accept], "visible") is True


def test_a_download_is_followed_and_stopped(
    butler: Assistant, blocks: gr.Blocks, tmp_path: Path
) -> None:
    with serve(Hub({"/a.bin": DATA})) as hub:
        hub.hold = threading.Event()
        weights = store_of(tmp_path / "far", weight(DATA, HubSource(f"{hub.url}/a.bin")))
        fetch = butler.choosing.fetch = ModelFetch(weights)
        models = ModelSection(butler)
        fetch.start(["tiny"])
        waited(lambda: fetch.state.done > 0)
        shown = models.look()
        ((words, share),) = value(shown[models.progress]).items()
        assert words.startswith("a.bin: ")
        assert 0 < share < 1
        assert part(shown[models.looking], "active") is True
        assert part(shown[models.fetch], "visible") is False
        assert models.plan not in shown
        models.end()
        hub.hold.set()
        waited(lambda: not fetch.state.running)
    ended = models.look()
    assert value(ended[models.trouble]).startswith("Stopped")
    assert part(ended[models.looking], "active") is False
    assert "**Together**" in ended[models.plan]
