"""The section in which something is forgotten: its fields, its two questions, its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.pages.privacy.forget_events import ForgetEvents
from app.pages.privacy.forget_parts import ForgetParts
from app.pages.privacy.shared import card, unshown
from app.pages.shell import FORGOTTEN, QUIET, focus_on, ordered
from app.presentation.i18n import t

if TYPE_CHECKING:
    from app.assistant import Assistant

# Which fields each kind has; `only` is there where another page named a recording.
_FIELDS = {
    "span": ("day", "times", "originals"),
    "day": ("day", "originals"),
    "person": ("person", "moments"),
    "place": ("place", "about_place", "originals"),
    "recording": ("recording", "originals"),
}
_CHOSEN = ("day", "times", "person", "moments", "place", "about_place", "recording", "originals")


def forgetting(assistant: Assistant) -> tuple[ForgetEvents, gr.events.Dependency]:
    """Places the section. Returns its events, and the one after which something is gone."""
    with card("eb-forget"):
        gr.Markdown(f"## {t('Forget')}")
        parts = ForgetParts()
    events = ForgetEvents(assistant, parts)
    return events, _wire(parts, events)


def _wire(parts: ForgetParts, events: ForgetEvents) -> gr.events.Dependency:
    shown_fields = [getattr(parts, name) for name in _CHOSEN]
    parts.kind.change(None, [parts.kind], shown_fields, js=_fields_of_kind(), **QUIET)
    buttons = [parts.shown, parts.ask, parts.keep, parts.sure]
    for field in parts.typed:  # what would go is shown for what stands in the fields
        field.input(None, None, buttons, js=unshown(3), **QUIET)
    looking = [parts.exact, *parts.typed]
    looks, outputs = [parts.look.click, parts.begins.submit, parts.ends.submit], parts.all
    gr.on(looks, events.look, looking, outputs, **ordered("privacy"))
    confirming, once = [parts.shown, parts.preview], ordered("privacy", "once")
    asked = parts.ask.click(events.ask, [*confirming, *looking], outputs, **once)
    asked.then(None, None, None, js=focus_on("eb-keep-it"), **QUIET)
    kept = parts.keep.click(events.keep, None, outputs, **once)
    kept.then(None, None, None, js=focus_on("eb-look"), **QUIET)
    gone = parts.sure.click(events.forget, confirming, outputs, **QUIET)
    gone.then(None, None, None, js=focus_on("eb-would-go"), **QUIET)
    gone.then(None, None, None, js=FORGOTTEN, **QUIET)
    return gone


def _fields_of_kind() -> str:
    """A script that shows the fields of a kind, and no others."""
    rows = ", ".join(
        f"{kind}: [{', '.join(str(name in shown).lower() for name in _CHOSEN)}]"
        for kind, shown in _FIELDS.items()
    )
    return f"(kind) => ({{{rows}}})[kind].map((visible) => ({{ __type__: 'update', visible }}))"
