"""A small web server with the addresses, headers and hashes of the Hugging Face hub.

Large files are answered as the hub answers them: sent on to another host, with what they are in
the headers. What goes wrong on the way is chosen in ``Trouble``.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

Maker = Callable[[Path], object]
"""Writes the files of a repository into a folder."""

_LARGE = (".safetensors", ".bin", ".pt", ".gguf")
_API = re.compile(r"/api/models/([^/]+/[^/]+)(?:/(revision|tree)/[^/]+)?")
_FILE = re.compile(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)")
_CDN = re.compile(r"/cdn/([^/]+/[^/]+)/(.+)")


@dataclass
class Trouble:
    """What goes wrong, by the name of a file or of a repository.

    ``cut`` breaks off after so many bytes, once; ``status`` answers with that; files of ``wrong``
    have one letter of another kind; ``pause`` are seconds before each block of 64 KB.
    """

    cut: dict[str, int] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    pause: float = 0.0


@dataclass(frozen=True)
class Served:
    """A file of a repository, and what the hub says of it."""

    name: str
    path: Path

    @property
    def large(self) -> bool:
        return self.name.endswith(_LARGE)

    @cached_property
    def blob(self) -> str:
        """What git calls it: where it is large, the pointer that stands for it."""
        data = self.path.read_bytes()
        if self.large:
            data = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (
                self.sha256.encode(), len(data),
            )  # fmt: skip
        return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @property
    def size(self) -> int:
        return self.path.stat().st_size


class Repository:
    """One repository; its files are made when they are first asked for."""

    def __init__(self, folder: Path, make: Maker) -> None:
        self._folder, self._make = folder, make
        self._guard = threading.Lock()

    @property
    def files(self) -> Mapping[str, Served]:
        with self._guard:
            return self._files

    @cached_property
    def _files(self) -> Mapping[str, Served]:
        if not self._folder.is_dir():
            self._make(self._folder)
        paths = sorted(path for path in self._folder.rglob("*") if path.is_file())
        names = [path.relative_to(self._folder).as_posix() for path in paths]
        return {name: Served(name, path) for name, path in zip(names, paths)}

    @property
    def commit(self) -> str:
        state = hashlib.sha1(usedforsecurity=False)
        for name, file in self.files.items():
            state.update(f"{name} {file.blob}\n".encode())
        return state.hexdigest()


@dataclass
class LoopbackHub:
    """What is served, what goes wrong, and what was asked: (method, path, headers)."""

    folder: Path
    repositories: dict[str, Repository] = field(default_factory=dict)
    trouble: Trouble = field(default_factory=Trouble)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def lead_there(self, patch: pytest.MonkeyPatch, cache: Path) -> None:
        """Makes it the hub of this process, as HF_ENDPOINT and HF_HUB_CACHE do at its start."""
        from huggingface_hub import constants

        template = f"{self.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        patch.setattr(constants, "ENDPOINT", self.url)
        patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        patch.setattr(constants, "HF_HUB_CACHE", str(cache))
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        patch.setattr("egogpt.weights.hub_lock.lock_path", lambda: cache / "hub.lock.json")

    def offer(self, name: str, make: Maker) -> None:
        """Puts a repository on the hub, in place of one of that name."""
        place = self.folder / name.replace("/", "--")
        self.repositories[name] = Repository(place, make)

    @contextmanager
    def running(self, port: int = 0) -> Iterator[LoopbackHub]:
        handler = type("Handler", (_Handler,), {"hub": self})
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: LoopbackHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Keeps the output quiet."""

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append((self.command, path, dict(self.headers)))
        if found := _API.fullmatch(path):
            self._repository(found[1], found[2] or "")
        elif found := _FILE.fullmatch(path):
            self._file(found[1], found[2], moved=False)
        elif found := _CDN.fullmatch(path):
            self._file(found[1], found[2], moved=True)
        else:
            self._refuse(404, "EntryNotFound")

    def _repository(self, name: str, part: str) -> None:
        repository = self.hub.repositories.get(name)
        if name in self.hub.trouble.status:
            self._refuse(self.hub.trouble.status[name])
        elif repository is None:
            self._refuse(401, "RepoNotFound")
        else:
            self._json(_tree(repository) if part == "tree" else _info(name, repository))

    def _file(self, name: str, file_name: str, moved: bool) -> None:
        repository = self.hub.repositories.get(name)
        file = repository.files.get(file_name) if repository else None
        status = self.hub.trouble.status.get(file_name, 0)
        if repository is None or file is None:
            self._refuse(404, "EntryNotFound" if repository else "RepoNotFound")
        elif status:
            self._refuse(status, "GatedRepo" if status in (401, 403) else "")
        elif file.large and not moved:
            self._send_on(name, repository, file)
        else:
            self._bytes(repository, file)

    def _send_on(self, name: str, repository: Repository, file: Served) -> None:
        """Large files lie on another host, as far as whoever asks can tell."""
        self.send_response(302)
        self.send_header("Location", f"http://localhost:{self.hub.port}/cdn/{name}/{file.name}")
        self.send_header("X-Linked-Size", str(file.size))
        self.send_header("X-Linked-ETag", f'"{file.sha256}"')
        self.send_header("X-Repo-Commit", repository.commit)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _bytes(self, repository: Repository, file: Served) -> None:
        data = file.path.read_bytes()
        if file.name in self.hub.trouble.wrong:
            data = data[:-1] + bytes([data[-1] ^ 1])
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.send_header("ETag", f'"{file.sha256 if file.large else file.blob}"')
        self.send_header("X-Repo-Commit", repository.commit)
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        if self.command == "GET":
            self._write(file.name, data[start:])

    def _write(self, name: str, data: bytes) -> None:
        end = self.hub.trouble.cut.pop(name, len(data))
        with suppress(ConnectionError):  # whoever asked may have gone
            for at in range(0, min(end, len(data)), 1 << 16):
                time.sleep(self.hub.trouble.pause)
                self.wfile.write(data[at : min(at + (1 << 16), end)])
        self.close_connection = end < len(data)

    def _json(self, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _refuse(self, status: int, code: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _info(name: str, repository: Repository) -> dict[str, Any]:
    siblings = []
    for file in repository.files.values():
        row: dict[str, Any] = {"rfilename": file.name, "size": file.size, "blobId": file.blob}
        if file.large:
            row["lfs"] = {"sha256": file.sha256, "size": file.size, "pointerSize": 134}
        siblings.append(row)
    return {
        "id": name, "modelId": name, "sha": repository.commit, "siblings": siblings,
        "private": False, "gated": False, "disabled": False, "downloads": 0, "likes": 0,
        "tags": ["gguf", "license:apache-2.0"],
    }  # fmt: skip


def _tree(repository: Repository) -> list[dict[str, Any]]:
    rows = []
    for file in repository.files.values():
        row: dict[str, Any] = {
            "type": "file", "path": file.name, "size": file.size, "oid": file.blob,
        }  # fmt: skip
        if file.large:
            row["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": 134}
        rows.append(row)
    return rows
