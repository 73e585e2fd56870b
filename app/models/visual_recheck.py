"""Opens clips again for a question: their pictures, a model that sees, and a limit of time.

A model that shares tokens out (QuoTA) is given more pictures at the same cost, and what is known of
them already. What goes wrong costs the look and never the answer: no file, no model, pictures
refused, too slow.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from queue import Empty, SimpleQueue

from app.models.chat_models import ChosenChat
from app.models.model_set import ModelProvider
from egogpt.protocols.chat import Chat
from egogpt.quota.look import Look, SharesTokens
from egogpt.quota.query import Query, decouple_query
from egogpt.runtime.cancellation import Cancelled, take, until
from egorag.generation.prompts import look_messages
from ingest.decode.decoder import MediaDecoder
from ingest.decode.requests import DecodeRequest
from ingest.stages.caption_stage import observed
from ingest.stages.frame_relevance import known_scorer
from memory.store.store import Store
from memory.types.core import Clip, Frame
from memory.types.explanation import LookSummary

_log = logging.getLogger(__name__)
SECONDS = 60.0  # for all clips of one question, loading the model included
FRAMES = 8  # of a clip; of a model that shares tokens out, those whose cost it may spend
SIDE = 768  # pixels of a picture's longer side; twice that where some may be shown larger
VISUAL_TOKENS = 2048  # for all pictures of a clip, of a model that shares them out
_BEFORE = 5.0  # seconds that a look waits for one that was left in the middle
_TOKENS = 96  # of what it says of a clip


class _PendingLook:
    """One look, between who asks for the next clip and the thread that opens it."""

    def __init__(self) -> None:
        self.told: SimpleQueue[tuple[str, str] | None] = SimpleQueue()
        self.wanted = threading.Semaphore(0)
        self.over = threading.Event()


class VisualRecheck:
    """What ``egorag.answering.visual_recheck`` calls: clip ids and a question in, what is seen
    of each clip out.
    """

    def __init__(
        self,
        store: Store,
        chosen: ChosenChat,
        decoder: MediaDecoder,
        seconds: float = SECONDS,
        brains: ModelProvider | None = None,
    ) -> None:
        """``decoder`` is its own: one that ingest uses would be taken away from it.

        ``brains`` have the chat model that takes a question apart, and the embedder of pictures.
        """
        self._store = store
        self._chosen = chosen
        self._decoder = decoder
        self._seconds = seconds
        self._brains = brains
        self._looking = threading.Lock()
        self._looks: list[LookSummary] = []
        self._query = Query("")

    def __call__(
        self, clip_ids: Sequence[str], question: str
    ) -> Generator[tuple[str, str], None, None]:
        """Clip id and what the model says its pictures show; in time, and without an error."""
        look = _PendingLook()
        threading.Thread(
            target=self._all, args=(clip_ids, question, look), name="look", daemon=True
        ).start()
        ends = time.monotonic() + self._seconds
        try:
            while True:
                look.wanted.release()
                finding = take(look.told, ends)
                if finding is None:
                    return
                if finding[1]:
                    yield finding
        except Empty:
            _log.info("looking again took too long")
        finally:
            look.over.set()
            look.wanted.release()

    def take_looks(self) -> tuple[LookSummary, ...]:
        """How the clips that were looked at since the last call were shown."""
        looks, self._looks = self._looks, []
        return tuple(looks)

    def close(self) -> None:
        """Lets go of files that are open."""
        self._decoder.close()

    def _all(self, clip_ids: Sequence[str], question: str, look: _PendingLook) -> None:
        # One that was left in the middle may still have the model and the decoder.
        if self._looking.acquire(timeout=min(_BEFORE, self._seconds / 4)):
            try:
                for clip_id in clip_ids:
                    look.wanted.acquire()  # no picture is shown that nobody asks for
                    if look.over.is_set():
                        break
                    look.told.put((clip_id, self._said(clip_id, question, look.over)))
            finally:
                self._looking.release()
        look.told.put(None)

    def _said(self, clip_id: str, question: str, over: threading.Event) -> str:
        try:
            chat = None if over.is_set() else self._chosen.get()
            if chat is None or not chat.sees:
                return ""
            with until(over):
                return self._one(chat, clip_id, question, over)
        except Cancelled:
            return ""
        except Exception:  # the next clip may do
            _log.warning("%s could not be looked at again", clip_id, exc_info=True)
            return ""

    def _one(self, chat: Chat, clip_id: str, question: str, over: threading.Event) -> str:
        """What the model says of one clip; empty where it saw none of it, or time is up."""
        clip = self._store.recordings.clip(clip_id)
        if clip is None:
            return ""
        count, side = FRAMES, SIDE
        if isinstance(chat, SharesTokens):
            count, side = chat.sampled(clip.span.duration), 2 * SIDE
        frames = list(self._frames(clip, count, side))
        if not frames or over.is_set():
            return ""
        pieces: list[str] = []
        begun = time.monotonic()
        messages = look_messages(frames, question)
        if isinstance(chat, SharesTokens):
            look = self._look(clip, question)
            stream = chat.stream(messages, max_tokens=_TOKENS, look=look)
        else:
            stream = chat.stream(messages, max_tokens=_TOKENS)
        for piece in stream:
            if over.is_set():
                return ""
            pieces.append(piece)
        _log.info("looked at %s again in %.1f s", clip_id, time.monotonic() - begun)
        self._looks += [replace(one, clip=clip_id) for one in getattr(chat, "looks", ())]
        # A model that turns out to be blind has made up what it said.
        return "".join(pieces).strip() if chat.sees else ""

    def _look(self, clip: Clip, question: str) -> Look:
        """What is known of a clip, and what may be spent on it."""
        pictures = None if self._brains is None else self._brains.pictures()
        (observation,) = observed(self._store, [clip])
        caption = self._store.memories.caption(clip.id) or ""
        known = known_scorer(self._store, observation, caption, pictures)
        return Look(question, FRAMES, VISUAL_TOKENS, known, self._taken_apart)

    def _taken_apart(self, question: str) -> Query:
        """What a question looks for, by the chat model; asked once for all clips of a question."""
        if self._query.question != question.strip():
            chat = None if self._brains is None else self._brains.chat()
            self._query = decouple_query(question, chat)
        return self._query

    def _frames(self, clip: Clip, count: int, side: int) -> Iterator[Frame]:
        recording = self._store.recordings.get(clip.recording_id)
        path = None if recording is None else self._store.original(recording)
        if recording is None or path is None:
            return
        start = clip.span.start - recording.start
        frames = self._decoder.frames(
            DecodeRequest(
                self._decoder.probe(path),
                recording.start,
                start_offset=start,
                end_offset=start + clip.span.duration,
                period=max(clip.span.duration / count, 0.5),
                max_side=side,
            )
        )
        for number, frame in enumerate(frames):
            if number == count:
                return
            yield frame
