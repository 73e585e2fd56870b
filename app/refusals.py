"""What is answered to a request that makes no sense: which fields are off, and never what was sent.

FastAPI would send the value back, which fails where it is no text (half of a character), and makes
a short question a long answer.
"""

from __future__ import annotations

import json

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

MOST = 20  # fields that are named


def senseless(request: Request, error: Exception) -> Response:
    """Status 422 with ``detail``: for each field where it is (``loc``), what is off, in words."""
    assert isinstance(error, RequestValidationError)
    told = [{name: one[name] for name in ("type", "loc", "msg")} for one in error.errors()[:MOST]]
    text = json.dumps({"detail": told})  # in ASCII: names of fields may be half characters, too
    return Response(text, 422, media_type="application/json")
