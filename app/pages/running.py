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

    def is_replaced(self, session: str, over: threading.Event) -> bool:
        """Whether a session waits for another answer by now."""
        with self._guard:
            return bool(self._running.get(session, set()) - {over})

    def is_answering(self, session: str) -> bool:
        """Whether a session waits for an answer."""
        with self._guard:
            return bool(self._running.get(session))

    def stop(self, request: gr.Request) -> None:
        """Ends what a session waits for, also where its page has been closed."""
        self.end(request.session_hash or "")

    def end(self, session: str) -> None:
        """The same, by the name of the session."""
        with self._guard:
            running = self._running.pop(session, set())
        for over in running:
            over.set()
