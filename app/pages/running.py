"""Answers that are being made for pages that are open: Gradio does not end what they run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr


class RunningAnswers:
    """What each session of Gradio waits for. Threads share one."""

    def __init__(self) -> None:
        self._running: dict[str, set[threading.Event]] = {}
        self._guard = threading.Lock()

    @contextmanager
    def answering(self, session: str) -> Iterator[threading.Event]:
        """An event that is set once nobody waits for the answer any more."""
        over = threading.Event()
        with self._guard:
            self._running.setdefault(session, set()).add(over)
        try:
            yield over
        finally:
            over.set()
            with self._guard:
                others = self._running.get(session, set())
                others.discard(over)
                if not others:
                    self._running.pop(session, None)

    def is_left(self, session: str, over: threading.Event) -> bool:
        """Whether a session has turned to something else than this answer."""
        with self._guard:
            return over not in self._running.get(session, set())

    def is_answering(self, session: str) -> bool:
        """Whether a session waits for an answer."""
        with self._guard:
            return bool(self._running.get(session))

    def stop(self, request: gr.Request) -> None:
        """Ends what a session waits for, also where its page has been closed."""
        with self._guard:
            running = tuple(self._running.get(request.session_hash or "", ()))
        for over in running:
            over.set()

    def leave(self, session: str) -> bool:
        """The same for a session that turns to something else; whether it waited."""
        with self._guard:
            running = self._running.pop(session, set())
        for over in running:
            over.set()
        return bool(running)
