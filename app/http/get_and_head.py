"""Files are read with GET, and asked about with HEAD: two operations, each with a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.responses import Response

from app.http.openapi import Responses

_Route = TypeVar("_Route", bound=Callable[..., Any])


def get_and_head(router: APIRouter, path: str, responses: Responses) -> Callable[[_Route], _Route]:
    """Let a function answer both methods. As one route, they would share one operation id."""

    def add(route: _Route) -> _Route:
        for method in (router.get, router.head):
            method(path, response_class=Response, responses=responses)(route)
        return route

    return add
