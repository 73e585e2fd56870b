"""The prompts of answering, kept as text files beside the code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from egogpt.protocols.chat import Chat, Message, RemembersPrompt
from memory.types.core import Frame


@cache
def _parts(name: str) -> tuple[str, ...]:
    text = files("egorag.generation").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8")
    return tuple(part.strip() for part in text.split("\n---\n"))


def answer_messages(notes: str, question: str) -> list[Message]:
    """Asks for a few words: system prompt, fixed examples, then the notes and the question.

    What comes before the notes is always the same, so that a model reads it once.
    """
    system, *shots = _parts("answer")
    messages = [Message("system", system)]
    for asked, replied in zip(shots[::2], shots[1::2], strict=True):
        messages += [Message("user", asked), Message("assistant", replied)]
    return [*messages, Message("user", f"{notes}\n\nQuestion: {question}")]


def warm(chat: Chat) -> None:
    """Lets a model that remembers its prompt read, ahead of any question, what begins them all."""
    if isinstance(chat, RemembersPrompt):
        chat.warm(answer_messages("", ""))


def long_before() -> tuple[Message, ...]:
    """What comes before a long text: no examples, which a small model takes for notes."""
    (system,) = _parts("long")
    return (Message("system", system),)


def look_messages(frames: Sequence[Frame], question: str) -> list[Message]:
    """Asks a model that sees what the pictures of a clip show of the question."""
    (system,) = _parts("look")
    return [Message("system", system), Message("user", f"Question: {question}", tuple(frames))]
