"""An app with a few of the routes, which refuses as the whole one does."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI

from app.routes.refusals import answer_refusals


def app_of(home: Path, *routers: APIRouter) -> FastAPI:
    """An app with these routers, over a home."""
    app = FastAPI()
    for router in routers:
        app.include_router(router)
    answer_refusals(app, home)
    return app
