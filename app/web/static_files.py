"""The scripts and styles of the pages under one address, and the worker that takes shared films."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"
SERVED_AT = "/ui"  # Gradio has a /static of its own


def serve_static_files(api: FastAPI) -> None:
    """Adds their addresses to an app."""
    api.add_api_route("/share.js", _share_worker, include_in_schema=False)
    api.mount(SERVED_AT, StaticFiles(directory=STATIC), name="ui")


def _share_worker() -> Response:
    return FileResponse(STATIC / "share_target.js", media_type="text/javascript")
