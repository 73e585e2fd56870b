"""Fetching from a hub: what is interrupted goes on, other bytes are refused, and why is said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import constants, snapshot_download, try_to_load_from_cache

from egogpt.protocols.errors import ModelMissing
from egogpt.protocols.model_names import parse
from egogpt.weights import hub_snapshot
from egogpt.weights.errors import NotEnoughDisk
from egogpt.weights.hub_cache import fetch, find, verify
from egogpt.weights.hub_snapshot import HubFailed, fetch_repository, matching
from tests.egogpt.hub.server import LoopbackHub

NAME = "someone/model"
WEIGHTS = bytes(range(256)) * 2000
ALL = matching("*.json", "*.safetensors")


def write(folder: Path) -> None:
    (folder / "speech_encoder").mkdir(parents=True)
    (folder / "config.json").write_text('{"model_type": "qwen2"}')
    (folder / "README.md").write_text("A model.")
    (folder / "empty.json").touch()
    (folder / "speech_encoder" / "model.safetensors").write_bytes(WEIGHTS[:7000])
    (folder / "model.safetensors").write_bytes(WEIGHTS)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    made = LoopbackHub(tmp_path / "hub")
    made.offer(NAME, write)
    with made.running():
        made.lead_there(monkeypatch, tmp_path / "cache")
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        yield made


def files_of(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def ranges(hub: LoopbackHub) -> list[str | None]:
    return [headers.get("Range") for _, path, headers in hub.asked if "/cdn/" in path]


def test_what_is_brought_is_where_the_hubs_own_client_looks_for_it(
    hub: LoopbackHub, tmp_path: Path
) -> None:
    steps: list[tuple[str, int, int, str]] = []
    folder = fetch_repository(NAME, ALL, lambda *step: steps.append(step))
    assert snapshot_download(NAME, local_files_only=True) == str(folder)
    assert try_to_load_from_cache(NAME, "config.json") == str(folder / "config.json")
    theirs = snapshot_download(NAME, cache_dir=tmp_path / "other", ignore_patterns=["*.md"])
    assert files_of(folder) == files_of(Path(theirs))
    assert ("model.safetensors", len(WEIGHTS), len(WEIGHTS), hub.url[7:]) in steps
    hub.asked.clear()
    assert fetch_repository(NAME, ALL) == folder
    assert len(hub.asked) == 1, "only the listing is asked for again"


def test_a_token_goes_to_the_hub_and_nowhere_else_and_nothing_more_is_told(
    hub: LoopbackHub,
) -> None:
    fetch_repository(NAME, ALL)
    sent = {("/cdn/" in path, headers.get("Authorization")) for _, path, headers in hub.asked}
    assert sent <= {(False, "Bearer hf_secret"), (False, None), (True, None)}
    assert (False, "Bearer hf_secret") in sent
    strange = [p for _, p, _ in hub.asked if not p.startswith(("/api/models/", f"/{NAME}", "/cdn"))]
    assert strange == []


@pytest.mark.parametrize("name", ["../../evil.json", "/evil.json"])
def test_a_name_that_leads_out_of_the_folder_is_refused(name: str) -> None:
    listed = SimpleNamespace(rfilename=name, lfs=None, blob_id="0" * 40, size=1)
    with pytest.raises(ValueError, match="no file of a repository"):
        hub_snapshot._file(listed)


@pytest.mark.parametrize("into", ["", "folder"])
def test_an_interrupted_file_goes_on_where_it_stopped(
    into: str, hub: LoopbackHub, tmp_path: Path
) -> None:
    place = tmp_path / into if into else None
    hub.trouble.cut = {"model.safetensors": 300_000}
    hub.trouble.status = {"speech_encoder/model.safetensors": 500}
    with pytest.raises(HubFailed, match=r"speech_encoder/model.safetensors .* answered 500.*kept"):
        fetch_repository(NAME, ALL, folder=place)
    assert ranges(hub) == [None, "bytes=300000-"]
    hub.trouble.status.clear()
    hub.asked.clear()
    folder = fetch_repository(NAME, ALL, folder=place)
    assert ranges(hub) == [None], "the file that was whole is not asked for again"
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert not list(tmp_path.rglob("*.incomplete"))
    assert not list(tmp_path.rglob(".partial"))


def test_half_a_file_of_an_earlier_run_is_completed_and_no_snapshot_is_seen_before(
    hub: LoopbackHub, tmp_path: Path
) -> None:
    named = parse(f"qwen-vl:{NAME}")
    hub.trouble.cut = {"model.safetensors": 100_000}
    hub.trouble.status = {"config.json": 403}
    with pytest.raises(ModelMissing, match=r"accept its terms at http://127.*someone/model.*TOKEN"):
        fetch(named)
    blobs = tmp_path / "cache" / "models--someone--model" / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(WEIGHTS).hexdigest()
    (blobs / f"{digest}.incomplete").write_bytes(WEIGHTS[:200_000])
    with pytest.raises(ModelMissing, match="is not on this computer"):
        find(named)
    hub.trouble.status.clear()
    hub.trouble.cut.clear()
    hub.asked.clear()
    assert fetch(named) == find(named)
    assert "bytes=200000-" in ranges(hub)


def test_other_bytes_than_promised_are_thrown_away_and_so_are_those_that_rot_on_the_disk(
    hub: LoopbackHub,
) -> None:
    named = parse(f"qwen-vl:{NAME}")
    for wrong in ("config.json", "model.safetensors"):
        hub.trouble.wrong = {wrong}
        with pytest.raises(
            ModelMissing, match=f"{wrong} have the hash .* thrown away. Fetch it again"
        ):
            fetch(named)
    hub.trouble.wrong = set()
    folder = fetch(named)
    assert verify(named) == []
    (folder / "model.safetensors").resolve().write_bytes(WEIGHTS[:-1] + b"x")
    assert verify(named) == ["model.safetensors"]
    assert (fetch(named) / "model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (401, "has no someone/other, or it is private: check how it is spelt"),
        (403, "accept its terms at"),
        (500, r"127\.0\.0\.1:\d+ answered 500"),
        (0, "could not be reached"),
        (-1, "HF_HUB_OFFLINE is set"),
    ],
)
def test_why_a_hub_gives_nothing_is_a_sentence(
    trouble: int, words: str, hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "someone/other" if trouble == 401 else NAME
    if trouble > 401:
        hub.trouble.status = {NAME: trouble}
    if trouble == 0:
        monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", trouble < 0)
    with pytest.raises(ModelMissing, match=words) as seen:
        fetch(parse(f"smolvlm:{name}"))
    assert "smolvlm:/the/folder" in str(seen.value)
    assert "\n" not in str(seen.value)


def test_a_full_disk_is_told_before_anything_is_downloaded(
    hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("egogpt.weights.fetcher._SPARE_BYTES", 1 << 60)
    with pytest.raises(NotEnoughDisk, match="HF_HUB_CACHE"):
        fetch_repository(NAME, ALL)
    assert ranges(hub) == []
