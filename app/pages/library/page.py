"""Library: recordings as a gallery, what is on its way into it, and what can be done with each.

``static/library.js`` sends files, and says when to look again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.pages.library.actions import LibraryActions
from app.pages.library.events import LibraryEvents
from app.pages.library.parts import LibraryParts
from app.pages.library.tools import tools
from app.pages.shell import FORGOTTEN, QUIET, call_script, scripted

if TYPE_CHECKING:
    from app.assistant import Assistant

_TO_TIMELINE = call_script("dom", "toTimeline(what.day)", "what")
_TO_PRIVACY = call_script("dom", "toPrivacy(what.forget)", "what")
# The field sends no text that is no time, but the time before it.
_AS_TYPED = "(at, ...rest) => [document.querySelector('#eb-chosen .timebox input').value, ...rest]"
_TO_PANEL = call_script("library", "toPanel()")


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    uploader = scripted("library", "eb-library")
    parts = LibraryParts(assistant)
    events = LibraryEvents(assistant, parts)
    _wire_shown(uploader, parts, events)
    _wire_chosen(parts, LibraryActions(assistant, parts, events))
    tools(assistant)


def _wire_shown(uploader: gr.HTML, parts: LibraryParts, events: LibraryEvents) -> None:
    shown, outputs = parts.shown, parts.all
    uploader.submit(events.refresh, shown, outputs, trigger_mode="once", **QUIET)
    for one in (parts.day, parts.device, parts.status, parts.order, parts.words):
        one.change(events.find, shown, outputs, trigger_mode="always_last", **QUIET)
    parts.newer.click(events.turn(-1), shown, outputs, **QUIET)
    parts.older.click(events.turn(1), shown, outputs, **QUIET)
    for gallery, coming in ((parts.gallery, False), (parts.coming, True)):
        picked = gallery.select(events.choosing(coming), [parts.several, *shown], outputs, **QUIET)
        picked.then(None, None, None, js=_TO_PANEL)
    parts.close.click(events.let_go, shown, outputs, **QUIET)
    parts.show.click(None, [parts.target], None, js=_TO_TIMELINE)
    parts.forget.click(None, [parts.target], None, js=_TO_PRIVACY)


def _wire_chosen(parts: LibraryParts, actions: LibraryActions) -> None:
    shown, outputs = parts.shown, parts.all
    parts.date.click(actions.ask_date, [parts.chosen], outputs, **QUIET)
    typed = [parts.chosen, parts.start]
    parts.start.change(actions.preview_date, typed, [parts.moves], **QUIET)
    parts.set_date.click(actions.set_date, [parts.start, *shown], outputs, js=_AS_TYPED, **QUIET)
    parts.delete.click(actions.ask_to_delete, [parts.chosen], outputs, **QUIET)
    parts.keep.click(lambda: gr.Column(visible=False), None, [parts.deleting], **QUIET)
    gone = parts.delete_now.click(actions.delete, shown, outputs, **QUIET)
    gone.then(None, None, None, js=FORGOTTEN)
    parts.retry.click(actions.retry, shown, outputs, **QUIET)
    parts.retry_all.click(actions.retry_all, shown, outputs, **QUIET)
    parts.allow.click(actions.allow, shown, outputs, **QUIET)
    parts.pause.click(actions.pausing(True), shown, outputs, **QUIET)
    parts.resume.click(actions.pausing(False), shown, outputs, **QUIET)
