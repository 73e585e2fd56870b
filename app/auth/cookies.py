"""The cookies of a sign-in: no script reads them, no other site sends them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from app.auth.known_sources import LASTS
from app.auth.sessions import LONGEST

SESSION, FORM = "eb-session", "eb-form"
BROWSER = "eb-browser"  # that somebody has signed in with it before; opens nothing
HOUSE = "eb-house"  # for a proxy in front of several houses; opens nothing
# Seconds; a form is sent by then.
_LASTS = {SESSION: LONGEST, FORM: 3600.0, BROWSER: LASTS, HOUSE: LONGEST}


def name(of: str, secure: bool) -> str:
    """Over https with a prefix that keeps other names of the same domain from setting it."""
    return f"__Host-{of}" if secure else of


def read(request: Request, of: str, secure: bool) -> str:
    """What the browser shows; empty where it shows nothing."""
    return request.cookies.get(name(of, secure), "")


def put(response: Response, of: str, value: str, secure: bool) -> None:
    """Hands a cookie to the browser."""
    response.set_cookie(
        name(of, secure),
        value,
        max_age=int(_LASTS[of]),
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def drop(response: Response, of: str, secure: bool) -> None:
    """Takes it back."""
    response.delete_cookie(
        name(of, secure), path="/", secure=secure, httponly=True, samesite="strict"
    )
