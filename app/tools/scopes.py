"""Scopes of the tools; they come with the caller's token, and the owner has all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.tools.service import ToolRefusal

# None: the owner who is signed in, or a process of this computer; else the scopes of a token.
Scopes = Callable[[], "frozenset[str] | None"]

NEEDS: Mapping[str, str] = {
    "ask": "ask",
    "search": "search",
    "timeline": "timeline",
    "moment": "timeline",
    "picture": "media",
}


def owner() -> frozenset[str] | None:
    """The scopes of somebody who needs none."""
    return None


def may_see(scopes: Scopes) -> bool:
    """Whether whoever calls may see pictures."""
    granted = scopes()
    return granted is None or bool(granted & {"media", "admin"})


def require(tool: str, scopes: Scopes) -> None:
    """Raises ToolRefusal where whoever calls may not use the tool."""
    granted = scopes()
    if granted is not None and not granted & {NEEDS[tool], "admin"}:
        raise ToolRefusal(
            f"this token may not use {tool}: it lacks the scope {NEEDS[tool]!r}. "
            "The owner can make another token that has it."
        )
