"""Files are read with GET, and asked about with HEAD: two operations, each with a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter

_Route = TypeVar("_Route", bound=Callable[..., Any])


def get_and_head(router: APIRouter, path: str) -> Callable[[_Route], _Route]:
    """Lets a function answer both methods. As one route, they would share one operation id."""

    def add(route: _Route) -> _Route:
        return router.head(path)(router.get(path)(route))

    return add
