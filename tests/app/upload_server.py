"""The upload routes as a server of their own, for a process that a test can kill."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from memory.db.media_files import MediaFolder

TUS = {"Tus-Resumable": "1.0.0"}


def metadata(**values: object) -> str:
    """``Upload-Metadata`` of these values."""
    pairs = ((key, base64.b64encode(str(value).encode()).decode()) for key, value in values.items())
    return ",".join(f"{key} {value}" for key, value in pairs)


def about(name: str, size: int, **more: object) -> dict[str, str]:
    """The headers that announce a file."""
    said = metadata(filename=name, **more)
    return TUS | {"Upload-Length": str(size), "Upload-Metadata": said}


def completed_files(uploads: Path) -> list[Path]:
    """Every file of the folder but what is remembered of uploads that came."""
    files = (path for path in uploads.rglob("*") if path.is_file())
    return [path for path in files if path.suffix != ".done"]


class Home:
    """The part of a home that uploads need, with what was handed on to ingest."""

    def __init__(self, folder: Path) -> None:
        self.media = MediaFolder(folder)
        self.store = self
        self.queued: list[Path] = []

    def enqueue(self, paths: Sequence[Path]) -> None:
        self.queued += paths


def serve(folder: Path, port: Connection) -> None:
    """Serves until it is killed; the port that it listens on is sent to ``port``."""
    import uvicorn
    from fastapi import FastAPI

    from app.http.security import Guard
    from app.routes.library.upload import upload_router

    app = FastAPI()
    app.include_router(upload_router(Home(folder)))  # type: ignore[arg-type]
    app.add_middleware(Guard)
    config = uvicorn.Config(app, port=0, log_level="error")
    listener = config.bind_socket()
    listener.listen(128)  # whoever reads the port may call at once
    port.send(listener.getsockname()[1])
    uvicorn.Server(config).run(sockets=[listener])
