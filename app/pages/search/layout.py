"""Search: one box, moments as they are found; a click plays.

``static/search.js`` sends what components have no event for: coming into view, with the query that
an address or another page asks for, and links that search for something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from app.pages.search.events import SearchEvents, SearchParts, ShownSearch
from app.pages.shell import QUIET, markdown, signals
from app.presentation.i18n import t
from app.search.service import LONGEST
from egorag.moment_search.query import Operator

if TYPE_CHECKING:
    from app.assistant import Assistant

# In the order in which they come: what opens the page never lands on what was typed after it.
_QUIET: dict[str, Any] = {
    **QUIET,
    "concurrency_id": "search",
    "concurrency_limit": 1,
}
# What is typed is searched for at once: of the letters that come meanwhile, the last alone.
_TYPING: dict[str, Any] = {**_QUIET, "trigger_mode": "always_last"}
_ADDRESS = (
    "(query) => { if (document.body.dataset.page === 'search') history.replaceState("
    "history.state, '', '/#page=search' + (query ? '&q=' + encodeURIComponent(query) : '')); }"
)


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    signal = signals("search")
    with gr.Column(elem_id="eb-searching"):
        box = gr.Textbox(
            label=t("Search your moments"),
            show_label=False,
            placeholder=t("Words, a name, a sign, a day …"),
            submit_btn=t("Search"),
            max_length=LONGEST,
            lines=1,
            max_lines=1,
            elem_id="eb-search-words",
        )
        with gr.Accordion(t("Filters"), open=False), gr.Row(elem_classes="eb-tools"):
            filters: dict[Operator, Any] = {
                "person": gr.Dropdown([], label=t("With")),
                "in": gr.Dropdown([], label=t("Look in")),
                "after": gr.DateTime(include_time=False, type="string", label=t("From day")),
                "before": gr.DateTime(include_time=False, type="string", label=t("Before day")),
                "device": gr.Dropdown([], label=t("Recorded by")),
            }
        orders = (
            (t("Best first"), "best"),
            (t("Newest first"), "newest"),
            (t("Oldest first"), "oldest"),
        )
        order = gr.Radio(
            list(orders),
            value="best",
            label=t("Order"),
            show_label=False,
            elem_id="eb-search-order",
        )
        understood = markdown(elem_id="eb-search-told")
        found = markdown(elem_id="eb-search-found")
        more = gr.Button(t("Show more"), visible=False, elem_classes="eb-more")
    parts = SearchParts(
        box=box,
        filters=filters,
        order=order,
        understood=understood,
        found=found,
        more=more,
        shown=gr.State(ShownSearch()),
    )
    events = SearchEvents(assistant, parts)
    asked = [box, order, parts.shown]
    opened = signal.focus(events.open, asked, parts.all, **_QUIET)
    opened.then(None, [box], None, js=_ADDRESS, **_QUIET)
    opened.then(events.typed, asked, parts.results, **_QUIET)  # what was typed meanwhile
    box.change(events.typed, asked, parts.results, **_TYPING)
    box.change(None, [box], None, js=_ADDRESS, **_QUIET)  # also where the server is away
    for happens in (box.submit, order.input):
        happens(events.search, asked, parts.results, **_QUIET)
    for name, field in filters.items():
        happens = field.change if isinstance(field, gr.DateTime) else field.input
        happens(events.narrow(name), [field, *asked], parts.results, **_QUIET)
    more.click(events.more, [parts.shown, found], parts.results, **_QUIET)
