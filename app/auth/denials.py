"""Responses to denied requests: a page for a person, JSON for a program."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from app.http.pages import told_page
from app.presentation.i18n import t


def please_sign_in(request: Request, words: str) -> Response:
    """Asks to sign in: a person by the page, which leads on to where they wanted to go."""
    if _opens_a_page(request):
        if request.headers.get("sec-fetch-site") == "cross-site":
            return _once_more()
        target = request.scope["path"]
        if query := request.scope["query_string"].decode("latin-1"):
            target = f"{target}?{query}"
        return RedirectResponse(f"/sign-in?next={quote(target, safe='/')}", 303)
    headers = {"WWW-Authenticate": 'Bearer realm="EgoButler"', "Cache-Control": "no-store"}
    return JSONResponse({"detail": words, "sign_in": "/sign-in"}, 401, headers)


def _once_more() -> Response:
    """Where a link on another site led here, the browser kept the session back: from our own page
    it shows it, and whoever is signed in is not asked again."""
    reply = told_page("EgoButler", t("One moment …"), 200)
    reply.headers["Refresh"] = "0"
    return reply


def denied(request: Request, words: str, status: int, wait: float = 0.0) -> Response:
    """Says why not; ``wait`` is how many seconds later it may be tried again."""
    reply: Response
    if _opens_a_page(request):
        reply = told_page("EgoButler", words, status)
    else:
        reply = JSONResponse({"detail": words}, status, {"Cache-Control": "no-store"})
    if wait:
        reply.headers["Retry-After"] = str(max(1, round(wait + 0.5)))
    return reply


def _opens_a_page(request: Request) -> bool:
    if request.method != "GET":
        return False
    mode = request.headers.get("sec-fetch-mode")
    return mode == "navigate" if mode else "text/html" in request.headers.get("accept", "")
