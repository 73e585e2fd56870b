"""A model on an OpenAI-compatible server, as chat and captioner: what ``openai:…`` stands for.

Captions: pictures go there, sound as its transcript; the model tells what is in view. Where it
takes no pictures there is nothing that it could add, and the embedded captioner writes. Where the
size of a picture decides what it costs, a clip's tokens are shared out among its frames (QuoTA).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

from egogpt.captioning.prompt import MAX_TOKENS, caption_messages
from egogpt.captioning.template_captioner import TemplateCaptioner
from egogpt.grounding.entailment import is_guess
from egogpt.protocols.chat import Message
from egogpt.quota.frame_sources import Stock
from egogpt.quota.look import Look
from egogpt.quota.scorers import ChatScorer, FrameScorer
from egogpt.remote.address import Address
from egogpt.remote.capabilities import IN_FLIGHT
from egogpt.remote.chat import RemoteChat
from egogpt.remote.http import READ
from egogpt.remote.sight import UNKNOWN
from egogpt.runtime.cancellation import check, until
from egogpt.text.directives import orders, sanitize
from egogpt.vlm.focus import CLIP_SECONDS
from egogpt.vlm.frame_sizes import SAME_TOKENS, FrameSizes
from memory.types.core import Observation
from memory.types.explanation import LookSummary

_VERSION = "1"
_LOOK = 0.05  # seconds between two looks at whether anybody waits
_NO_VAR = "the server has its own attention"
_END = re.compile(r"(?<=[.!?])\s+")
_NOTHING = re.compile(r"\bnothing clear\b", re.IGNORECASE)
_TOLD_TO_NOBODY = re.compile(r"\b(?:the|these|this) (?:pictures?|images?|frames?|photos?)\b", re.I)


class RemoteModel(RemoteChat):
    """A chat model on a server that captions clips as well, up to ``in_flight`` at once.

    ``looks`` tells how what it was last asked about was shown. Frames of a look go by what is known
    of them, and on this machine by the model's own yes or no: a server elsewhere is sent no more
    pictures for that.
    """

    def __init__(self, address: Address, *, read: float = READ, pause: float = 1.0) -> None:
        """As of ``RemoteChat``; nothing is sent yet."""
        super().__init__(address, read=read, pause=pause)
        sight = address.sight
        self._sizes = FrameSizes(
            sight.quota,
            sight.patch or 0,
            Stock(sight.frames, sight.side),
            _NO_VAR,
            sight.least,
            UNKNOWN if sight.patch is None else SAME_TOKENS,
        )
        self.version = _VERSION + sight.suffix
        self.frames = self.sampled(CLIP_SECONDS)
        self.batch = IN_FLIGHT
        self.scorer: FrameScorer | None = ChatScorer(self) if address.stays_here else None
        self.looks: tuple[LookSummary, ...] = ()

    def sampled(self, seconds: float) -> int:
        """How many frames of a clip to give it; those that it is sent without a quota."""
        return self._sizes.sampled(seconds)

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 128,
        stop: Sequence[str] = (),
        sides: Sequence[int] = (),
        look: Look | None = None,
    ) -> Generator[str, None, None]:
        """As of ``RemoteChat``; with a ``look``, tokens go to the frames it is about (QuoTA)."""
        if look is not None and sum(bool(message.frames) for message in messages) == 1:
            self.looks = ()
            self.prepare()  # whether it sees
            if self.sees:
                messages, sides, summary = self._sizes.of_look(messages, look, self.scorer)
                self.looks = (summary,)
        yield from super().stream(messages, max_tokens=max_tokens, stop=stop, sides=sides)

    def caption(self, observation: Observation) -> str:
        """What the model says is in view; never empty.

        Raises:
            ChatError: the server is away or fails.
        """
        self.looks = ()
        caption, self.looks = self._captioned(observation)
        return caption

    def captions(self, observations: Sequence[Observation]) -> list[str]:
        """The caption of each, in their order; asked for side by side. The first error ends all.

        Raises:
            ChatError: as ``caption``; what is still asked for is hung up on.
        """
        self.looks = ()
        if any(observation.frames for observation in observations):
            self.prepare()  # how many it may be asked at once
        over = threading.Event()

        def captioned(observation: Observation) -> tuple[str, tuple[LookSummary, ...]]:
            with until(over):
                return self._captioned(observation)

        with ThreadPoolExecutor(min(self.in_flight, max(1, len(observations)))) as threads:
            requests = [threads.submit(captioned, observation) for observation in observations]
            try:
                while wait(requests, _LOOK, FIRST_EXCEPTION).not_done:
                    check()
                    _raise_first(requests)
                written = [request.result() for request in requests]
            except BaseException:
                over.set()
                threads.shutdown(wait=False, cancel_futures=True)
                raise
        self.looks = tuple(look for _, looks in written for look in looks)
        return [caption for caption, _ in written]

    def _captioned(self, observation: Observation) -> tuple[str, tuple[LookSummary, ...]]:
        """A caption, and how the clip was shown to the model if it was."""
        if observation.frames:
            self.prepare()  # whether it sees
        if not observation.frames or not self.sees:
            return _composed(observation), ()
        shown, sides, summary = self._sizes.of_caption(observation)
        messages = caption_messages(shown, hears=False)
        seen = clean(self.complete(messages, max_tokens=MAX_TOKENS, sides=sides))
        looks = (summary,) if self.sees else ()
        if not self.sees or not seen:  # it has refused the pictures, or saw nothing in them
            return _composed(observation), looks
        return seen, looks


def _raise_first(requests: Iterable[Future[Any]]) -> None:
    """Raises what the first request that has failed raised; nothing where none has."""
    for request in requests:
        if request.done():
            request.result()


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
