"""Language-model calls of strategies between question and ranking: lines back, or nothing.

A model that fails, or says nothing that can be used, leaves the strategy to its rules. What was
recorded is quoted to it as data, inside an envelope.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from egogpt.protocols.chat import Chat, ChatError, Message

_log = logging.getLogger(__name__)
_MARK = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s*")


@cache
def _prompt(name: str) -> str:
    path = files("egorag.retrieval.components").joinpath("prompts", f"{name}.md")
    return path.read_text(encoding="utf-8").strip()


def lines_from(chat: Chat, prompt: str, asked: str, most: int) -> list[str]:
    """The reply's first lines without their bullets; none where the model fails."""
    messages = [Message("system", _prompt(prompt)), Message("user", asked)]
    try:
        reply = chat.complete(messages, max_tokens=96)
    except ChatError:
        _log.warning("the language model failed; rules take its part", exc_info=True)
        return []
    lines = (_MARK.sub("", line).strip() for line in reply.splitlines())
    return [line for line in lines if line][:most]


def affirmed(chat: Chat, prompt: str, asked: str) -> float | None:
    """The probability of yes, or None where the model fails."""
    messages = [Message("system", _prompt(prompt)), Message("user", asked)]
    try:
        return chat.yes_probability(messages)
    except ChatError:
        _log.warning("the language model failed; rules take its part", exc_info=True)
        return None


def envelope(notes: Iterable[str], question: str) -> str:
    """Numbered notes in an envelope, then the question; no note can close the envelope."""
    cleaned = (" ".join(note.replace("<", "‹").replace(">", "›").split()) for note in notes)
    shown = "\n".join(f"{number}. {note}" for number, note in enumerate(cleaned, start=1))
    return f"<notes>\n{shown}\n</notes>\n\nQuestion: {question}"
