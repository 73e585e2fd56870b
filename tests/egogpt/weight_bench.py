"""A small web server and hand-made wheels, so that fetching is tested without a network."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from egogpt.weights.catalogue import (
    Bundle,
    HubSource,
    Source,
    WeightCatalogue,
    WeightFile,
    WheelSource,
)
from egogpt.weights.store import WeightStore

DATA = bytes(range(256)) * 4000
NOWHERE = HubSource("http://127.0.0.1:9/a.bin")


@dataclass
class Hub:
    """Serves ``files`` by path; ``ranges`` keeps the Range header of each request.

    ``cut_after`` closes the connection of the first request after so many bytes; ``hold`` makes
    every request wait in the midst of its bytes until it is set.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    ranges: list[str | None] = field(default_factory=list)
    cut_after: int | None = None
    status: int | None = None
    hold: threading.Event | None = None
    url: str = ""


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            hub.ranges.append(asked)
            if hub.status is not None:
                self.send_error(hub.status)
                return
            data = hub.files[self.path]
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            self.send_response(206 if asked else 200)
            if asked:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            end = len(data)
            if hub.cut_after is not None:
                end, hub.cut_after = start + hub.cut_after, None
            half = (start + end) // 2
            self.wfile.write(data[start:half])
            if hub.hold is not None:
                hub.hold.wait(60)
            with suppress(ConnectionError):  # whoever asked may have gone
                self.wfile.write(data[half:end])

        def log_message(self, *args: object) -> None:
            """Keeps the test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_wheel(folder: Path, name: str, members: dict[str, bytes]) -> None:
    """A wheel ``name==1.0`` that pip accepts, holding ``members``."""
    module = name.replace("-", "_")
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / f"{module}-1.0-py3-none-any.whl", "w") as wheel:
        for path, data in members.items():
            wheel.writestr(path, data)
        info = f"{module}-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def weight(data: bytes, *sources: Source, bundle: str = "tiny", name: str = "a.bin") -> WeightFile:
    digest = hashlib.sha256(data).hexdigest()
    return WeightFile(bundle, name, "MIT", len(data), digest, sources)


def catalogue(*files: WeightFile) -> WeightCatalogue:
    names = dict.fromkeys(file.bundle for file in files)
    return WeightCatalogue(
        {
            name: Bundle(name, "a test", tuple(file for file in files if file.bundle == name))
            for name in names
        }
    )


def store_of(folder: Path, *files: WeightFile, wheels: Path | None = None) -> WeightStore:
    pip = ("--no-index", "--find-links", str(wheels)) if wheels else ("--no-index",)
    return WeightStore(folder / "weights", catalogue=catalogue(*files), pip_arguments=pip)


def visible(folder: Path) -> list[str]:
    """The weight files that a reader of the store could come upon."""
    root = folder / "weights"
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and "partial" not in path.parts and not path.name.startswith(".")
    )


def wheel(*names: str, download: int = 1) -> WheelSource:
    return WheelSource(
        tuple((f"{n}==1.0", f"{n.replace('-', '_')}/d.bin") for n in names), download
    )
