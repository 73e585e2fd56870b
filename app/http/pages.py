"""The pages in front of the app, drawn by the server: they work without scripts."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

from app.presentation.i18n import language, t

FOLDER = Path(__file__).parent / "static"
HEADERS = {
    "Cache-Control": "no-store",
    # Stricter than the app's: nothing here runs.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    # Under "no-referrer" a form would be sent from the origin "null".
    "Referrer-Policy": "same-origin",
}


def sign_in_page(
    form: str, onward: str, *, name: str = "", error: str = "", status: int = 200
) -> HTMLResponse:
    """The page that asks for name and password; ``error`` is a sentence."""
    return _page(
        "sign-in.html",
        t("Sign in"),
        status,
        hello=t("Your recordings are behind this door. Please sign in."),
        error=error,
        name_label=t("Name"),
        password_label=t("Password"),
        button=t("Sign in"),
        forgotten=t(
            "Forgotten your password? On the computer that runs EgoButler, type: "
            "egobutler users password YOUR-NAME"
        ),
        form=form,
        onward=onward,
        name=name,
        at_name="" if name else "autofocus",
        at_password="autofocus" if name else "",
    )


def sign_out_page(who: str) -> HTMLResponse:
    """The page that asks whether to leave."""
    return _page(
        "sign-out.html",
        t("Sign out"),
        200,
        hello=t("You are signed in as {name}.", name=who),
        button=t("Sign out"),
        back=t("Back to my recordings"),
    )


def told_page(title: str, words: str, status: int) -> HTMLResponse:
    """A page that says something and asks nothing."""
    return _page("told.html", title, status, hello=words)


def lost_page() -> HTMLResponse:
    """Status 404, with the way back."""
    return _page(
        "lost.html",
        t("There is nothing at this address"),
        404,
        hello=t("What was here may have been deleted, or the address is not complete."),
        back=t("Back to my recordings"),
    )


def _page(file: str, title: str, status: int, **values: str) -> HTMLResponse:
    inside = {name: escape(value) for name, value in values.items()}
    inside["error"] = _alert(values.get("error", ""))
    main = Template((FOLDER / file).read_text(encoding="utf-8")).substitute(inside)
    frame = Template((FOLDER / "frame.html").read_text(encoding="utf-8"))
    whole = frame.substitute(language=language(), title=escape(title), main=main)
    return HTMLResponse(whole, status, HEADERS)


def _alert(words: str) -> str:
    return f'<p class="error" id="error" role="alert">{escape(words)}</p>' if words else ""
