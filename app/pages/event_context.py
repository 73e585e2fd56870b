"""On whose behalf an event of a page runs, and what is said where it cannot do what it should.

Gradio runs events in tasks of its own; ``PageBlocks`` runs each within ``on_behalf``, where they
find out who sent them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import gradio as gr
from fastapi import Request

from app.auth.request_context import owns_the_computer as may_name_folders
from app.auth.request_context import visit_of
from app.core.request_identity import OWNER, acting_as
from app.pages.messages import refusal
from app.routes.refusals import REFUSALS, status_and_sentence

_event: ContextVar[gr.Request | None] = ContextVar("event", default=None)


@contextmanager
def on_behalf(event: gr.Request | None) -> Iterator[None]:
    """Everything inside is done by whoever sent the event, within the scopes of their token.

    Raises:
        gr.Error: it cannot be done; the text is for the person.
    """
    token = _event.set(event)
    sent = web_request()
    visit = None if sent is None else visit_of(sent)
    who = OWNER if visit is None else visit.who
    with acting_as(who, visit.token.scopes if visit and visit.token else None):
        try:
            yield
        except REFUSALS as error:
            raise refusal(status_and_sentence(error)[1]) from error
        finally:
            _event.reset(token)


def web_request() -> Request | None:
    """The request that the event came with, if it came with one."""
    event = _event.get()
    sent = None if event is None else event.request
    return sent if isinstance(sent, Request) else None


def page_session() -> str:
    """The page that sent the event: Gradio's word for it."""
    event = _event.get()
    return "" if event is None else event.session_hash or ""


def origin() -> str:
    """What our addresses begin with for whoever sent the event: ``https://butler.example``.

    Browsers say it, and ``Guard`` has compared it. A whole address is shown by Gradio as it is;
    the file of any other one it would copy.
    """
    sent = web_request()
    said = "" if sent is None else sent.headers.get("origin", "")
    return said if said.startswith("http") or sent is None else str(sent.base_url).rstrip("/")


def owns_the_computer() -> bool:
    """Whether whoever sent the event may name folders of this computer."""
    sent = web_request()
    return sent is None or may_name_folders(sent)
