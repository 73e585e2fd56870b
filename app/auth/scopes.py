"""Scopes of tokens: each route asks for one, and what is not listed no token may do."""

from __future__ import annotations

from collections.abc import Mapping

SCOPES: Mapping[str, str] = {
    "ask": "ask questions and read the answers",
    "search": "search for moments",
    "timeline": "read days, transcripts and people",
    "media": "watch recordings and see pictures",
    "upload": "add recordings, and nothing else",
    "write": "add recordings, and correct names and answers",
    "admin": "change, delete, export and back up everything, and all of the above",
}
PERSON = frozenset[str]()  # nobody but a person who is signed in
ANY = frozenset(SCOPES)
READERS = frozenset({"ask", "search", "timeline", "admin"})

READ, CHANGE, BOTH = "GET", "POST", "GET POST"
_ASK, _SEARCH, _DAYS, _MEDIA, _UPLOAD, _WRITE, _ADMIN = (
    frozenset({one, "admin"}) for one in SCOPES
)

# Methods, the path or what it begins with (* is any one part of it), and which scopes open it: the
# longest path decides.
# GET stands for HEAD too, POST for everything that changes something.
RULES: tuple[tuple[str, str, frozenset[str]], ...] = (
    (BOTH, "/api/ask", _ASK),
    (BOTH, "/api/ask/conversations", PERSON),
    (READ, "/api/ask/moment", _DAYS),  # a transcript
    (CHANGE, "/api/ask/person", _WRITE),
    (CHANGE, "/api/ask/words", _WRITE),
    (CHANGE, "/api/ask/verdict", _WRITE),
    (CHANGE, "/api/ask/forgive", _WRITE),
    (CHANGE, "/api/ask/undo", _WRITE),
    (BOTH, "/api/compare", _ASK),
    (CHANGE, "/api/compare/vote", _WRITE),
    (CHANGE, "/api/compare/use", _ADMIN),
    (BOTH, "/api/search", _SEARCH),
    (READ, "/api/days", _DAYS),
    (READ, "/api/timeline", _DAYS),
    (READ, "/api/transcript", _DAYS),
    (READ, "/api/pages", _DAYS),
    (READ, "/api/pages/sheet", _MEDIA),  # the pictures of an hour
    (CHANGE, "/api/pages/forgotten", PERSON),
    (READ, "/api/recordings", _DAYS),
    (READ, "/api/people", _DAYS),
    (READ, "/api/people/faces", _MEDIA),
    (READ, "/api/people/voices", _MEDIA),
    (CHANGE, "/api/people", _WRITE),
    (CHANGE, "/api/people/forget", _ADMIN),
    (READ, "/api/habits", _DAYS),
    (READ, "/api/digest", _DAYS),
    (READ, "/api/notices", _DAYS),
    (CHANGE, "/api/notices", _WRITE),
    (READ, "/media", _MEDIA),
    (CHANGE, "/media", _MEDIA),  # asking for a copy that a browser plays
    (READ, "/thumbnails", _MEDIA),
    (BOTH, "/api/uploads", _UPLOAD | _WRITE),
    (BOTH, "/api/queue", _WRITE),
    (CHANGE, "/api/queue/pause", _ADMIN),  # whether anything is taken in is the owner's to say
    (CHANGE, "/api/queue/resume", _ADMIN),
    (READ, "/api/library", _DAYS),
    (CHANGE, "/api/library", _WRITE),
    (BOTH, "/api/library/folders", _ADMIN),  # which folders of the computer are read
    (CHANGE, "/api/library/delete", _ADMIN),
    (CHANGE, "/api/library/allow", _ADMIN),
    (BOTH, "/api/share", _MEDIA),
    (BOTH, "/api/privacy", _ADMIN),
    (BOTH, "/api/backup", _ADMIN),
    (BOTH, "/api/export", _ADMIN),
    (BOTH, "/api/settings", _ADMIN),
    (BOTH, "/api/hooks", _ADMIN),
    (READ, "/api/phrases", ANY),
    (READ, "/api/openapi.json", ANY),
    (READ, "/config", ANY),
    (BOTH, "/gradio_api", ANY),  # which functions: app/pages/api_functions.py
    (READ, "/gradio_api/file=", PERSON),
    (CHANGE, "/gradio_api/upload", _UPLOAD | _WRITE),
    (BOTH, "/mcp", READERS),  # its tools look at the scopes themselves
    (READ, "/api/account", ANY),
    (CHANGE, "/api/account", PERSON),
    (BOTH, "/api/account/", PERSON),  # a token makes no tokens and ends no sessions
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


def opens(granted: frozenset[str], method: str, path: str) -> bool:
    """Whether a token with these scopes may do this."""
    required = needed(method, path)
    return required is not None and not granted.isdisjoint(required)


def _under(path: str, prefix: str) -> bool:
    if "*" not in prefix:
        return path == prefix or path.startswith(prefix.rstrip("/") + "/")
    pattern, segments = prefix.split("/"), path.split("/")
    fits = all(part in ("*", other) for part, other in zip(pattern, segments))
    return fits and len(segments) >= len(pattern)
