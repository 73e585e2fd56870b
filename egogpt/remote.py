"""A model on an OpenAI-compatible server, as chat and captioner: what ``openai:…`` stands for.

Captions: pictures go there, sound as its transcript. What was said and read stays in the words of
the recogniser; the model tells what is in view. Where it takes no pictures there is nothing that it
could add, and the embedded captioner writes alone.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from egogpt.chat import Message
from egogpt.composed import ComposedCaptioner
from egogpt.grounding import is_guess
from egogpt.plain import gives_orders, plain
from egogpt.remote_chat import RemoteChat
from egogpt.sighting_words import FACE
from memory.types import Observation

FRAMES = 8
_TOKENS = 160
_LONGEST_NOTE = 600  # characters of what was said, and of the caption before
_END = re.compile(r"(?<=[.!?])\s+")
_NOTHING = re.compile(r"\bnothing clear\b", re.IGNORECASE)
_TOLD_TO_NOBODY = re.compile(r"\b(?:the|these|this) (?:pictures?|images?|frames?|photos?)\b", re.I)


class RemoteModel(RemoteChat):
    """A chat model on a server that captions clips as well."""

    version = "1"
    frames = FRAMES

    def caption(self, observation: Observation) -> str:
        """What the model says is in view, then what was read and said; never empty.

        Raises:
            ChatError: the server is away or fails.
        """
        if not observation.frames or not self.sees:
            return ComposedCaptioner().caption(observation)
        asked = Message("user", _notes(observation), observation.frames)
        reply = self.complete([Message("system", _prompt()), asked], max_tokens=_TOKENS)
        seen = clean(reply)
        if not self.sees or not seen:  # it has refused the pictures, or saw nothing in them
            return ComposedCaptioner().caption(observation)
        words = tuple(one for one in observation.sightings if one.kind == "text")
        if not observation.utterances and not words:
            return seen
        heard = Observation(observation.clip, observation.utterances, words)
        return f"{seen} {ComposedCaptioner().caption(heard)}"


def clean(reply: str) -> str:
    """The sentences of a reply that state something; guesses and orders are left out."""
    sentences = [one.strip() for one in _END.split(plain(reply).strip(" *_#-\"'")) if one.strip()]
    kept = [
        one
        for one in sentences
        if not (gives_orders(one) or is_guess(one) or _NOTHING.search(one))
        and not _TOLD_TO_NOBODY.search(one)
    ]
    return " ".join(kept)


@cache
def _prompt() -> str:
    return files("egogpt").joinpath("prompts", "caption.md").read_text(encoding="utf-8").strip()


def _notes(observation: Observation) -> str:
    """What else is known of the clip, wrapped as data."""
    names = dict.fromkeys(
        one.what for one in observation.sightings if one.kind == "face" and one.what != FACE
    )
    said = " ".join(f"{one.speaker or 'Somebody'}: {one.text}" for one in observation.utterances)
    lines = [
        ("People recognised: " + ", ".join(names)) if names else "",
        f"Said: {said[:_LONGEST_NOTE]}" if said else "",
        f"Before: {observation.previous[:_LONGEST_NOTE]}" if observation.previous else "",
    ]
    inside = [
        plain(line).replace("<", "(").replace(">", ")")
        for line in lines
        if line and not gives_orders(line)
    ]
    return "<notes>\n" + "\n".join(inside or ["nothing else is known"]) + "\n</notes>"
