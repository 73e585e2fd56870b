"""The language of the pages: English is written in the code, others are looked up beside it.

t("Ask")     # in the language of whoever asks, English where it is unknown

A phrase is its own key. Translations lie in ``phrases/<language>/<area>.json``, one file for each
area of the app; a test finds phrases that have none. Messages of the packages below are translated
by key, from ``phrases/<language>/messages/<package>.json``; those of ``egorag``, which answers hold
too, from its own tables.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from egorag.language.language import catalogue
from memory.types.messages import UserMessage

LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文"}
_ANSWERS = (*LANGUAGES, "de")  # in which the command line gives answers; pages there are none
LABEL = "label: "  # before the names of things, places and colours among the phrases
COOKIE = "eb-language"
FOLDER = Path(__file__).parents[1] / "phrases"

_spoken: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """The language of whoever is served now; of pages a key of ``LANGUAGES``."""
    return _spoken.get()


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Everything inside is said in this language; in English where it is none of ours."""
    token = _spoken.set(locale if locale in _ANSWERS else "en")
    try:
        yield
    finally:
        _spoken.reset(token)


@cache
def phrases(of: str) -> Mapping[str, str]:
    """English phrase → its translation; empty for English."""
    things = {f"{LABEL}{name}": called for name, called in catalogue(of, "labels").items()}
    return {**things, **_merged(FOLDER / of)}


@cache
def message_templates(of: str) -> Mapping[str, str]:
    """Key of a message → its template in a language; empty for English."""
    return {**_merged(FOLDER / of / "messages"), **catalogue(of, "messages")}


def _merged(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.json")):
        found |= json.loads(file.read_text(encoding="utf-8"))
    return found


def t(phrase: str, /, **values: object) -> str:
    """The phrase in the language of whoever is served, its ``{names}`` replaced by ``values``."""
    words = phrases(language()).get(phrase, phrase)
    return words.format_map({name: str(value) for name, value in values.items()})


def fixed_words(text: str) -> str:
    """A text that may be a phrase of the catalogue, in the language of whoever is served."""
    return phrases(language()).get(text, text)


def translate(text: str) -> str:
    """A message in the language of whoever is served; any other text as it is."""
    if not isinstance(text, UserMessage):
        return text
    template = message_templates(language()).get(text.key)
    if template is None:
        return text
    return template.format_map({name: translate(value) for name, value in text.params.items()})


def translate_below(name: str, message: str) -> str:
    """The same of a message on a file whose name stands above it, without the name."""
    text = translate(message)
    for mark in (": ", "："):
        text = text.removeprefix(f"{name}{mark}")
    return text


def preferred(headers: Headers) -> str:
    """What a browser wants: the language that was chosen on the pages, else its own."""
    chosen = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    for preference in (chosen, *headers.get("accept-language", "").split(",")):
        short = preference.split(";")[0].split("-")[0].strip().lower()
        if short in LANGUAGES:
            return short
    return "en"


class LocaleMiddleware:
    """ASGI middleware: what is said during a request is said in the language of its browser."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        locale = preferred(Headers(scope=scope)) if scope["type"] == "http" else "en"
        with use_locale(locale):
            await self.app(scope, receive, send)
