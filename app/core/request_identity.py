"""On whose behalf the code runs now: the name for the log of deeds, and the scopes of a token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

OWNER = "owner"  # whoever sits at the computer, where nobody has an account

_whom: ContextVar[str] = ContextVar("whom", default=OWNER)
_scopes: ContextVar[frozenset[str] | None] = ContextVar("scopes", default=None)


def current_user() -> str:
    """Who is served: the name of an account, "NAME by token TOKEN", or "owner"."""
    return _whom.get()


def scopes() -> frozenset[str] | None:
    """What the token of this request may do; None for a person, who may do everything."""
    return _scopes.get()


@contextmanager
def acting_as(who: str, granted: frozenset[str] | None = None) -> Iterator[None]:
    """Everything inside is done on behalf of ``who``, with the scopes of a token or as a person."""
    name, limits = _whom.set(who), _scopes.set(granted)
    try:
        yield
    finally:
        _scopes.reset(limits)
        _whom.reset(name)
