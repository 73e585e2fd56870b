"""``/api/openapi.json``: the description of the JSON API, made of the routes that there are."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request

from app.http.openapi import describe
from app.presentation.rendering import Json


def openapi_router() -> APIRouter:
    """``/api/openapi.json``."""
    router = APIRouter(prefix="/api")
    made: list[Json] = []

    @router.get("/openapi.json")
    def description(request: Request) -> Json:
        """The OpenAPI document of this app."""
        if not made:  # the routes are there before the first request, and stay
            app = request.app
            assert isinstance(app, FastAPI)
            made.append(describe(app))
        return made[0]

    return router
