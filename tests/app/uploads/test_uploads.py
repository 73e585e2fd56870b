from __future__ import annotations

import base64
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.routes.library.upload import upload_router
from app.uploads.checks import BLOCK, file_matches, tree_hash
from app.uploads.errors import Promised, UploadDiskFull, UploadError
from app.uploads.uploads import MOST_UNFINISHED, UploadFolder
from memory.db import disk_space as disk
from tests.app.upload_server import Home

DATA = bytes(range(256)) * 40
WHEN = 1_700_000_000.25


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


def send(web: TestClient, upload: str, offset: int, piece: bytes, **more: str):  # type: ignore[no-untyped-def]
    headers = {"Upload-Offset": str(offset)} | {f"Upload-{k}": v for k, v in more.items()}
    return web.patch(f"/api/uploads/{upload}", content=piece, headers=headers)


def checksum(piece: bytes) -> str:
    return "sha256 " + base64.b64encode(hashlib.sha256(piece).digest()).decode()


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


def test_a_piece_that_was_damaged_is_not_kept(web: TestClient, home: Home) -> None:
    upload = announce(web)
    assert send(web, upload, 0, DATA[:4000], Checksum=checksum(DATA[:4000])).status_code == 200
    flipped = bytes([DATA[4000] ^ 1]) + DATA[4001:]
    reply = send(web, upload, 4000, flipped, Checksum=checksum(DATA[4000:]))
    assert (reply.status_code, reply.json()["offset"]) == (460, 4000)
    assert "a piece of walk.mp4 was damaged" in reply.json()["error"]
    assert web.head(f"/api/uploads/{upload}").headers["upload-offset"] == "4000"
    reply = send(web, upload, 4000, DATA[4000:], Checksum=checksum(DATA[4000:]))
    assert reply.json()["done"] is True
    assert home.queued[0].read_bytes() == DATA


@pytest.mark.parametrize("given_checksum", ["md5 AAAA", "sha256", "sha256 !!!", "sha256 AAAA"])
def test_a_checksum_that_is_none_is_refused(web: TestClient, given_checksum: str) -> None:
    upload = announce(web)
    reply = send(web, upload, 0, DATA[:100], Checksum=given_checksum)
    assert (reply.status_code, "base64" in reply.json()["error"]) == (400, True)
    assert web.head(f"/api/uploads/{upload}").headers["upload-offset"] == "0"


def test_the_whole_file_is_checked_by_the_hashes_of_its_blocks(web: TestClient, home: Home) -> None:
    right = announce(web)
    send(web, right, 0, DATA)
    other = announce(web, "other.mp4")
    reply = send(web, other, 0, DATA, Tree="0" * 64)
    assert (reply.status_code, "other.mp4 was damaged" in reply.json()["error"]) == (422, True)
    again = announce(web, "other.mp4")
    assert send(web, again, 0, DATA[:50]).json()["offset"] == 50
    assert send(web, again, 50, DATA[50:], Tree=tree_hash(DATA)).json()["done"] is True
    assert [path.name for path in home.queued] == ["walk.mp4", "other.mp4"]


def test_the_tree_hash_is_that_of_the_digests_of_8_mib_blocks(tmp_path: Path) -> None:
    content = os.urandom(1000) * 20_000  # two blocks and a piece of a third
    digests = [hashlib.sha256(content[at : at + 2**23]) for at in range(0, len(content), 2**23)]
    assert len(digests) == 3
    root = hashlib.sha256(b"".join(digest.digest() for digest in digests)).hexdigest()
    assert tree_hash(content) == root
    path = tmp_path / "film"
    path.write_bytes(content)
    assert file_matches(path, hashlib.sha256(content).hexdigest(), root)
    assert not file_matches(path, "", "0" * 64)
    assert not file_matches(path, "0" * 64, root)


def test_a_piece_without_a_checksum_may_be_long(web: TestClient, home: Home) -> None:
    film = bytes(BLOCK) + DATA
    upload = announce(web, data=film)
    assert send(web, upload, 0, film).json()["done"] is True
    assert home.queued[0].read_bytes() == film


def test_two_pages_that_send_the_same_file_make_one(web: TestClient, home: Home) -> None:
    film = os.urandom(300_000)
    done: list[bool] = []

    def page() -> None:
        offset, upload = 0, announce(web, data=film)
        while True:
            piece = film[offset : offset + 20_000]
            last = offset + len(piece) == len(film)
            more = {"Tree": tree_hash(film)} if last else {}
            reply = send(web, upload, offset, piece, Checksum=checksum(piece), **more)
            if reply.status_code == 404:  # the other page has finished it
                again = {"name": "walk.mp4", "size": len(film), "modified": WHEN}
                reply = web.post("/api/uploads", json=again)
            if reply.json().get("done"):
                done.append(True)
                return
            offset = reply.json()["offset"]

    pages = [threading.Thread(target=page) for _ in range(2)]
    for one in pages:
        one.start()
    for one in pages:
        one.join(timeout=60)
    assert done == [True, True]
    assert {path.name for path in home.queued} == {"walk.mp4"}
    files = [path for path in home.media.uploads.rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["walk.mp4"]
    assert files[0].read_bytes() == film


def test_files_of_one_name_that_arrive_at_once_are_all_there(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path)
    films = [bytes([number]) * 1000 for number in range(6)]
    barrier = threading.Barrier(len(films))

    def arrive(number: int) -> None:
        upload = folder.begin("walk.mp4", 1000, WHEN + number).upload.id
        folder.append(upload, 0, films[number])
        barrier.wait(timeout=20)
        folder.finish(upload)

    threads = [threading.Thread(target=arrive, args=[number]) for number in range(len(films))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    found = [path.read_bytes() for path in tmp_path.glob("walk*.mp4")]
    assert sorted(found) == films


def test_checking_a_long_file_holds_up_no_other_upload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import app.uploads.uploads as module

    folder = UploadFolder(tmp_path)
    at_work, over = threading.Event(), threading.Event()

    def slow(path: Path, sha256: str, tree: str) -> bool:
        at_work.set()
        assert over.wait(timeout=20)
        return file_matches(path, sha256, tree)

    monkeypatch.setattr(module, "file_matches", slow)
    long = folder.begin("long.mp4", len(DATA), WHEN).upload.id
    folder.append(long, 0, DATA)
    thread = threading.Thread(target=folder.finish, args=[long, tree_hash(DATA)])
    thread.start()
    assert at_work.wait(timeout=20)
    other = folder.begin("other.mp4", len(DATA), WHEN).upload.id
    assert folder.append(other, 0, DATA[:99]) == 99
    assert {arrival.upload.name for arrival in folder.unfinished()} == {"long.mp4", "other.mp4"}
    over.set()
    thread.join(timeout=20)
    assert (tmp_path / "long.mp4").read_bytes() == DATA


def test_a_disk_without_room_keeps_what_arrived_and_goes_on(tmp_path: Path) -> None:
    upload = UploadFolder(tmp_path).begin("walk.mp4", len(DATA), WHEN).upload.id
    folder = UploadFolder(tmp_path)
    folder.append(upload, 0, DATA[:4000])
    full = UploadFolder(tmp_path, reserve=2**60)
    with pytest.raises(UploadDiskFull, match=r"walk\.mp4 needs 6 kB more") as caught:
        full.append(upload, 4000, DATA[4000:])
    assert (caught.value.offset, caught.value.missing) == (4000, len(DATA) - 4000)
    with pytest.raises(UploadDiskFull):
        full.begin("walk.mp4", len(DATA), WHEN)
    assert folder.append(upload, 4000, DATA[4000:]) == len(DATA)
    assert folder.finish(upload).read_bytes() == DATA


@settings(max_examples=30, deadline=None)
@given(
    content=st.binary(min_size=1, max_size=2000),
    cuts=st.lists(st.tuples(st.integers(0, 2100), st.integers(1, 700)), max_size=12),
)
def test_pieces_in_any_order_never_make_another_file(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, cuts: list[tuple[int, int]]
) -> None:
    folder = UploadFolder(tmp_path_factory.mktemp("uploads"))
    upload = folder.begin("walk.mp4", len(content), WHEN).upload.id
    for at, length in cuts:
        with suppress(UploadError):
            folder.append(upload, at, content[at : at + length])
        assert folder.status(upload).offset <= len(content)
    offset = folder.status(upload).offset
    folder.append(upload, offset, content[offset:])
    assert folder.finish(upload, tree_hash(content)).read_bytes() == content


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


def test_another_film_of_the_same_name_size_and_time_is_sent_too(
    web: TestClient, home: Home
) -> None:
    other = DATA[::-1]
    said = [{"first": hashlib.sha256(film).hexdigest()} for film in (DATA, other)]
    send(web, announce(web, **said[0]), 0, DATA)
    half = announce(web, data=other, **said[1])
    send(web, half, 0, other[:4000])
    UploadFolder(home.media.uploads)  # the app starts anew: what is half there stays
    assert send(web, half, 4000, other[4000:]).json()["done"] is True
    assert [path.read_bytes() for path in home.queued] == [DATA, other]
    both = [{"name": "walk.mp4", "size": len(DATA), "modified": WHEN, **one} for one in said]
    assert [web.post("/api/uploads", json=one).json()["done"] for one in both] == [True, True]
    whole = {**both[0], "first": "", "sha256": "0" * 64}
    assert web.post("/api/uploads", json=whole).json()["done"] is False


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
    with pytest.raises(UploadDiskFull, match=r"big\.mp4 needs .* GB more and .* GB are free"):
        UploadFolder(tmp_path).begin("big.mp4", 2**49, WHEN)


def test_what_is_on_its_way_keeps_its_room_for_an_hour(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path)
    most = disk.free(tmp_path) - folder.reserve
    first = folder.begin("first.mp4", most * 2 // 3, WHEN).upload
    with pytest.raises(Promised, match=r"second\.mp4 does not fit beside what is on its way"):
        folder.begin("second.mp4", most * 2 // 3, WHEN)
    assert folder.begin("first.mp4", first.size, WHEN).offset == 0, "its own room is not counted"
    assert folder.begin("small.mp4", 10, WHEN).offset == 0
    for path in (tmp_path / ".partial").glob(f"{first.id}.*"):
        os.utime(path, (time.time() - 4000,) * 2)
    assert folder.begin("second.mp4", most * 2 // 3, WHEN).offset == 0


def test_only_so_many_uploads_are_left_unfinished(web: TestClient, home: Home) -> None:
    folder = UploadFolder(home.media.uploads)
    ids = [folder.begin(f"{n}.mp4", 10, WHEN).upload.id for n in range(MOST_UNFINISHED)]
    reply = web.post("/api/uploads", json={"name": "more.mp4", "size": 10, "modified": WHEN})
    assert reply.status_code == 429
    assert f"{MOST_UNFINISHED} uploads are unfinished" in reply.json()["error"]
    assert folder.begin("7.mp4", 10, WHEN).upload.id == ids[7], "one that is known goes on"
    assert web.delete(f"/api/uploads/{ids[0]}").status_code == 204
    for path in (home.media.uploads / ".partial").glob(f"{ids[1]}.*"):
        os.utime(path, (WHEN, WHEN))
    announce(web, "more.mp4")
    announce(web, "another.mp4")
    assert web.head(f"/api/uploads/{ids[1]}").status_code == 404, "a week old: it makes way"


def test_what_nobody_went_on_with_for_a_week_is_removed(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path)
    old, fresh = (folder.begin(name, 10, WHEN).upload for name in ("old.mp4", "fresh.mp4"))
    for path in (tmp_path / ".partial").glob(f"{old.id}.*"):
        os.utime(path, (WHEN, WHEN))
    assert [arrival.upload.id for arrival in UploadFolder(tmp_path).unfinished()] == [fresh.id]
