"""File names that are no UTF-8: their files are taken in, played, kept and forgotten as any other.

Cards, cameras and old archives have such names. Bytes that are no letters are shown as U+FFFD.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from mcp import Client
from mcp.types import TextContent

from app.assistant import Assistant
from app.core.settings import Settings
from app.server.server import create_app
from app.tools.envelope import opened
from app.tools.mcp_server import build
from app.tools.service import ToolService
from memory.types.core import Recording
from tests.app.conftest import ADDRESS
from tests.faults.homes import START, run
from tests.media import make_video, scene, tone

ODD, SHOWN = os.fsdecode(b"caf\xe9 walk.mp4"), "caf\ufffd walk.mp4"
PASSPHRASE = "a long passphrase"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="names of files are bytes on Linux alone"
)


def odd(folder: Path, name: bytes) -> Path:
    """A path whose last part is no UTF-8."""
    return folder / os.fsdecode(name)


@dataclass(frozen=True)
class Place:
    """A folder with a card and a home, both of odd names, and what was said of its ingest."""

    card: Path
    home: Path
    weights: Path
    status: int
    results: dict[str, Any]
    stderr: str

    def run(self, *words: str | Path, home: Path | None = None) -> tuple[int, dict[str, Any], str]:
        return run(home or self.home, *words, weights=self.weights)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("names")
    card, home = odd(folder, b"c\xe4rd"), odd(folder, b"h\xf6me")
    card.mkdir()
    for number, name in enumerate(("a.mp4", ODD, "z.mp4")):
        make_video(card / "made.mp4", [scene(number)], seconds=2, audio=tone(2.0))
        os.rename(card / "made.mp4", card / name)
    said = run(home, "ingest", card, *START, weights=folder / "none")
    return Place(card, home, folder / "none", *said)


@dataclass(frozen=True)
class Copied:
    """A home that holds copies of the card's files, and what the watch said that took them in."""

    home: Path
    status: int
    results: dict[str, Any]
    stderr: str


@pytest.fixture(scope="module")
def copied(place: Place) -> Copied:
    home = place.home.parent / "copies"
    words = ("watch", place.card, "--once", "--settle", "0.1", "--copy")
    return Copied(home, *place.run(*words, home=home))


@pytest.fixture(scope="module")
def assistant(place: Place) -> Iterator[Assistant]:
    butler = Assistant.open(Settings(place.home, weights=place.weights))
    yield butler
    butler.close()


@pytest.fixture(scope="module")
def api(assistant: Assistant) -> FastAPI:
    return create_app(assistant)


@pytest.fixture(scope="module")
def client(api: FastAPI) -> Iterator[TestClient]:
    with TestClient(api, base_url=ADDRESS, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def recording(assistant: Assistant) -> Recording:
    return next(one for one in assistant.store.recordings.all() if one.name == SHOWN)


def test_a_folder_is_ingested_with_the_file_and_all_others(place: Place) -> None:
    assert place.status == 0, place.stderr
    found = {Path(one["path"]).name: one["status"] for one in place.results["results"]}
    assert found == {"a.mp4": "indexed", SHOWN: "indexed", "z.mp4": "indexed"}
    assert f"done  {SHOWN}: 2 s indexed" in place.stderr


def test_every_command_that_names_the_file_shows_it(place: Place) -> None:
    status, found, _ = place.run("queue", "--all")
    assert status == 0
    assert [Path(job["path"]).name for job in found["jobs"]].count(SHOWN) == 1
    status, found, stderr = place.run(
        "ask", "When did I hear music?", "--json", "--at", "2026-03-03 12:00"
    )
    assert status == 0
    assert SHOWN in stderr
    assert SHOWN in {one["file"] for one in found["citations"]}
    for name in (ODD, SHOWN):
        clip = odd(place.home.parent, b"cl\xecp.mp4")
        words = (name, "--from", "0", "--to", "1", "--out", clip, "--blur", "none", "--overwrite")
        assert place.run("share", *words)[0] == 0
        assert clip.stat().st_size
    assert place.run("doctor")[1]["originals"] == {
        "ok": True, "detail": "3 files in place", "remedy": "",
    }  # fmt: skip


def test_the_watch_takes_the_file_in_and_names_it(copied: Copied) -> None:
    assert (copied.status, copied.results["indexed"]) == (0, 3), copied.stderr
    assert f"  {SHOWN}" in copied.stderr


def test_a_watched_folder_with_the_file_in_it_is_remembered(
    assistant: Assistant, client: TestClient, place: Place, tmp_path: Path
) -> None:
    link = tmp_path / "card"  # a page can name such a folder by a link
    link.symlink_to(place.card)
    reply = client.post("/api/library/folders", json={"path": str(link)})
    assert reply.status_code == 200, reply.text
    (folder,) = reply.json()["folders"]
    assert "3 files" in folder["words"], folder
    (known,) = assistant.watched.folders()
    assert Path(known.path) == place.card
    reply = client.post("/api/library/folders/remove", json={"path": folder["path"]})
    assert reply.json() == {"folders": []}


def test_the_file_is_played_byte_for_byte(client: TestClient, recording: Recording) -> None:
    whole = client.get(f"/media/{recording.id}")
    assert whole.status_code == 200
    assert whole.content == Path(recording.path).read_bytes()
    part = client.get(f"/media/{recording.id}?download", headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, whole.content[2:6])


def test_every_page_and_route_speaks_of_it(
    assistant: Assistant, api: FastAPI, client: TestClient, recording: Recording
) -> None:
    (clip,) = assistant.store.recordings.clips(recording.id)
    known = {
        "recording_id": recording.id, "recording": recording.id, "clip_id": clip.id,
        "clip": clip.id, "day": "2026-03-02", "id": recording.id, "query": "music", "q": "music",
        "text": "music", "job": assistant.queue.jobs()[0].id, "file": recording.id,
    }  # fmt: skip
    seen = list[str]()
    for path, methods in api.openapi()["paths"].items():
        if "get" not in methods or path == "/media/{recording_id}":
            continue
        asked = methods["get"].get("parameters", ())
        values = {one["name"]: known.get(one["name"], "1") for one in asked}
        reply = client.get(
            path.format(**values), params={n: v for n, v in values.items() if n in known}
        )
        assert reply.status_code < 500, (path, reply.text)
        if SHOWN in reply.text:
            seen.append(path)
    player = "/api/pages/recording/{recording_id}"
    assert {"/api/library", "/api/notices", "/api/privacy", "/api/queue", player} <= set(seen)
    question = {"question": "When did I hear music?", "at": 1_772_539_200.0}
    assert SHOWN in client.post("/api/ask", json=question).text
    preview = {"kind": "recording", "name": recording.id, "originals": True}
    reply = client.post("/api/privacy/preview", json=preview)
    assert SHOWN in reply.text, reply.text


def test_other_assistants_are_told_of_it(assistant: Assistant, recording: Recording) -> None:
    (clip,) = assistant.store.recordings.clips(recording.id)

    async def texts() -> list[str]:
        async with Client(build(ToolService(assistant))) as asking:
            found = []
            for tool, words in (("moment", {"clip_id": clip.id}), ("search", {"query": "music"})):
                reply = await asking.call_tool(tool, words)
                assert not reply.is_error, reply
                content = reply.content[0]  # pictures follow
                assert isinstance(content, TextContent)
                found.append(json.dumps(opened(content.text), ensure_ascii=False))
            return found

    with ThreadPoolExecutor(1) as pool:  # a browser's loop may run in this thread
        replies = pool.submit(asyncio.run, texts()).result()
    assert len(replies) == 2
    assert all(SHOWN in reply for reply in replies)


def test_a_backup_of_an_odd_name_brings_the_file_back(
    place: Place, copied: Copied, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EGOBUTLER_PASSPHRASE", PASSPHRASE)
    kept, back = odd(tmp_path, b"b\xe4ck.tar"), odd(tmp_path, b"b\xe4ck")
    status, made, stderr = place.run("backup", kept, home=copied.home)
    assert (status, made["file"]) == (0, str(tmp_path / "b\ufffdck.tar")), stderr
    assert place.run("backup", "--check", kept)[0] == 0
    assert place.run("restore", kept, home=back)[0] == 0
    files = sorted(os.path.basename(path) for path in (back / "originals").rglob("*.mp4"))
    assert files == sorted(["a.mp4", ODD, "z.mp4"])
    assert place.run("verify", home=back)[1]["file_faults"] == []


@pytest.mark.parametrize("name", [b"\xe4ll.zip", b"\xe4ll"])
def test_an_export_of_an_odd_name_comes_back_with_its_file(
    place: Place, tmp_path: Path, name: bytes
) -> None:
    target = odd(tmp_path, name)
    status, made, stderr = place.run("export", target, "--originals")
    assert (status, made["missing"]) == (0, []), stderr
    back = tmp_path / "back"
    assert place.run("import", target, home=back)[1]["recordings"] == 3
    butler = Assistant.open(Settings(back, weights=place.weights))
    (known,) = [one for one in butler.store.recordings.all() if one.name == SHOWN]
    assert butler.store.original(known) is not None
    butler.close()


def test_an_export_without_files_still_knows_where_they_lie(place: Place, tmp_path: Path) -> None:
    assert place.run("export", tmp_path / "all")[0] == 0
    assert place.run("import", tmp_path / "all", home=tmp_path / "back")[0] == 0
    butler = Assistant.open(Settings(tmp_path / "back", weights=place.weights))
    (known,) = [one for one in butler.store.recordings.all() if one.name == SHOWN]
    assert butler.store.original(known) == place.card / ODD
    butler.close()


def test_the_file_is_forgotten_and_the_others_stay(place: Place, copied: Copied) -> None:
    home = copied.home
    status, found, stderr = place.run("forget", "--recording", ODD, "--yes", home=home)
    assert status == 0, stderr
    assert {Path(one["path"]).name for one in found["forgotten"]["files"]} == {SHOWN}
    assert found["forgotten"]["clean"]
    assert sorted(path.name for path in (home / "originals").rglob("*.mp4")) == ["a.mp4", "z.mp4"]
    status, found, _ = place.run("ingest", place.card, *START, home=home)
    assert {Path(one["path"]).name: one["status"] for one in found["results"]}[SHOWN] == "failed"
