"""Files and names that point elsewhere (34)."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.decode.decoder import InProcess
from ingest.decode_worker.client import DecoderProcess
from ingest.errors import UnreadableMedia
from tests.faults.media.reading import complaint, look
from tests.media import make_video


@contextmanager
def opened(folder: Path) -> Iterator[list[str]]:
    """The names of the files in ``folder`` that anybody opens meanwhile (Linux: inotify)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        pytest.skip("this system does not tell which files are opened")
    handle = libc.inotify_init1(os.O_NONBLOCK)
    libc.inotify_add_watch(handle, os.fsencode(folder), 0x20)  # IN_OPEN
    names: list[str] = []
    try:
        yield names
        data = os.read(handle, 1 << 20)
        while data:
            length = struct.unpack_from("iIII", data)[3]
            names.append(os.fsdecode(data[16 : 16 + length].rstrip(b"\0")))
            data = data[16 + length :]
    except BlockingIOError:
        pass
    finally:
        os.close(handle)


@contextmanager
def web_server() -> Iterator[tuple[str, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield f"127.0.0.1:{server.getsockname()[1]}", server


def with_reference(source: Path, path: Path, url: str) -> Path:
    """A QuickTime film whose media lies elsewhere: its data reference names ``url``."""
    place = url.encode() + b"\0"
    reference = struct.pack(">I4sI", 12 + len(place), b"url ", 0) + place
    dref = struct.pack(">I4sII", 16 + len(reference), b"dref", 0, 1) + reference
    dinf = struct.pack(">I4s", 8 + len(dref), b"dinf") + dref

    def rewritten(data: bytes) -> bytes:
        out, at = b"", 0
        while at + 8 <= len(data):
            size, kind = struct.unpack_from(">I4s", data, at)
            body = data[at + 8 : at + size]
            if kind in (b"moov", b"trak", b"mdia", b"minf"):
                body = rewritten(body)
            out += dinf if kind == b"dinf" else struct.pack(">I4s", 8 + len(body), kind) + body
            at += size
        return out

    path.write_bytes(rewritten(source.read_bytes()))
    return path


def hostile(folder: Path, site: str) -> list[Path]:
    """Playlists and films that would have a player fetch ``target.ts`` or from ``site``."""
    target = folder / "target.ts"
    texts = {
        "a.m3u8": f"#EXTM3U\n#EXTINF:9,\n{target}\n#EXTINF:9,\nhttp://{site}/a.ts\n#EXT-X-ENDLIST\n",
        "b.mp4": f"ffconcat version 1.0\nfile {target}\nfile http://{site}/b.ts\n",
        "c.sdp": f"v=0\no=- 0 0 IN IP4 {site}\ns=x\nt=0 0\nm=video 5000 RTP/AVP 96\n",
        "d.mpd": f"<?xml version='1.0'?><MPD><BaseURL>http://{site}/</BaseURL></MPD>",
        "e.pls": f"[playlist]\nFile1=http://{site}/e.mp3\n",
        "f.asx": f"<asx><entry><ref href='http://{site}/f.wmv'/></entry></asx>",
        "g.qtl": f"[Reference]\nRef1=http://{site}/g.mov\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    film = make_video(folder / "film.mov", seconds=1)
    films = [
        with_reference(film, folder / f"{number}.mov", url)
        for number, url in enumerate((f"http://{site}/h.mov", f"file://{target}", "target.ts"))
    ]
    film.unlink()
    return [*(folder / name for name in texts), *films]


def named(media: DecoderProcess, path: Path) -> str:
    """The file that was read, or that the refusal is about."""
    try:
        return look(media, path)[0].path.name
    except UnreadableMedia as error:
        return path.name if path.name in str(error) else str(error)


def test_fault_34_no_file_makes_us_open_another_or_call_out(
    tmp_path: Path, media: DecoderProcess
) -> None:
    make_video(tmp_path / "target.ts", seconds=1)
    with web_server() as (site, server):
        paths = hostile(tmp_path, site)
        with opened(tmp_path) as names:
            for path in paths:
                assert named(media, path) == path.name
        assert {path.name for path in paths} <= set(names), "the watch works"
        assert "target.ts" not in names
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "name", ["concat:target.ts|target.ts", "http://127.0.0.1/a.ts", "-i", "pipe:0", "/dev/stdin"]
)
def test_fault_34_a_name_that_is_an_address_is_only_a_name(
    tmp_path: Path, media: DecoderProcess, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_video(tmp_path / "target.ts", seconds=1)
    monkeypatch.chdir(tmp_path)
    text = complaint(media, Path(name))
    assert "there is no such file" in text or "not an ordinary file" in text


def test_fault_34_a_relative_name_that_looks_like_an_option_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_video(tmp_path / "a.mp4", seconds=1).rename(tmp_path / "-version")
    monkeypatch.chdir(tmp_path)
    with DecoderProcess() as media:
        assert media.probe(Path("-version")).has_video
    assert InProcess().probe(Path("-version")).has_video
