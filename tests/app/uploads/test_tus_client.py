"""A stock tus client sends to a running server, by a token, and goes on after it was cut off."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.assistant import Assistant
from app.auth.accounts import Accounts
from app.auth.database import FILE_NAME
from app.http.security import ListenConfig
from tests.app.auth.place import server
from tests.app.doors import ANNA, Clock, accounts
from tests.browser.conftest import serving

client = pytest.importorskip("tusclient.client", reason="needs pip install tuspy")
exceptions = pytest.importorskip("tusclient.exceptions")
storage = pytest.importorskip("tusclient.storage.filestorage")

FILM = random.Random(3).randbytes(300_000)
PIECE = 100_000


@pytest.fixture(scope="module")
def assistant(empty_home: Assistant) -> Assistant:
    empty_home.queue.pause()
    return empty_home


@pytest.fixture(scope="module")
def anna(assistant: Assistant) -> Iterator[Accounts]:
    there = accounts(assistant.home, Clock())
    there.add("Anna", ANNA)
    yield there
    (assistant.home / FILE_NAME).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def token(anna: Accounts) -> Callable[[str], dict[str, str]]:
    """The header of a token with one scope."""

    @cache
    def made(scope: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {anna.tokens.make(1, scope, [scope])[1]}"}

    return made


@contextmanager
def running(assistant: Assistant, anna: Accounts) -> Iterator[str]:
    with serving(assistant, server(assistant, anna, ListenConfig())) as address:
        yield f"{address}/api/uploads"


@pytest.fixture(scope="module")
def address(assistant: Assistant, anna: Accounts) -> Iterator[str]:
    with running(assistant, anna) as uploads:
        yield uploads


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "walk.mp4"
    path.write_bytes(FILM)
    return path


def cut_off(url: str, headers: dict[str, str], offset: int, after: float) -> None:
    """Sends half a piece, as a line does that breaks so many seconds later."""
    parts = urlsplit(url)
    lines = [f"PATCH {parts.path} HTTP/1.1", f"Host: {parts.netloc}", "Tus-Resumable: 1.0.0"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Upload-Offset: {offset}", "Content-Type: application/offset+octet-stream"]
    head = "\r\n".join([*lines, f"Content-Length: {PIECE}", "", ""]).encode()
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as line:
        line.sendall(head + FILM[offset : offset + PIECE // 2])
        time.sleep(after)


@pytest.mark.parametrize("checksum", [False, True])
def test_an_upload_goes_on_after_the_line_broke_and_the_server_began_anew(
    assistant: Assistant,
    anna: Accounts,
    token: Callable[[str], dict[str, str]],
    film: Path,
    tmp_path: Path,
    checksum: bool,
) -> None:
    film = film.rename(tmp_path / f"walk {checksum}.mp4")
    mine = token("upload")
    said = {"filename": film.name, "modified": "1700000000.25"}
    urls = storage.FileStorage(str(tmp_path / "urls.json"))
    more = {
        "chunk_size": PIECE,
        "metadata": said,
        "store_url": True,
        "url_storage": urls,
        "upload_checksum": checksum,
    }
    with running(assistant, anna) as address:
        first = client.TusClient(address, headers=mine).uploader(str(film), **more)
        first.upload(stop_at=PIECE)
        for after in (0.2, 1, 5):  # a server that has not looked yet drops what came
            cut_off(first.url, mine, PIECE, after)
            if first.get_offset() > PIECE:
                break
    with running(assistant, anna) as address:
        key = first._get_fingerprint()
        urls.set_item(key, f"{address}/{first.url.rsplit('/', 1)[1]}")  # it is at another port now
        again = client.TusClient(address, headers=mine).uploader(str(film), **more)
        assert again.offset == PIECE + PIECE // 2, "what arrived before the line broke"
        again.upload()
        path = assistant.store.media.uploads / film.name
        assert path.read_bytes() == FILM
        assert path.stat().st_mtime == 1_700_000_000.25
        assert assistant.store.jobs.of(path) is not None, "it is queued for ingest"
        assert again.get_offset() == len(FILM), "who did not hear the last reply asks, and is done"


def test_a_client_of_default_settings_sends_all_at_once(
    assistant: Assistant, address: str, token: Callable[[str], dict[str, str]], film: Path
) -> None:
    stock = client.TusClient(f"{address}/", headers=token("write"))
    stock.uploader(str(film), metadata={"filename": "at once.mp4"}).upload()
    assert (assistant.store.media.uploads / "at once.mp4").read_bytes() == FILM


@pytest.mark.parametrize("scope", ["ask", "search", "timeline", "media"])
def test_a_token_of_another_scope_sends_nothing(
    assistant: Assistant,
    address: str,
    token: Callable[[str], dict[str, str]],
    film: Path,
    scope: str,
) -> None:
    stock = client.TusClient(address, headers=token(scope))
    with pytest.raises(exceptions.TusCommunicationError) as refused:
        stock.uploader(str(film), metadata={"filename": "never.mp4"}).upload()
    assert refused.value.status_code == 403
    assert b"upload" in refused.value.response_content
    assert not (assistant.store.media.uploads / "never.mp4").exists()


@pytest.mark.parametrize(
    ("name", "size", "status", "words"),
    [
        ("notes.txt", 10, 415, "notes.txt: is no recording by its name"),
        ("year.mp4", 2**40 + 1, 413, "year.mp4 is too large: one file may have up to 1099.5 GB"),
        ("decade.mp4", 2**40, 507, "the disk is nearly full: decade.mp4 needs"),
    ],
)
def test_what_cannot_come_is_refused_before_it_is_sent(
    address: str,
    token: Callable[[str], dict[str, str]],
    film: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    size: int,
    status: int,
    words: str,
) -> None:
    stock = client.TusClient(address, headers=token("upload"))
    uploader = stock.uploader(str(film), metadata={"filename": name})
    monkeypatch.setattr(uploader, "get_file_size", lambda: size)
    with pytest.raises(exceptions.TusCommunicationError) as refused:
        uploader.create_url()
    assert refused.value.status_code == status
    assert words in refused.value.response_content.decode()


def test_a_piece_at_the_wrong_place_is_refused(
    address: str, token: Callable[[str], dict[str, str]], film: Path
) -> None:
    stock = client.TusClient(address, headers=token("upload"))
    uploader = stock.uploader(str(film), metadata={"filename": "wrong.mp4"}, chunk_size=PIECE)
    uploader.upload(stop_at=PIECE)
    uploader.offset, uploader.stop_at = 2 * PIECE, len(FILM)
    with pytest.raises(exceptions.TusUploadFailed) as refused:
        uploader.upload_chunk()
    assert refused.value.status_code == 409
    assert uploader.get_offset() == PIECE
