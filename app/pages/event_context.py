"""On whose behalf an event of a page runs: Gradio runs all of them in tasks of its own.

def save(text: str, request: gr.Request) -> str:
    with on_behalf(request):
        ...
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import TypeVar

import gradio as gr
from fastapi import Request

from app.auth.request_context import RequestContext, visit_of
from app.core.request_identity import OWNER, acting_as
from app.pages.messages import refusal
from app.presentation.i18n import translate
from memory.types.errors import StoreError

_T = TypeVar("_T")


@contextmanager
def on_behalf(request: gr.Request) -> Iterator[None]:
    """Everything inside is done by whoever sent the event, within the scopes of their token.

    Raises:
        gr.Error: the home is damaged, full or in use; the text is for the person.
    """
    visit = visit_of_event(request)
    who = OWNER if visit is None else visit.who
    with acting_as(who, visit.token.scopes if visit and visit.token else None):
        try:
            yield
        except StoreError as error:
            raise refusal(translate(str(error))) from error


def steps_on_behalf(request: gr.Request, steps: Iterator[_T]) -> Iterator[_T]:
    """The same for every step of a generator: each may run in another thread."""
    with on_behalf(request):
        context = copy_context()
    while True:
        try:
            step = context.run(next, steps)
        except StopIteration:
            return
        yield step


def origin_of(request: gr.Request) -> str:
    """What our addresses begin with for whoever sent the event: ``https://butler.example``.

    Browsers say it, and ``Guard`` has compared it. A whole address is shown by Gradio as it is;
    the file of any other one it would copy.
    """
    origin = str(request.headers.get("origin") or "")
    sent = request.request
    if origin.startswith("http") or sent is None:
        return origin
    return str(sent.base_url).rstrip("/")


def visit_of_event(request: gr.Request) -> RequestContext | None:
    """Who sent the event; None where it came past the sign-in, as in an app without accounts."""
    sent = request.request
    return visit_of(sent) if isinstance(sent, Request) else None
