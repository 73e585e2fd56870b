"""Settings: choices are checked and kept, what was said at the start wins, models are fetched."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.assistant import Assistant
from app.core.settings import Settings
from app.models.download import ModelFetch, Progress
from app.models.setting_choices import CHOICES, BadChoice, keep, stored
from app.routes.system.settings import settings_router
from egogpt.weights.catalogue import HubSource
from tests.app.some_routes import app_of
from tests.egogpt.weight_bench import DATA, Hub, serve, store_of, weight
from tests.memory.lives import NOON, add, recording


@pytest.fixture
def web(butler: Assistant) -> Iterator[TestClient]:
    app = app_of(butler.home, settings_router(butler))
    with TestClient(app) as client:
        yield client


def test_a_choice_is_kept_and_counts_at_the_next_start(
    web: TestClient, butler: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = web.post("/api/settings", json={"name": "preset", "value": "standard"}).json()
    assert told["choices"]["preset"]["value"] == "standard"
    assert told["choices"]["preset"]["pending"] is True
    web.post("/api/settings", json={"name": "language", "value": "de"})
    again = Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights"))
    assert (again.brains.preset.name, again.settings.language) == ("standard", "de")
    again.close()
    monkeypatch.setenv("EGOBUTLER_PRESET", "large")
    other = Assistant.open(
        Settings(tmp_path / "home", weights=tmp_path / "no-weights", language="fr")
    )
    assert (other.brains.preset.name, other.settings.language) == ("large", "fr")
    app = app_of(other.home, settings_router(other))
    with TestClient(app) as client:
        shown = client.get("/api/settings").json()["choices"]
    assert shown["preset"]["outdone"] == "“large” is set by EGOBUTLER_PRESET, which wins."
    assert shown["language"]["outdone"].startswith("“fr” was said when EgoButler was started")
    other.close()
    told = web.post("/api/settings", json={"name": "preset", "value": None}).json()
    assert (told["choices"]["preset"]["value"], told["choices"]["preset"]["pending"]) == ("", False)


def test_what_cannot_be_chosen_is_refused_with_a_reason(web: TestClient, butler: Assistant) -> None:
    for name, value in (
        ("preset", "huge"),
        ("language", "klingon"),
        ("speech", "/etc/passwd"),
        ("captioner", "openai:gpt@https://api.example.com"),
        ("captioner", "qwen-vl:/no/such/folder"),
        ("chat", "gguf:/no/such/file.gguf"),
        ("look", "openai:gpt@https://api.example.com"),
        ("look", "qwen-0.5b"),
        ("pictures", "siglip2:/no/such/folder"),
        ("retriever", "dowsing"),
        ("captioner", "nobody"),
        ("reading", "long:/no/such/folder"),
        ("reading", "x\x00y"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("owner", "me"),
        ("paused", "1"),
    ):
        refused = web.post("/api/settings", json={"name": name, "value": value})
        assert (refused.status_code, len(refused.json()["detail"]) > 10) == (422, True), value
        assert web.post("/api/settings", json={"name": name, "value": "x" * 600}).status_code == 422
    assert butler.store.preferences.all() == {}


def test_a_kept_choice_that_is_none_any_more_keeps_nothing_from_starting(
    butler: Assistant, tmp_path: Path
) -> None:
    kept = {"preset": "of-old", "captioner": "qwen-vl:/gone", "speech": 7, "new": "thing"}
    butler.store.preferences.put("settings", kept)
    assert stored(butler.store.preferences) == {"captioner": "qwen-vl:/gone"}
    again = Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights"))
    assert again.settings.preset is None
    assert "Captions are composed: There is no folder /gone" in again.preset_note
    again.close()


def test_the_zone_changes_the_days_at_once(web: TestClient, butler: Assistant) -> None:
    add(butler.store, recording(NOON + 4 * 3600, 1), ["A dog."])
    assert [day.isoformat() for day in butler.days()] == ["2026-03-02"]
    told = web.post("/api/settings", json={"name": "timezone", "value": "tokyo"}).json()
    assert told["timezone"]["shown"] == "Asia/Tokyo"
    assert [day.isoformat() for day in butler.days()] == ["2026-03-03"]
    web.post("/api/settings", json={"name": "timezone", "value": ""})
    assert butler.timezone == "UTC"


def test_the_page_says_what_leaves_this_computer(web: TestClient) -> None:
    told = web.get("/api/settings").json()
    assert told["about"]["leaves"] == []
    assert {one["name"] for one in told["about"]["licences"]} >= {"e5", "whisper-base"}
    assert "Europe/Berlin" in told["timezone"]["zones"]
    names = {name: len(told["choices"][name]["options"]) for name in CHOICES}
    assert names["preset"] == 4
    assert names["language"] > 90


def test_missing_models_are_named_with_their_size(web: TestClient, butler: Assistant) -> None:
    told = web.get("/api/settings/models").json()
    assert set(told["missing"]) == set(butler.brains.preset.bundles)
    assert told["size"].endswith("B")
    refused = web.post("/api/settings/models/fetch", json={"bundles": ["nobody"]})
    assert refused.status_code == 422


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serve(Hub({"/a.bin": DATA})) as serving:
        yield serving


def _fetch(hub: Hub, folder: Path) -> ModelFetch:
    return ModelFetch(store_of(folder, weight(DATA, HubSource(f"{hub.url}/a.bin"))))


def test_a_fetch_goes_on_where_the_line_broke_and_one_that_fails_says_so(
    hub: Hub, tmp_path: Path
) -> None:
    hub.cut_after = len(DATA) // 2
    broken = _fetch(hub, tmp_path / "broken")
    assert broken.start(["tiny"])
    _ended(broken)
    assert (broken.state.finished, broken.state.trouble) == (True, "")
    assert hub.ranges == [None, f"bytes={len(DATA) // 2}-"]
    hub.status = 503
    refused = _fetch(hub, tmp_path / "refused")
    assert refused.start(["tiny"])
    _ended(refused)
    assert not refused.state.finished
    assert "the server answered 503" in refused.state.trouble


def test_a_fetch_that_is_stopped_ends_and_can_be_begun_again(hub: Hub, tmp_path: Path) -> None:
    hub.hold = threading.Event()
    long = _fetch(hub, tmp_path)
    assert long.start(["tiny"])
    assert not long.start(["tiny"]), "one at a time"
    waited(lambda: long.state.done > 0)
    long.stop()
    hub.hold.set()
    _ended(long)
    assert (long.state.trouble, long.state.name) == ("stopped", "a.bin")
    assert long.start(["tiny"])
    _ended(long)
    assert long.state.finished
    assert hub.ranges[0] is None
    assert hub.ranges[1] is not None, "what had arrived is kept"


def test_closing_waits_for_what_a_download_keeps(tmp_path: Path) -> None:
    home = Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights"))
    begun = threading.Event()

    def fetch(_: Progress) -> None:
        begun.set()
        time.sleep(0.3)  # a line that does not hear that it is to end
        keep(home.store.preferences, "preset", "standard")

    assert home.choosing.fetch.begin(fetch)
    assert begun.wait(60)
    home.close()
    assert home.choosing.fetch.state.finished
    with Assistant.open(Settings(tmp_path / "home", weights=tmp_path / "no-weights")) as again:
        assert stored(again.store.preferences) == {"preset": "standard"}


def test_choices_are_bounded(butler: Assistant) -> None:
    with pytest.raises(BadChoice, match="no setting"):
        keep(butler.store.preferences, "summaries", "x")
    keep(butler.store.preferences, "speech", "none")
    keep(butler.store.preferences, "pictures", "recognised")
    assert stored(butler.store.preferences) == {"speech": "none", "pictures": "recognised"}


def _ended(fetch: ModelFetch) -> None:
    waited(lambda: not fetch.state.running)


def waited(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)
