"""Translate refusals of well-known servers into errors for the person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from egogpt.protocols.chat import ChatError, PromptTooLong
from egogpt.text.directives import sanitize

_LONGEST = 200  # characters of what a server says
_TOO_LONG = re.compile(
    r"exceed_context_size|context_length_exceeded|maximum context|context (?:size|length|window)"
    r"|too many tokens|prompt is too long",
    re.IGNORECASE,
)
_IMAGES = re.compile(
    r"image|vision|multi-?modal|mmproj|content.{0,40}(?:string|type|list|array)", re.IGNORECASE
)
_NO_MODEL = re.compile(
    r"model.{0,80}(?:not found|does not exist|not exist|unknown|not loaded|no such|unavailable)"
    r"|(?:no such|unknown|invalid) model|model_not_found",
    re.IGNORECASE | re.DOTALL,
)
_PARAMETERS = ("max_completion_tokens", "logprob", "temperature", "seed", "stop")


class ServerDown(ChatError):
    """Nothing answers at the address."""


class KeyRefused(ChatError):
    """The server wants another key, or one at all."""


class RedirectRefused(ChatError):
    """The server sends requests on to another place, which is not followed."""


class ImagesRefused(ChatError):
    """The model takes no pictures."""


class ModelUnknown(ChatError):
    """The server has no model of this name."""


class ParameterRefused(ChatError):
    """The server does not know, or does not like, an optional part of the request."""

    def __init__(self, text: str, parameter: str) -> None:
        super().__init__(text)
        self.parameter = parameter


def refusal(status: int, body: Any, *, pictures: bool, secret: str = "") -> ChatError | None:
    """The error that a reply of this status and body means; None where another try may help.

    ``pictures`` is whether the request held any. ``secret`` never shows in the text.
    """
    message = told_in_error(body, secret)
    if status in (401, 403):
        return KeyRefused(
            "The model's server wants another key: set it in EGOBUTLER_OPENAI_KEY (it is sent to "
            "that server only, and kept nowhere)."
        )
    if _TOO_LONG.search(message):
        return PromptTooLong(f"The prompt is longer than the model reads: {message}")
    if pictures and _IMAGES.search(message):
        return ImagesRefused(f"The model takes no pictures: {message}")
    if _NO_MODEL.search(message):
        return ModelUnknown(message)
    if status in (400, 422):
        for parameter in _PARAMETERS:
            if parameter in message:
                return ParameterRefused(f"The server refused {parameter}: {message}", parameter)
    if status in (429, 500, 502, 503, 504):
        return None
    return ChatError(f"The model's server refused the request (status {status}): {message}")


def told_in_error(body: Any, secret: str = "") -> str:
    """What the server says went wrong, in one short line without markup or the key."""
    error = body.get("error", body) if isinstance(body, Mapping) else body
    if isinstance(error, Mapping):
        parts = [error.get("type"), error.get("code"), error.get("message") or error.get("detail")]
        error = " ".join(str(part) for part in parts if part)
    text = sanitize(str(error or ""))
    text = text.replace(secret, "…") if secret else text
    return text[:_LONGEST] or "it gave no reason"
