"""Search: one box, moments as they are found; a click plays.

``static/search.js`` sends what components have no event for: coming into view, with the query that
an address or another page asks for, and links that search for something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.pages.search.events import SearchEvents, SearchParts
from app.pages.shell import QUIET, ordered, signals

if TYPE_CHECKING:
    from app.assistant import Assistant

_ORDERED, _ONCE = ordered("search"), ordered("search", "once")
# What is typed is searched for at once: of the letters that come meanwhile, the last alone.
_TYPING = ordered("search", "always_last")
_ADDRESS = (
    "(query) => { if (document.body.dataset.page === 'search') history.replaceState("
    "history.state, '', '/#page=search' + (query ? '&q=' + encodeURIComponent(query) : '')); }"
)


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    signal = signals("search")
    with gr.Column(elem_id="eb-searching"):
        parts = SearchParts()
    events = SearchEvents(assistant, parts)
    box, outputs = parts.box, parts.all
    asked = [box, parts.order, parts.shown]
    opened = signal.focus(events.open, asked, outputs, **_ORDERED)
    opened.then(None, [box], None, js=_ADDRESS, **QUIET)
    opened.then(events.typed, asked, outputs, **_ORDERED)  # what was typed meanwhile
    box.change(events.typed, asked, outputs, **_TYPING)
    box.change(None, [box], None, js=_ADDRESS, **QUIET)  # also where the server is away
    for happens in (box.submit, parts.order.input):
        happens(events.search, asked, outputs, **_ORDERED)
    for name, field in parts.filters.items():
        happens = field.change if isinstance(field, gr.DateTime) else field.input
        happens(events.narrow(name), [field, *asked], outputs, **_ORDERED)
    parts.more.click(events.more, [parts.shown], outputs, **_ONCE)
