"""Uploads by tus: what arrives is the file that was sent, whole, and nothing else is left."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from app.routes.library.upload import MOST_CHECKED, upload_router
from app.uploads.checks import BLOCK
from app.uploads.tus import Announcement
from app.uploads.uploads import HEAD, UploadFolder
from tests.app.upload_server import TUS, Home, about, completed_files, metadata

DATA = bytes(range(256)) * 40
WHEN = 1_700_000_000.25
MOST_UNFINISHED = 9  # in place of a hundred
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, TestClient]]:
    """A home and its server, which remembers nothing but what is in the folder."""
    home, app = Home(tmp_path_factory.mktemp("uploads")), FastAPI()
    app.include_router(upload_router(home))  # type: ignore[arg-type]
    with TestClient(app) as client:
        yield home, client


@pytest.fixture
def home(served: tuple[Home, TestClient]) -> Home:
    """The home, with nothing in it."""
    home, _ = served
    home.queued.clear()
    for file in [path for path in home.media.uploads.rglob("*") if path.is_file()]:
        file.unlink()
    return home


@pytest.fixture
def web(served: tuple[Home, TestClient], home: Home) -> TestClient:
    return served[1]


def begin(web: TestClient, name: str = "walk.mp4", data: bytes = DATA, **more: object) -> Response:
    return web.post("/api/uploads", headers=about(name, len(data), **{"modified": WHEN} | more))


def announce(web: TestClient, name: str = "walk.mp4", data: bytes = DATA, **more: object) -> str:
    reply = begin(web, name, data, **more)
    assert (reply.status_code, reply.content) == (201, b""), reply.text
    return str(reply.headers["location"])


def send(web: TestClient, upload: str, offset: int, piece: bytes, **more: str) -> Response:
    headers = {"Upload-Offset": str(offset)} | {f"Upload-{k}": v for k, v in more.items()}
    return web.patch(upload, content=piece, headers=PIECE | headers)


def offset(web: TestClient, upload: str) -> int:
    reply = web.head(upload, headers=TUS)
    assert reply.status_code == 200
    return int(reply.headers["upload-offset"])


def checksum(piece: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, piece).digest()).decode()}"


def test_pieces_become_the_file(web: TestClient, home: Home) -> None:
    upload = announce(web)
    first = send(web, upload, 0, DATA[:4000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "4000")
    assert home.queued == []
    assert list(home.media.uploads.glob("*.mp4")) == []
    last = send(web, upload, 4000, DATA[4000:])
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(DATA)))
    assert last.headers["tus-resumable"] == "1.0.0"
    (path,) = home.queued
    assert path == home.media.uploads / "walk.mp4"
    assert path.read_bytes() == DATA
    assert path.stat().st_mtime == WHEN
    assert offset(web, upload) == len(DATA), "who did not hear the last reply asks, and is done"
    assert send(web, upload, 0, DATA).status_code == 409
    assert web.delete(upload, headers=TUS).status_code == 404, "it is a recording now"
    left = [path.read_text() for path in (home.media.uploads / ".partial").iterdir()]
    assert left == [str(len(DATA))], "no name is left with what is remembered of it"


def test_the_server_says_what_it_speaks_and_what_it_remembers(web: TestClient) -> None:
    able = web.options("/api/uploads")
    assert able.status_code == 204
    assert able.headers["tus-version"] == "1.0.0"
    assert able.headers["tus-extension"] == "creation,termination,checksum,expiration"
    assert able.headers["tus-checksum-algorithm"] == "sha1,sha256"
    upload = announce(web)
    asked = web.head(upload, headers=TUS)
    assert (
        asked.headers["upload-metadata"] == about("walk.mp4", 1, modified=WHEN)["Upload-Metadata"]
    )
    assert asked.headers["upload-length"] == str(len(DATA))
    assert asked.headers["cache-control"] == "no-store"
    days = parsedate_to_datetime(asked.headers["upload-expires"]).timestamp() - time.time()
    assert days / 86_400 == pytest.approx(7, abs=0.1)


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1"])
def test_who_speaks_another_protocol_hears_which_one(web: TestClient, version: str | None) -> None:
    upload = announce(web)
    headers = PIECE | about("a.mp4", 9) | {"Upload-Offset": "0", "Tus-Resumable": version or ""}
    if version is None:
        del headers["Tus-Resumable"]
    calls = (("POST", "/api/uploads"), ("HEAD", upload), ("PATCH", upload), ("DELETE", upload))
    for method, path in calls:
        reply = web.request(method, path, headers=headers)
        assert (reply.status_code, reply.headers["tus-version"]) == (412, "1.0.0"), method
    assert "tus 1.0" in web.post("/api/uploads", json={"name": "a.mp4"}).json()["error"]
    assert offset(web, upload) == 0


def test_a_network_that_lets_no_patch_through_is_gone_around(web: TestClient, home: Home) -> None:
    upload, other = announce(web), announce(web, "other.mp4")
    headers = PIECE | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert web.post(upload, content=DATA, headers=headers).status_code == 204
    assert home.queued[0].read_bytes() == DATA
    assert web.post(other, headers=TUS | {"X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert web.head(other, headers=TUS).status_code == 404
    assert web.post(upload, headers=TUS).status_code == 405


@pytest.mark.parametrize(
    ("name", "more", "reason"),
    [
        ("notes.txt", {}, "notes.txt: is no recording by its name; give a film, sound or a photo"),
        ("notes.txt", {"filetype": "video/mp4"}, "notes.txt: is no recording"),
        ("report.pdf", {}, "is no recording by its name"),
        ("drawing.svg", {"filetype": "image/svg+xml"}, "is no recording by its name"),
        ("no suffix", {}, "is no recording by its name"),
    ],
)
def test_what_is_no_recording_by_its_name_is_refused_before_it_is_sent(
    web: TestClient, home: Home, name: str, more: dict[str, str], reason: str
) -> None:
    reply = begin(web, name, **more)
    assert reply.status_code == 415
    assert reason in reply.json()["error"]
    assert [path for path in home.media.uploads.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a shopping list: milk, bread, 面包\n".encode() * 300, "contains text, not sound"),
        (b"milk", "contains text, not sound or pictures; give the recording itself"),
        (b"%PDF-1.7\n" + DATA, "is a document, an archive or a program"),
        (b"PK\x03\x04" + DATA, "is a document, an archive or a program"),
        (b"#EXTM3U\nhttp://example.org/a.ts\n", "is a playlist"),
    ],
)
def test_what_is_no_recording_by_its_first_bytes_leaves_nothing(
    web: TestClient, home: Home, content: bytes, reason: str
) -> None:
    size = len(content) if len(content) < HEAD else 3 * BLOCK  # the beginning tells
    upload = str(
        web.post("/api/uploads", headers=about("walk.mp4", size, modified=WHEN)).headers["location"]
    )
    reply = send(web, upload, 0, content)
    assert reply.status_code == 415, reply.text
    assert f"walk.mp4: {reason}" in reply.json()["error"]
    assert web.head(upload, headers=TUS).status_code == 404
    assert home.queued == []
    assert [path for path in home.media.uploads.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["walk", "clip.vob", "walk.MP4", "voice.amr", "IMG_1.HEIC"])
def test_what_may_be_a_recording_is_taken(web: TestClient, name: str) -> None:
    assert begin(web, name, filetype="video/mpeg").status_code == 201


def test_a_file_whose_date_is_not_said_is_an_upload_of_its_own(web: TestClient, home: Home) -> None:
    one, other = (
        web.post("/api/uploads/", headers=about("a.mp4", len(DATA))).headers["location"]
        for _ in range(2)
    )
    assert one != other
    assert send(web, one, 0, DATA).status_code == 204
    assert send(web, other, 0, DATA[::-1]).status_code == 204
    assert [path.read_bytes() for path in home.queued] == [DATA, DATA[::-1]]


def test_the_same_file_goes_on_where_it_stopped(web: TestClient) -> None:
    send(web, announce(web), 0, DATA[:1234])
    assert offset(web, announce(web)) == 1234
    (left,) = web.get("/api/uploads").json()
    assert (left["name"], left["percent"], left["modified"]) == ("walk.mp4", 12, WHEN)


def test_server_that_died_before_the_rename_finishes_when_it_is_asked(
    web: TestClient, home: Home
) -> None:
    upload = announce(web)
    UploadFolder(home.media.uploads).append(upload.rsplit("/", 1)[1], 0, DATA)
    assert offset(web, upload) == len(DATA)
    assert home.queued[0].read_bytes() == DATA


@pytest.mark.parametrize("at", [0, 99, 101, 5000])
def test_piece_at_the_wrong_place_is_refused_with_the_right_one(web: TestClient, at: int) -> None:
    upload = announce(web)
    send(web, upload, 0, DATA[:100])
    reply = send(web, upload, at, b"xyz")
    assert (reply.status_code, reply.json()["offset"]) == (409, 100)
    assert reply.headers["upload-offset"] == "100"
    assert offset(web, upload) == 100


def test_more_bytes_than_announced_are_refused(web: TestClient) -> None:
    upload = announce(web)
    assert send(web, upload, 0, DATA + b"x").status_code == 413
    assert offset(web, upload) == 0


def test_a_piece_of_another_form_is_refused(web: TestClient) -> None:
    upload = announce(web)
    reply = web.patch(upload, content=DATA, headers=TUS | {"Upload-Offset": "0"})
    assert (reply.status_code, "offset+octet-stream" in reply.json()["error"]) == (415, True)
    assert web.patch(upload, content=DATA, headers=PIECE).status_code == 422


def test_the_whole_file_is_checked_where_its_hash_is_said(web: TestClient, home: Home) -> None:
    right = announce(web, sha256=hashlib.sha256(DATA).hexdigest())
    assert send(web, right, 0, DATA).status_code == 204
    wrong = announce(web, "other.mp4", sha256="0" * 64)
    reply = send(web, wrong, 0, DATA)
    assert reply.status_code == 422
    assert "other.mp4 was damaged" in reply.json()["error"]
    assert [path.name for path in home.queued] == ["walk.mp4"]
    assert web.get("/api/uploads").json() == []


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_that_was_damaged_is_not_kept(web: TestClient, home: Home, algorithm: str) -> None:
    upload = announce(web)
    right, rest = checksum(DATA[:4000], algorithm), checksum(DATA[4000:], algorithm)
    assert send(web, upload, 0, DATA[:4000], Checksum=right).status_code == 204
    flipped = bytes([DATA[4000] ^ 1]) + DATA[4001:]
    reply = send(web, upload, 4000, flipped, Checksum=rest)
    assert (reply.status_code, reply.json()["offset"]) == (460, 4000)
    assert "a piece of walk.mp4 was damaged" in reply.json()["error"]
    assert offset(web, upload) == 4000
    assert send(web, upload, 4000, DATA[4000:], Checksum=rest).status_code == 204
    assert home.queued[0].read_bytes() == DATA


@pytest.mark.parametrize("given_checksum", ["md5 AAAA", "sha256", "sha256 !!!", "crc32 AAAA"])
def test_a_checksum_that_is_none_is_refused(web: TestClient, given_checksum: str) -> None:
    upload = announce(web)
    reply = send(web, upload, 0, DATA[:100], Checksum=given_checksum)
    assert (reply.status_code, "base64" in reply.json()["error"]) == (400, True)
    assert offset(web, upload) == 0


def test_a_piece_without_a_checksum_may_be_long(web: TestClient, home: Home) -> None:
    film = bytes(MOST_CHECKED) + DATA
    upload = announce(web, data=film)
    assert send(web, upload, 0, film, Checksum="sha256 AAAA").status_code == 413
    assert send(web, upload, 0, film).status_code == 204
    assert home.queued[0].read_bytes() == film


def test_two_pages_that_send_the_same_file_make_one(web: TestClient, home: Home) -> None:
    film = os.urandom(300_000)
    done: list[bool] = []

    def page() -> None:
        at, upload = 0, announce(web, data=film)
        while at < len(film):
            piece = film[at : at + 20_000]
            reply = send(web, upload, at, piece, Checksum=checksum(piece))
            assert reply.status_code in (204, 409)
            at = int(reply.headers["upload-offset"])
        done.append(True)

    pages = [threading.Thread(target=page) for _ in range(2)]
    for one in pages:
        one.start()
    for one in pages:
        one.join(timeout=60)
    assert done == [True, True]
    assert {path.name for path in home.queued} == {"walk.mp4"}
    (path,) = completed_files(home.media.uploads)
    assert path.read_bytes() == film


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
    assert offset(web, announce(web)) == len(DATA)
    home.queued[0].unlink()
    assert offset(web, announce(web)) == 0, "it was deleted since"


def test_another_film_of_the_same_name_size_and_time_is_sent_too(
    web: TestClient, home: Home
) -> None:
    other = DATA[::-1]
    said = [{"first": hashlib.sha256(film).hexdigest()} for film in (DATA, other)]
    send(web, announce(web, **said[0]), 0, DATA)
    half = announce(web, data=other, **said[1])
    send(web, half, 0, other[:4000])
    UploadFolder(home.media.uploads)  # the app starts anew: what is half there stays
    assert send(web, half, 4000, other[4000:]).status_code == 204
    assert [path.read_bytes() for path in home.queued] == [DATA, other]
    assert [offset(web, announce(web, **one)) for one in said] == [len(DATA), len(DATA)]
    assert offset(web, announce(web, sha256="0" * 64)) == 0


def test_cancelled_upload_leaves_nothing(web: TestClient, home: Home) -> None:
    upload = announce(web)
    send(web, upload, 0, DATA[:100])
    assert web.delete(upload, headers=TUS).status_code == 204
    assert web.head(upload, headers=TUS).status_code == 404
    assert list((home.media.uploads / ".partial").iterdir()) == []


@pytest.mark.parametrize("upload", ["x", "..%2f..%2fx", "a" * 32, "é" * 32])
def test_unknown_upload_is_not_found(web: TestClient, upload: str) -> None:
    assert send(web, f"/api/uploads/{upload}", 0, b"x").status_code == 404


@pytest.mark.parametrize(
    ("length", "said", "status"),
    [
        (None, {"filename": "a.mp4"}, 400),
        (1, {}, 400),
        (1, {"filename": ""}, 400),
        (-1, {"filename": "a.mp4"}, 422),
        (0, {"filename": "a.mp4"}, 400),
        (2**40 + 1, {"filename": "a.mp4"}, 413),
        (1, {"filename": "a.mp4", "modified": "never"}, 400),
        (1, {"filename": "a.mp4", "modified": "nan"}, 400),
        (1, {"filename": "a.mp4", "sha256": "zz"}, 400),
        (1, "filename !!!", 400),
        (1, "filename /w==", 400),
    ],
)
def test_senseless_announcements_are_refused(
    web: TestClient, home: Home, length: int | None, said: dict[str, str] | str, status: int
) -> None:
    values = said if isinstance(said, str) else metadata(**said)
    headers = TUS | {"Upload-Metadata": values}
    if length is not None:
        headers["Upload-Length"] = str(length)
    assert web.post("/api/uploads", headers=headers).status_code == status
    assert web.get("/api/uploads").json() == []


def test_only_so_many_uploads_are_left_unfinished(
    web: TestClient, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.uploads.uploads.MOST_UNFINISHED", MOST_UNFINISHED)
    folder = UploadFolder(home.media.uploads)
    ids = [
        folder.begin(Announcement(f"{n}.mp4", 10, WHEN)).upload.id for n in range(MOST_UNFINISHED)
    ]
    reply = begin(web, "more.mp4")
    assert reply.status_code == 429
    assert f"{MOST_UNFINISHED} uploads are unfinished" in reply.json()["error"]
    assert folder.begin(Announcement("7.mp4", 10, WHEN)).upload.id == ids[7], (
        "one that is known goes on"
    )
    assert web.delete(f"/api/uploads/{ids[0]}", headers=TUS).status_code == 204
    for path in (home.media.uploads / ".partial").glob(f"{ids[1]}.*"):
        os.utime(path, (WHEN, WHEN))
    announce(web, "more.mp4")
    announce(web, "another.mp4")
    assert web.head(f"/api/uploads/{ids[1]}", headers=TUS).status_code == 404, (
        "a week old: it makes way"
    )
