"""Error handlers: words for the person, without folders, never what was sent.

FastAPI would send the value back, which fails where it is no text (half of a character), and makes
a short question a long answer.
"""

from __future__ import annotations

import json
from pathlib import Path

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from app.presentation.i18n import t
from memory.types.paths import shown

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
