"""Fixed pieces of HTML that scripts of our own bring to life."""

from __future__ import annotations

from string import Template

import gradio as gr
from gradio.context import Context

from app.web.static_files import SERVED_AT, STATIC


def scripted(name: str, elem_id: str, **words: str) -> gr.HTML:
    """The shell ``static/<name>.html``, filled by ``mount(element)`` of ``static/<name>.js``.

    ``words`` of the code, in the person's language, stand where it says ``$name``.
    """
    shell = Template((STATIC / f"{name}.html").read_text(encoding="utf-8"))
    return gr.HTML(
        html_template=shell.substitute(words),
        js_on_load=f"import('{SERVED_AT}/{name}.js').then((module) => module.mount(element));",
        apply_default_css=False,
        elem_id=elem_id,
    )


def current_blocks() -> gr.Blocks:
    """The app that is being laid out, for events of the whole page."""
    blocks = Context.root_block
    assert blocks is not None, "outside of a layout"
    return blocks
