"""Texts for the person that cross package borders: English, with the key of their template.

message = UserMessage("ingest.unreadable", name="a.mp4", reason=reason, advice=advice)

A message is its English text wherever a text is wanted (logs, the command line, comparisons), and
names the template and the parameters that the text was made of, so that the app can word it in
another language. Parameters may be messages. ``PACKAGE/messages.json`` has the English templates of
a package; a key begins with the package's name. In a column of the database a message is JSON that
begins with its English text; rows of earlier versions hold the text alone, and stay that.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache, reduce
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Self

_BEGINNING = '{"text": '
_OS_REASONS: Mapping[int, str] = {
    errno.EACCES: "memory.permission-denied",
    errno.ENOENT: "memory.no-such-file",
    errno.EIO: "memory.input-output-error",
    errno.ENOSPC: "memory.no-space-left",
    errno.EPERM: "memory.not-permitted",
    errno.EROFS: "memory.read-only",
    errno.ENOTDIR: "memory.not-a-folder",
    errno.EISDIR: "memory.is-a-folder",
    errno.ENAMETOOLONG: "memory.name-too-long",
    errno.ELOOP: "memory.too-many-links",
    errno.EBUSY: "memory.in-use",
    errno.ETIMEDOUT: "memory.timed-out",
    errno.ENODEV: "memory.no-such-device",
    errno.EMFILE: "memory.too-many-files",
    errno.EDQUOT: "memory.quota-exceeded",
    errno.ESTALE: "memory.stale-file",
}


@cache
def templates(package: str) -> Mapping[str, str]:
    """Key → English template, of one package. Raises ModuleNotFoundError or FileNotFoundError."""
    found: dict[str, str] = json.loads(
        files(package).joinpath("messages.json").read_text(encoding="utf-8")
    )
    return found


class UserMessage(str):
    """A text for the person. ``key`` names its template, ``params`` are what is filled in.

    String methods give plain strings: compose with parameters, ``sentences`` and ``clauses``.
    """

    __slots__ = ("key", "params")
    key: str
    params: Mapping[str, str]

    def __new__(cls, key: str, /, **params: object) -> Self:
        """Raises KeyError for an unknown key or a parameter that is missing."""
        values = {name: str(value) for name, value in params.items()}
        message = super().__new__(cls, templates(key.partition(".")[0])[key].format_map(values))
        message.key, message.params = key, MappingProxyType(values)
        return message

    def __str__(self) -> str:
        return self  # so that ``str(error)`` keeps what an exception was raised with

    def __reduce__(self) -> tuple[Callable[..., UserMessage], tuple[str, dict[str, str]]]:
        return _message, (self.key, dict(self.params))


def _message(key: str, params: Mapping[str, str]) -> UserMessage:
    return UserMessage(key, **params)


def sentences(parts: Iterable[str]) -> str:
    """Sentences in a row; empty ones are left out."""
    return _in_a_row("memory.sentences", parts)


def clauses(parts: Iterable[str]) -> str:
    """Parts of one sentence, with semicolons between; empty ones are left out."""
    return _in_a_row("memory.clauses", parts)


def _in_a_row(key: str, parts: Iterable[str]) -> str:
    found = [part for part in parts if part]
    return reduce(lambda first, rest: UserMessage(key, first=first, rest=rest), found or [""])


def os_reason(error: OSError) -> str:
    """What the operating system says went wrong."""
    key = _OS_REASONS.get(error.errno or 0)
    return UserMessage(key) if key else error.strerror or str(error)


def encode_message(text: str) -> str:
    """The text as a column holds it; plain strings as they are."""
    if not isinstance(text, UserMessage):
        return text
    return from_object({"text": str.__str__(text), **_plain(text)})


def decode_message(stored: str) -> str:
    """Undoes ``encode_message``; the English text alone where this version lacks the template."""
    value = as_object(stored)
    try:
        return _from_plain(value)
    except (ImportError, OSError, LookupError, TypeError, AttributeError, ValueError):
        return str(value["text"])


def as_object(stored: str) -> Any:
    """What a column holds, as exports have it: English ``text``, ``key``, ``params``, or a text."""
    try:
        return json.loads(stored) if stored.startswith(_BEGINNING) else stored
    except (ValueError, RecursionError):
        return stored


def from_object(value: Mapping[str, Any]) -> str:
    """Undoes ``as_object``, of a message."""
    return json.dumps(value, ensure_ascii=False)


def _plain(text: str) -> Any:
    if not isinstance(text, UserMessage):
        return text
    params = {name: _plain(value) for name, value in text.params.items()}
    return {"key": text.key, "params": params}


def _from_plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return _message(value["key"], {k: _from_plain(v) for k, v in value["params"].items()})
