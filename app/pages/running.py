"""Answers that are being made for pages that are open: Gradio does not end what they run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import gradio as gr

from app.ask.stream import Over
from app.pages.ask_parts import OpenConversation

MOST_WAITING = 8  # questions of one page; each keeps a thread


@dataclass(eq=False)
class PageLine:
    """What one page has sent, in its order. ``latest`` is what the last of it led to, which the
    page may not know yet when it sends more, ``left`` whether it has turned to something else
    since, or was closed."""

    waiting: list[object] = field(default_factory=list)
    latest: OpenConversation | None = None
    left: bool = False


class RunningAnswers:
    """What each session of Gradio waits for. Threads share one."""

    def __init__(self, *, outlive_page: bool = False) -> None:
        """``outlive_page``: an answer is made to its end for a page that is closed meanwhile."""
        self._outlive_page = outlive_page
        self._running: dict[str, set[Over]] = {}
        self._lines: dict[str, PageLine] = {}
        self._guard = threading.Condition()

    @contextmanager
    def in_turn(self, session: str) -> Iterator[PageLine]:
        """Waits until all that the session sent before is through, or is left."""
        mine = object()
        with self._guard:
            line = self._lines.setdefault(session, PageLine())
            line.waiting.append(mine)
            self._guard.wait_for(lambda: line.left or line.waiting[0] is mine)
        try:
            yield line
        finally:
            with self._guard:
                line.waiting.remove(mine)
                self._guard.notify_all()

    def is_full(self, session: str) -> bool:
        """Whether too much waits for a session already."""
        with self._guard:
            return session in self._lines and len(self._lines[session].waiting) > MOST_WAITING

    @contextmanager
    def answering(self, session: str) -> Iterator[Over]:
        """An event that is set once nobody waits for the answer any more."""
        over = Over()
        with self._guard:
            self._running.setdefault(session, set()).add(over)
        try:
            yield over
        finally:
            if not self._outlive_page:
                over.set()
            with self._guard:
                others = self._running.get(session, set())
                others.discard(over)
                if not others:
                    self._running.pop(session, None)

    def is_left(self, session: str, over: Over) -> bool:
        """Whether a session has turned to something else than this answer."""
        with self._guard:
            return over not in self._running.get(session, set())

    def is_answering(self, session: str) -> bool:
        """Whether a session waits for an answer."""
        with self._guard:
            return bool(self._running.get(session))

    def stop(self, request: gr.Request) -> None:
        """Ends what a session waits for, since the person wants no more of it."""
        with self._guard:
            running = tuple(self._running.get(request.session_hash or "", ()))
        for over in running:
            over.stop()

    def close(self, request: gr.Request) -> None:
        """Ends what a session waits for whose page is there no more, unless it outlives that."""
        running = self._left(request.session_hash or "")
        for over in () if self._outlive_page else running:
            over.set()

    def leave(self, session: str) -> bool:
        """Ends what a session waits for that turns to something else; whether it waited."""
        running = self._left(session)
        for over in running:
            over.stop()
        return bool(running)

    def _left(self, session: str) -> set[Over]:
        """What a session waits for, which it does no more, nor for what it sent meanwhile."""
        with self._guard:
            if line := self._lines.pop(session, None):
                line.left = True
            self._guard.notify_all()
            return self._running.pop(session, set())
