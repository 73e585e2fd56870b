"""Error handlers: words for the person, without folders, never what was sent.

FastAPI would send the value back, which fails where it is no text (half of a character), and makes
a short question a long answer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import HTTPException, RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.presentation.i18n import t, translate
from memory.types.paths import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 20  # fields that are named


def validation_error(request: Request, error: Exception) -> Response:
    """Status 422 with ``detail``: for each field where it is (``loc``), what is off, in words."""
    assert isinstance(error, RequestValidationError)
    problems = [
        {name: problem[name] for name in ("type", "loc", "msg")}
        for problem in error.errors()[:MOST]
    ]
    text = json.dumps({"detail": problems})  # in ASCII: names of fields may be half characters, too
    return Response(text, 422, media_type="application/json")


def hide_paths(text: str, *folders: Path) -> str:
    """The text without where these folders lie: a page is read, and shown about, by many.

    Files in them keep their names.
    """
    text = shown(text)
    for folder in sorted((shown(str(path)) for path in folders), key=len, reverse=True):
        text = text.replace(f"{folder}/", "").replace(folder, t("the folder of your library"))
    return text


class ErrorTranslation:
    """What is wrong with a home, or with what was asked of it, in words for the person."""

    def __init__(self, folders: Iterable[Path]) -> None:
        """``folders`` are not named to anybody."""
        self._folders = tuple(folders)

    def broken(self, request: Request, error: Exception) -> Response:
        """Status 503: the home is damaged, full or in use."""
        return JSONResponse({"detail": hide_paths(translate(str(error)), *self._folders)}, 503)

    async def refused(self, request: Request, error: Exception) -> Response:
        """A refusal of a route, as FastAPI answers it."""
        assert isinstance(error, HTTPException)
        if isinstance(error.detail, str):
            error.detail = hide_paths(translate(error.detail), *self._folders)
        return await http_exception_handler(request, error)
