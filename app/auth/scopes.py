"""What a token may do: each route asks for a scope. What is not listed here, no token may do."""

from __future__ import annotations

from collections.abc import Mapping

SCOPES: Mapping[str, str] = {
    "ask": "ask questions and read the answers",
    "search": "search for moments",
    "timeline": "read days, transcripts and people",
    "media": "watch recordings and see pictures",
    "write": "add recordings and steer their ingest",
    "admin": "change, delete, export and back up everything, and all of the above",
}
PERSON = frozenset[str]()  # nobody but a person who is signed in
ANY = frozenset(SCOPES)
READERS = frozenset({"ask", "search", "timeline", "admin"})

READ, CHANGE, BOTH = "GET", "POST", "GET POST"
_ASK, _SEARCH, _DAYS, _MEDIA, _WRITE, _ADMIN = (frozenset({one, "admin"}) for one in SCOPES)

# Methods, the path or what it begins with, and which scopes open it: the longest path decides.
# GET stands for HEAD too, POST for everything that changes something.
RULES: tuple[tuple[str, str, frozenset[str]], ...] = (
    (CHANGE, "/api/ask", _ASK),
    (BOTH, "/api/search", _SEARCH),
    (READ, "/api/days", _DAYS),
    (READ, "/api/timeline", _DAYS),
    (READ, "/api/pages/days", _DAYS),
    (READ, "/api/pages/day", _DAYS),
    (READ, "/api/pages/recording", _DAYS),
    (READ, "/api/recordings", _DAYS),
    (READ, "/api/library", _DAYS),
    (READ, "/api/phrases", ANY),
    (READ, "/api/openapi.json", ANY),
    (READ, "/media", _MEDIA),
    (READ, "/thumbnails", _MEDIA),
    (BOTH, "/api/uploads", _WRITE),
    (BOTH, "/api/queue", _WRITE),
    (CHANGE, "/api/pages/retry", _WRITE),
    (BOTH, "/mcp", READERS),  # its tools look at the scopes themselves
    (READ, "/api/account", ANY),
    (BOTH, "/api/account/", PERSON),  # a token makes no tokens and ends no sessions
    (CHANGE, "/api/account", PERSON),
)


def needed(method: str, path: str) -> frozenset[str] | None:
    """The scopes of which a token needs one; empty: none will do; None: there is no rule."""
    kind = READ if method in ("GET", "HEAD") else CHANGE
    fitting = [
        (len(prefix), scopes)
        for kinds, prefix, scopes in RULES
        if kind in kinds.split() and _under(path, prefix)
    ]
    return max(fitting, key=lambda rule: rule[0])[1] if fitting else None


def opens(held: frozenset[str], method: str, path: str) -> bool:
    """Whether a token with these scopes may do this."""
    wanted = needed(method, path)
    return wanted is not None and not held.isdisjoint(wanted)


def _under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix.rstrip("/") + "/")
