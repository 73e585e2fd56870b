"""Opens clips again for a question: their pictures, a model that sees, and a limit of time.

What goes wrong costs the look and never the answer: no file, no model, pictures refused, too slow.
"""

from __future__ import annotations

import inspect
import logging
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from app.models.chat_models import ChosenChat
from egogpt.protocols.chat import Chat
from egogpt.runtime.cancellation import Cancelled, take, until
from egorag.generation.prompts import look_messages
from ingest.decode.decoder import MediaDecoder
from ingest.decode.requests import DecodeRequest
from memory.store.store import Store
from memory.types.core import Clip, Frame

_log = logging.getLogger(__name__)
SECONDS = 60.0  # for all clips of one question, loading the model included
FRAMES = 8  # of a clip
SIDE = 768  # pixels of a picture's longer side
VISUAL_TOKENS = 2048  # for all pictures of a clip, of a backend that spends them by the question
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
        self, store: Store, chosen: ChosenChat, decoder: MediaDecoder, seconds: float = SECONDS
    ) -> None:
        """``decoder`` is its own: one that ingest uses would be taken away from it."""
        self._store = store
        self._chosen = chosen
        self._decoder = decoder
        self._seconds = seconds
        self._looking = threading.Lock()

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
        frames = [] if clip is None else list(self._frames(clip))
        if not frames or over.is_set():
            return ""
        pieces: list[str] = []
        begun = time.monotonic()
        stream = chat.stream(
            look_messages(frames, question), max_tokens=_TOKENS, **_budget(chat, question)
        )
        for piece in stream:
            if over.is_set():
                return ""
            pieces.append(piece)
        _log.info("looked at %s again in %.1f s", clip_id, time.monotonic() - begun)
        # A model that turns out to be blind has made up what it said.
        return "".join(pieces).strip() if chat.sees else ""

    def _frames(self, clip: Clip) -> Iterator[Frame]:
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
                period=max(clip.span.duration / FRAMES, 0.5),
                max_side=SIDE,
            )
        )
        for number, frame in enumerate(frames):
            if number == FRAMES:
                return
            yield frame


def _budget(chat: Chat, question: str) -> dict[str, Any]:
    """The budget for the pictures, for a backend that has one; it is spent by the question."""
    known = inspect.signature(chat.stream).parameters
    offered = {"visual_tokens": VISUAL_TOKENS, "question": question}
    return {name: value for name, value in offered.items() if name in known}
