"""Lay out pages: galleries, the options of their events, and scripts that these call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from itertools import chain
from string import Template
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

import gradio as gr
from gradio.blocks import Block
from gradio.context import Context

from app.presentation.i18n import t
from app.web.static_files import SERVED_AT, STATIC

Updates: TypeAlias = dict[Any, Any]  # component → its value, or a component with what changes of it

# Events of the pages: no part of the public API, and without Gradio's spinners. Where hidden ones
# have a place, each event has the browser go through all that any event so far might have changed.
QUIET = dict[str, Any](api_visibility="private", show_progress="hidden", show_progress_on=[])


def ordered(part: str, mode: str = "multiple") -> dict[str, Any]:
    """Options of events that draw the same part of a page: they run in the order of the presses.

    So nothing older replaces what is newer, and a state is what it was when the button was pressed.
    What takes long stays out of it, and has what it changed drawn by an event after it.

    ``mode`` is what becomes of a press while one before it is not through: "multiple" runs it, too,
    "always_last" the last of them alone, with what the fields hold by then, and "once" drops it,
    which is right where it is the same deed. Only "multiple" keeps what comes with an event.
    """
    order = {"concurrency_id": part, "concurrency_limit": 1, "trigger_mode": mode}
    return {**QUIET, **order}


def call_script(name: str, call: str, parameters: str = "") -> str:
    """What an event does in the browser, as its ``js``: a call of ``static/<name>.js``.

    call_script("dom", "openPage('privacy', what.forget)", "what")
    """
    return f"({parameters}) => import('{SERVED_AT}/{name}.js').then((module) => module.{call})"


def focus_on(elem_id: str) -> str:
    """A script that gives a component the focus once it is there."""
    return call_script("dom", f"focusOn('#{elem_id}')")


# Gives it back to what had it before.
FOCUS_BACK = call_script("dom", "focusBack()")

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


def chosen_picture(data: object) -> str:
    """What stands behind the ``#`` of a chosen picture's address; empty where that is nothing."""
    value = data.get("value") if isinstance(data, dict) else None
    image = value.get("image") if isinstance(value, dict) else None
    address = image.get("url") if isinstance(image, dict) else None
    return unquote(urlsplit(address).fragment)[:80] if isinstance(address, str) else ""


def markup(html: str, elem_id: str, script: str = "", **more: Any) -> gr.HTML:
    """Our own HTML, given to ``mount(element, trigger)`` of ``static/<script>.js``."""
    load = f"import('{SERVED_AT}/{script}.js').then((it) => it.mount(element, trigger));"
    return gr.HTML(
        html_template=html,
        js_on_load=load if script else None,
        apply_default_css=False,
        elem_id=elem_id,
        **more,
    )


def shell(name: str, **words: str) -> str:
    """The HTML of ``static/<name>.html``, its ``[[phrases]]`` translated, ``$names`` filled in."""
    html = filled((STATIC / f"{name}.html").read_text(encoding="utf-8"), words)
    return re.sub(r"\[\[(.+?)\]\]", lambda phrase: escape(t(phrase[1])), html)


def filled(html: str, words: Mapping[str, str]) -> str:
    """HTML of ours, with ``words`` where it says ``$name``."""
    return Template(html).substitute({name: escape(said) for name, said in words.items()})


def scripted(name: str, elem_id: str, **words: str) -> gr.HTML:
    """That shell, filled by ``mount`` of ``static/<name>.js``."""
    return markup(shell(name, **words), elem_id, name)


def signals(name: str) -> gr.HTML:
    """A place without a look whose script sends events that components do not have.

    It calls ``trigger("focus", {…})``; handlers read what was sent by ``sent_data``.
    """
    return markup("<span></span>", f"eb-{name}", name, elem_classes="eb-signals")


def sent_data(event: gr.EventData) -> dict[str, Any]:
    """What a script sent with an event."""
    return event._data if isinstance(event._data, dict) else {}


def markdown(text: str = "", **more: Any) -> gr.Markdown:
    """Text of an event, in which dollars are dollars and tags of recordings do nothing."""
    return gr.Markdown(text, latex_delimiters=[], sanitize_html=True, **more)


class Parts:
    """The components of a page, each an attribute that its layout sets."""

    @property
    def all(self) -> list[Any]:
        """All that an event may change; it gives only what it does."""
        return [*chain.from_iterable(map(_components, vars(self).values()))]


def _components(part: Any) -> Iterable[Any]:
    if isinstance(part, Mapping):
        return chain.from_iterable(map(_components, part.values()))
    return part.all if isinstance(part, Parts) else [part] if isinstance(part, Block) else []


def current_blocks() -> gr.Blocks:
    """The app that is being laid out, for events of the whole page."""
    blocks = Context.root_block
    assert blocks is not None, "outside of a layout"
    return blocks
