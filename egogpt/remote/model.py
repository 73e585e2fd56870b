"""A model on an OpenAI-compatible server, as chat and captioner: what ``openai:…`` stands for.

Captions: pictures go there, sound as its transcript; the model tells what is in view. Where it
takes no pictures there is nothing that it could add, and the embedded captioner writes.
"""

from __future__ import annotations

import re
from dataclasses import replace

from egogpt.captioning.prompt import MAX_TOKENS, caption_messages
from egogpt.captioning.template_captioner import TemplateCaptioner
from egogpt.grounding.entailment import is_guess
from egogpt.remote.chat import RemoteChat
from egogpt.text.directives import orders, sanitize
from memory.types.core import Observation

FRAMES = 8
_END = re.compile(r"(?<=[.!?])\s+")
_NOTHING = re.compile(r"\bnothing clear\b", re.IGNORECASE)
_TOLD_TO_NOBODY = re.compile(r"\b(?:the|these|this) (?:pictures?|images?|frames?|photos?)\b", re.I)


class RemoteModel(RemoteChat):
    """A chat model on a server that captions clips as well."""

    version = "1"
    frames = FRAMES

    def caption(self, observation: Observation) -> str:
        """What the model says is in view; never empty.

        Raises:
            ChatError: the server is away or fails.
        """
        if not observation.frames or not self.sees:
            return _composed(observation)
        messages = caption_messages(observation, hears=False)
        seen = clean(self.complete(messages, max_tokens=MAX_TOKENS))
        if not self.sees or not seen:  # it has refused the pictures, or saw nothing in them
            return _composed(observation)
        return seen


def _composed(observation: Observation) -> str:
    """What others found in view, in plain sentences; the words themselves are kept beside it."""
    seen = tuple(sighting for sighting in observation.sightings if sighting.kind != "text")
    return TemplateCaptioner().caption(replace(observation, utterances=(), sightings=seen))


def clean(reply: str) -> str:
    """The sentences of a reply that state something; guesses and orders are left out."""
    sentences = [
        part.strip() for part in _END.split(sanitize(reply).strip(" *_#-\"'")) if part.strip()
    ]
    statements = [
        sentence
        for sentence in sentences
        if not (orders(sentence) or is_guess(sentence) or _NOTHING.search(sentence))
        and not _TOLD_TO_NOBODY.search(sentence)
    ]
    return " ".join(statements)
