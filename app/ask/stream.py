"""Answers for as long as somebody waits: as lines of JSON to a browser, or as a whole."""

from __future__ import annotations

import asyncio
import json
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from app.presentation.rendering import Json
from egogpt.runtime.cancellation import until

T = TypeVar("T")
Tell = Callable[[Json], None]


class Over(threading.Event):
    """Set once nobody waits for an answer any more; ``stopped`` where a person said so, and did
    not only go away."""

    stopped = False

    def stop(self) -> None:
        """Sets it for a person who wants no more of the answer."""
        self.stopped = True
        self.set()


Work = Callable[[Tell, Over], None]
_NONE: Json = {"kind": ""}  # nothing has been read ahead
_LOOKED = 0.1  # seconds after which it is looked whether the browser is still there


async def whole(request: Request, work: Callable[[], T]) -> T:
    """What ``work`` returns, run in a thread. Raises Cancelled once the caller has gone."""
    over = threading.Event()

    def run() -> T:
        with until(over):
            return work()

    task = asyncio.ensure_future(run_in_threadpool(run))
    try:
        while not (await asyncio.wait({task}, timeout=_LOOKED))[0]:
            if await request.is_disconnected():
                over.set()
        return task.result()
    finally:
        over.set()


def events_of(work: Work, over: Over) -> Iterator[Json]:
    """What ``work`` tells, as it comes; pieces that have come meanwhile are one.

    ``work`` runs in a thread of its own, on behalf of whoever asks, and goes on where nobody reads
    on; whoever sets ``over`` ends it.
    """
    events = queue.SimpleQueue[Json | None]()
    _start(work, events.put, over)
    event = events.get()
    while event is not None:
        following = events.get() if event["kind"] == "piece" and not events.empty() else _NONE
        if following is not None and following["kind"] == "piece":
            event = {"kind": "piece", "text": event["text"] + following["text"]}
            continue
        yield event
        event = events.get() if following is _NONE else following


def _start(work: Work, tell: Callable[[Json | None], None], over: Over) -> None:
    """Runs ``work`` in a thread, in the language and on behalf of whoever asks; last tells None."""

    def run() -> None:
        try:
            work(tell, over)
        finally:
            tell(None)

    threading.Thread(target=copy_context().run, args=(run,), name="answering", daemon=True).start()


async def lines(request: Request, work: Work) -> AsyncIterator[str]:
    """What ``work`` tells, a line of JSON each. When the browser has gone, its event is set.

    ``work`` runs in a thread of its own, in the language of the request.
    """
    loop, events = asyncio.get_running_loop(), asyncio.Queue[Json | None]()
    over = Over()

    def tell(event: Json | None) -> None:
        with suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(events.put_nowait, event)

    _start(work, tell, over)
    try:
        while True:
            try:
                event = await asyncio.wait_for(events.get(), _LOOKED)
            except TimeoutError:
                if await request.is_disconnected():
                    return
                continue
            if event is None:
                return
            yield json.dumps(event, ensure_ascii=False, allow_nan=False) + "\n"
    finally:
        over.set()
