"""Fixed pieces of HTML that scripts of our own bring to life."""

from __future__ import annotations

from string import Template

import gradio as gr
from gradio.context import Context

from app.web.static_files import SERVED_AT, STATIC


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
