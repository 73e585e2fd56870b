"""Lay out pages: galleries, the options of their events, and scripts that these call."""

from __future__ import annotations

from string import Template
from typing import Any

import gradio as gr
from gradio.context import Context

from app.web.static_files import SERVED_AT, STATIC

# Events of the pages: no part of the public API, and without Gradio's spinners.
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def call_script(name: str, call: str, parameters: str = "") -> str:
    """What an event does in the browser, as its ``js``: a call of ``static/<name>.js``.

    call_script("ways", "toTimeline(what.day)", "what")
    """
    return f"({parameters}) => import('{SERVED_AT}/{name}.js').then((module) => module.{call})"


# After something is gone: no page shows it any more, and the browser has no picture of it.
FORGOTTEN = call_script("library", "forgotten()")


def picture_gallery(label: str, elem_id: str, *, visible: bool = True) -> gr.Gallery:
    """Pictures to choose from, with a line or two below each."""
    return gr.Gallery(
        label=label,
        elem_id=elem_id,
        show_label=False,
        visible=visible,
        allow_preview=False,
        interactive=False,
        buttons=[],
        columns=4,
        height="auto",
        object_fit="cover",
        fit_columns=False,
    )


def scripted(name: str, elem_id: str, **words: str) -> gr.HTML:
    """The shell ``static/<name>.html``, filled by ``mount`` of ``static/<name>.js``.

    ``words`` of the code, in the person's language, stand where it says ``$name``.
    """
    shell = Template((STATIC / f"{name}.html").read_text(encoding="utf-8"))
    return gr.HTML(
        html_template=shell.substitute(words),
        js_on_load=f"import('{SERVED_AT}/{name}.js').then((it) => it.mount(element, trigger));",
        apply_default_css=False,
        elem_id=elem_id,
    )


def signals(name: str, elem_id: str) -> gr.HTML:
    """A place without a look whose script sends events that components do not have.

    ``mount(element, trigger)`` of ``static/<name>.js`` calls ``trigger("focus", {…})``; handlers
    read what was sent off ``gr.EventData``.
    """
    load = f"import('{SERVED_AT}/{name}.js').then((module) => module.mount(element, trigger));"
    return gr.HTML(
        html_template="<span></span>", js_on_load=load, apply_default_css=False, elem_id=elem_id
    )


def current_blocks() -> gr.Blocks:
    """The app that is being laid out, for events of the whole page."""
    blocks = Context.root_block
    assert blocks is not None, "outside of a layout"
    return blocks
