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
from app.pages.shell import FORGOTTEN, QUIET, call_script, ordered, scripted

if TYPE_CHECKING:
    from app.assistant import Assistant

_TO_TIMELINE = call_script("dom", "openPage('timeline', { day: what.day })", "what")
_TO_PRIVACY = call_script("dom", "openPage('privacy', what.forget)", "what")
# The field sends no text that is no time, but the time before it.
_AS_TYPED = "(at, ...rest) => [document.querySelector('#eb-chosen .timebox input').value, ...rest]"
_TO_PANEL = call_script("library", "toPanel()")
_ORDERED = ordered("library")
_ONCE, _LAST = ordered("library", "once"), ordered("library", "always_last")


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    uploader = scripted("library", "eb-library")
    parts = LibraryParts(assistant)
    events = LibraryEvents(assistant, parts)
    _wire_shown(uploader, parts, events)
    _wire_chosen(parts, events, LibraryActions(assistant, parts, events))
    tools(assistant)


def _wire_shown(uploader: gr.HTML, parts: LibraryParts, events: LibraryEvents) -> None:
    shown, outputs = parts.shown, parts.all
    uploader.submit(events.refresh, shown, outputs, **_ONCE)
    for one in parts.filters:
        one.change(events.find, shown, outputs, **_LAST)
    parts.newer.click(events.turn(-1), shown, outputs, **_ORDERED)
    parts.older.click(events.turn(1), shown, outputs, **_ORDERED)
    for gallery, coming in ((parts.gallery, False), (parts.coming, True)):
        picked = gallery.select(
            events.choosing(coming), [parts.several, *shown], outputs, **_ORDERED
        )
        picked.then(None, None, None, js=_TO_PANEL)
    parts.close.click(events.let_go, shown, outputs, **_ORDERED)
    parts.show.click(None, [parts.target], None, js=_TO_TIMELINE)
    parts.forget.click(None, [parts.target], None, js=_TO_PRIVACY)


def _wire_chosen(parts: LibraryParts, events: LibraryEvents, actions: LibraryActions) -> None:
    shown, outputs = parts.shown, parts.all
    parts.date.click(actions.ask_date, [parts.chosen], outputs, **_ORDERED)
    typed = [parts.chosen, parts.start]
    parts.start.change(actions.preview_date, typed, [parts.moves], **_LAST)
    parts.set_date.click(actions.set_date, [parts.start, *shown], outputs, js=_AS_TYPED, **_ORDERED)
    parts.delete.click(actions.ask_to_delete, [parts.chosen], outputs, **_ORDERED)
    parts.keep.click(lambda: gr.Column(visible=False), None, [parts.deleting], **_ORDERED)
    # Another one may be deleted meanwhile: each press says what it is about.
    gone = parts.delete_now.click(
        actions.delete, [parts.going], None, trigger_mode="multiple", **QUIET
    )
    gone.then(events.after_deletion, shown, outputs, **_ORDERED)
    gone.then(None, None, None, js=FORGOTTEN)
    parts.retry.click(actions.retry, shown, outputs, **_ORDERED)
    parts.retry_all.click(actions.retry_all, shown, outputs, **_ONCE)
    parts.allow.click(actions.allow, shown, outputs, **_ORDERED)
    parts.pause.click(actions.pausing(True), shown, outputs, **_ONCE)
    parts.resume.click(actions.pausing(False), shown, outputs, **_ONCE)
