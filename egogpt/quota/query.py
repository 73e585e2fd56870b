"""A question becomes what to look for in single frames: things, and doings.

QuoTA asks a language model first and scores frames by its list; scoring by the raw
question made needles harder to find, not easier (its table 3). The reply is parsed as data and
never evaluated; whatever is not exactly what was asked for is thrown away, and rules do it instead.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

from egogpt.protocols.chat import Chat, ChatError, Message
from egogpt.quota.query_rules import NOT_SEEN, doings_in, things_in

MOST_PHRASES = 6
MOST_WORDS = 5
MOST_LETTERS = 40

_PROMPT = files("egogpt.quota").joinpath("prompts/query.md").read_text("utf-8")
_LINE = r"^\s*{}\s*:\s*(.+?)\s*$"
_QUOTED = re.compile(r"\[\s*(?:'[^'\"\[\]]*'\s*,\s*)*'[^'\"\[\]]*'\s*,?\s*\]")
_PHRASE = re.compile(r"[^\W_]+(?:[ '’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Query:
    """A question, and the phrases by which its frames are found; both lists may be empty."""

    question: str
    objects: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def phrases(self) -> tuple[str, ...]:
        """What is looked for; the question itself where there is nothing, unless it is empty."""
        return (*self.objects, *self.events) or ((self.question,) if self.question else ())


def decouple_query(question: str, chat: Chat | None = None) -> Query:
    """What to look for in the frames to answer a question.

    Args:
        question: in words.
        chat: a language model; without one, or when it fails or replies with something else,
            rules read the question.
    """
    question = question.strip()
    if chat is not None:
        parsed = _asked(question, chat)
        if parsed is not None:
            return parsed
    return Query(question, phrases(things_in(question)), phrases(doings_in(question)))


def parse_reply(question: str, reply: str) -> Query | None:
    """The query in a model's reply, or None when it is not the three lines that were asked for."""
    lines = {
        name: re.search(_LINE.format(name), reply, re.IGNORECASE | re.MULTILINE)
        for name in ("needed", "objects", "events")
    }
    needed, objects = lines["needed"], lines["objects"]
    if needed is None or objects is None or needed[1].casefold().rstrip(".") not in ("yes", "no"):
        return None
    if needed[1].casefold().startswith("no"):
        return Query(question)
    things = read_list(objects[1])
    doings = read_list(lines["events"][1]) if lines["events"] else ()
    if things is None or doings is None:
        return None
    query = Query(question, phrases(things), phrases(doings))
    return query if query.objects or query.events else None


def read_list(text: str) -> tuple[str, ...] | None:
    """The strings of a list in JSON (or in single quotes), none for "none"; None for all else."""
    text = text.strip().rstrip(".")
    if text.casefold() in ("none", "null", "[]", "-"):
        return ()
    if _QUOTED.fullmatch(text):
        return tuple(re.findall(r"'([^']*)'", text))
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    whole = isinstance(content, list) and all(isinstance(item, str) for item in content)
    return tuple(content) if whole else None


def phrases(items: Iterable[str]) -> tuple[str, ...]:
    """Those that are short phrases of plain words and can be seen; each once, a few at most."""
    unique: dict[str, str] = {}
    for item in items:
        text = " ".join(unicodedata.normalize("NFKC", item).split())
        short = len(text) <= MOST_LETTERS and len(text.split()) <= MOST_WORDS
        if short and _PHRASE.fullmatch(text) and text.casefold() not in NOT_SEEN:
            unique.setdefault(text.casefold(), text)
    return tuple(unique.values())[:MOST_PHRASES]


def _asked(question: str, chat: Chat) -> Query | None:
    lines = " ".join(question.split())
    try:
        reply = chat.complete([Message("user", _PROMPT + lines)], max_tokens=120)
    except ChatError:
        return None
    return parse_reply(question, reply)
