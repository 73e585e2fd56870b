"""``/api/openapi.json``: the description of the JSON API, made of the routes that there are."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request

from app.api_models.base import Refused
from app.http.openapi import REFUSALS


def openapi_router() -> APIRouter:
    """``/api/openapi.json``."""
    router = APIRouter(prefix="/api", tags=["pages"])

    @router.get("/openapi.json", responses={404: {**REFUSALS[404], "model": Refused}})
    def description(request: Request) -> dict[str, Any]:
        """The OpenAPI document of this app."""
        assert isinstance(request.app, FastAPI)
        return request.app.openapi()

    return router
