"""Cache headers: the browser drops its copies when something is forgotten."""

from __future__ import annotations

from fastapi import Depends, Response


def _throw_away(response: Response) -> None:
    response.headers["Clear-Site-Data"] = '"cache"'


EMPTIES_CACHE = [Depends(_throw_away)]
"""For a route: once it has done its work, pictures and films in the browser's cache go, too."""
