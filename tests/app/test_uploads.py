from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.routes.upload import upload_router
from app.safe_names import alternatives, safe_name
from app.uploads import DiskFull, UploadFolder
from memory.media import MediaFolder

DATA = bytes(range(256)) * 40
WHEN = 1_700_000_000.25


class Home:
    """The part of a home that uploads need, with what was handed on to ingest."""

    def __init__(self, folder: Path) -> None:
        self.media = MediaFolder(folder)
        self.store = self
        self.queued: list[Path] = []

    def enqueue(self, path: Path) -> None:
        self.queued.append(path)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def web(home: Home) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(upload_router(home))  # type: ignore[arg-type]
    with TestClient(app) as client:
        yield client


def announce(web: TestClient, name: str = "walk.mp4", data: bytes = DATA, **more: object) -> str:
    body = {"name": name, "size": len(data), "modified": WHEN, **more}
    reply = web.post("/api/uploads", json=body)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["id"])


def send(web: TestClient, upload: str, offset: int, piece: bytes):  # type: ignore[no-untyped-def]
    headers = {"Upload-Offset": str(offset)}
    return web.patch(f"/api/uploads/{upload}", content=piece, headers=headers)


def test_pieces_become_the_file(web: TestClient, home: Home) -> None:
    upload = announce(web)
    assert send(web, upload, 0, DATA[:4000]).json()["offset"] == 4000
    assert home.queued == []
    assert [path.name for path in home.media.uploads.iterdir() if path.is_file()] == []
    assert send(web, upload, 4000, DATA[4000:]).json()["done"] is True
    (path,) = home.queued
    assert path == home.media.uploads / "walk.mp4"
    assert path.read_bytes() == DATA
    assert path.stat().st_mtime == WHEN


def test_the_same_file_goes_on_where_it_stopped(web: TestClient, home: Home) -> None:
    send(web, announce(web), 0, DATA[:1234])
    again = web.post("/api/uploads", json={"name": "walk.mp4", "size": len(DATA), "modified": WHEN})
    assert again.json()["offset"] == 1234
    head = web.head(f"/api/uploads/{again.json()['id']}")
    assert head.headers["upload-offset"] == "1234"
    assert head.headers["upload-length"] == str(len(DATA))
    (left,) = web.get("/api/uploads").json()
    assert (left["name"], left["percent"]) == ("walk.mp4", 12)


def test_server_that_died_before_the_rename_finishes_with_an_empty_piece(
    web: TestClient, home: Home
) -> None:
    upload = announce(web)
    UploadFolder(home.media.uploads).append(upload, 0, DATA)
    assert send(web, upload, len(DATA), b"").json()["done"] is True
    assert home.queued[0].read_bytes() == DATA


@pytest.mark.parametrize("offset", [0, 99, 101, 5000])
def test_piece_at_the_wrong_place_is_refused_with_the_right_one(
    web: TestClient, offset: int
) -> None:
    upload = announce(web)
    send(web, upload, 0, DATA[:100])
    reply = send(web, upload, offset, b"xyz")
    assert (reply.status_code, reply.json()["offset"]) == (409, 100)
    assert web.head(f"/api/uploads/{upload}").headers["upload-offset"] == "100"


def test_more_bytes_than_announced_are_refused(web: TestClient) -> None:
    upload = announce(web)
    assert send(web, upload, 0, DATA + b"x").status_code == 413


def test_checksum_is_checked(web: TestClient, home: Home) -> None:
    right = announce(web, sha256=hashlib.sha256(DATA).hexdigest())
    assert send(web, right, 0, DATA).json()["done"] is True
    wrong = announce(web, "other.mp4", sha256="0" * 64)
    reply = send(web, wrong, 0, DATA)
    assert reply.status_code == 422
    assert "other.mp4 was damaged" in reply.json()["error"]
    assert [path.name for path in home.queued] == ["walk.mp4"]
    assert web.get("/api/uploads").json() == []


def test_equal_names_are_kept_apart_and_equal_files_are_not_doubled(
    web: TestClient, home: Home
) -> None:
    other = DATA[::-1]
    send(web, announce(web), 0, DATA)
    send(web, announce(web, data=other, modified=WHEN + 9), 0, other)
    send(web, announce(web, modified=WHEN + 99), 0, DATA)
    assert [path.name for path in home.queued] == ["walk.mp4", "walk (2).mp4", "walk.mp4"]
    assert (home.media.uploads / "walk (2).mp4").read_bytes() == other


def test_file_that_came_already_is_not_sent_again(web: TestClient, home: Home) -> None:
    send(web, announce(web), 0, DATA)
    again = web.post("/api/uploads", json={"name": "walk.mp4", "size": len(DATA), "modified": WHEN})
    assert again.json()["done"] is True


def test_cancelled_upload_leaves_nothing(web: TestClient, home: Home) -> None:
    upload = announce(web)
    send(web, upload, 0, DATA[:100])
    assert web.delete(f"/api/uploads/{upload}").status_code == 204
    assert web.head(f"/api/uploads/{upload}").status_code == 404
    assert list((home.media.uploads / ".partial").iterdir()) == []


@pytest.mark.parametrize("upload", ["x", "..%2f..%2fx", "a" * 32, "é" * 32])
def test_unknown_upload_is_not_found(web: TestClient, upload: str) -> None:
    assert send(web, upload, 0, b"x").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "", "size": 1, "modified": 0},
        {"name": "a", "size": -1, "modified": 0},
        {"name": "a", "size": 0, "modified": 0},
        {"name": "a", "size": 1, "modified": "never"},
        {"name": "a", "size": 2**60, "modified": 0},
        {"name": "a", "size": 1, "modified": 0, "sha256": "zz"},
    ],
)
def test_senseless_announcements_are_refused(web: TestClient, body: dict[str, object]) -> None:
    assert web.post("/api/uploads", json=body).status_code in (400, 422)


def test_file_larger_than_the_disk_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match=r"big\.mp4 needs .* GB and the disk has .* GB free"):
        UploadFolder(tmp_path).begin("big.mp4", 2**49, WHEN)


def test_what_nobody_went_on_with_for_a_week_is_removed(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path)
    old, fresh = (folder.begin(name, 10, WHEN).upload for name in ("old.mp4", "fresh.mp4"))
    for path in folder.partial.glob(f"{old.id}.*"):
        os.utime(path, (WHEN, WHEN))
    assert [arrival.upload.id for arrival in UploadFolder(tmp_path).unfinished()] == [fresh.id]


@given(st.text(min_size=1, max_size=400))
def test_safe_names_are_one_harmless_part_of_a_path(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe.encode()) <= 200
    assert safe == Path(safe).name
    assert not safe.startswith(".")
    assert safe.isprintable()
    assert not set(safe) & set('/\\<>:"|?*')


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\Holiday film.MP4", "Holiday film.MP4"),
        ("Ferien im März 🏔.mov", "Ferien im März 🏔.mov"),
        ("..", "recording"),
        ("con.mp4", "recording con.mp4"),
        ("a\nb\u202egpj.mp4", "abgpj.mp4"),
    ],
)
def test_names_stay_recognisable(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


def test_alternatives_count_before_the_suffix() -> None:
    names = alternatives("walk.mp4")
    assert [next(names) for _ in range(3)] == ["walk.mp4", "walk (2).mp4", "walk (3).mp4"]
