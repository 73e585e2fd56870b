"""Library: recordings as a gallery, what is on its way into it, and what can be done with each.

``static/library.js`` sends files, says when to look again, and gives names to what Gradio leaves
without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from app.pages.library.actions import LibraryActions
from app.pages.library.events import Drawn, LibraryEvents, LibraryParts
from app.pages.library.tools import tools
from app.pages.sample_day import sample_panel
from app.pages.shell import (
    FORGOTTEN,
    QUIET,
    call_script,
    markdown,
    markup,
    picture_gallery,
    shell,
)
from app.presentation.i18n import t

if TYPE_CHECKING:
    from app.assistant import Assistant

_TO_TIMELINE = call_script("ways", "toTimeline(what.day)", "what")
_TO_PRIVACY = call_script("ways", "toPrivacy(what.forget)", "what")
# The field sends no text that is no time, but the time before it.
_AS_TYPED = "(at, ...rest) => [document.querySelector('#eb-chosen .timebox input').value, ...rest]"
_TO_PANEL = call_script("library", "toPanel()")


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    uploader = markup(shell("library", **_adding()), "eb-library", "library")
    placed: dict[str, Any] = {"sample": sample_panel(assistant)} | _on_its_way() | _finding()
    with gr.Row(equal_height=False, elem_classes="eb-shelf"):
        placed |= _gallery() | _panel()
    placed |= {"drawn": gr.State(Drawn()), "chosen": gr.State(()), "offset": gr.State(0)}
    parts = LibraryParts(**placed)
    events = LibraryEvents(assistant, parts)
    _wire_shown(uploader, parts, events)
    _wire_chosen(parts, LibraryActions(assistant, parts, events))
    tools(assistant)


def _adding() -> dict[str, str]:
    return {
        "library": t("Library"),
        "add": t("Add recordings"),
        "drop": t("Drop videos, sound files or photos here, or press to choose them."),
        "kept": t(
            "They go to a folder on this computer, nowhere else. A broken upload goes on where it "
            "stopped."
        ),
    }


def _on_its_way() -> dict[str, Any]:
    with gr.Column(visible=False, elem_classes="eb-queue") as queue:
        gr.Markdown(f"## {t('On its way')}")
        queue_words = markdown(elem_classes="eb-queue-words")
        with gr.Row(elem_classes="eb-buttons"):
            pause = gr.Button(t("Pause"), visible=False, elem_id="eb-pause")
            resume = gr.Button(t("Go on"), visible=False)
            retry_all = gr.Button(t("Try all again"), visible=False)
        progress = gr.Label(
            show_heading=False, visible=False, elem_classes="eb-working", label=t("At work")
        )
        coming = picture_gallery(t("On its way"), "eb-coming", visible=False)
    return {
        "queue": queue,
        "queue_words": queue_words,
        "pause": pause,
        "resume": resume,
        "retry_all": retry_all,
        "progress": progress,
        "coming": coming,
    }


def _finding() -> dict[str, Any]:
    gr.Markdown(f"## {t('Your recordings')}")
    with gr.Row(visible=False, elem_classes="eb-finding") as finding:
        words = gr.Textbox(
            label=t("Find a recording"),
            placeholder=t("Name, day (2026-03) or camera"),
            max_length=200,
            scale=3,
        )
        order = gr.Dropdown(_orders(), value="newest", label=t("Order"), min_width=140)
    with gr.Accordion(
        t("Day, camera, state"), open=False, visible=False, elem_classes="eb-narrowing"
    ) as narrowing:
        with gr.Row():
            day = gr.DateTime(
                label=t("Day"), include_time=False, type="string", interactive=True, min_width=160
            )
            device = gr.Dropdown([(t("All"), "")], value="", label=t("Camera"), min_width=160)
            status = gr.Dropdown(_states(), value="", label=t("Which recordings"), min_width=160)
        several = gr.Checkbox(label=t("Choose several"), visible=False)
    return {
        "finding": finding,
        "words": words,
        "order": order,
        "narrowing": narrowing,
        "day": day,
        "device": device,
        "status": status,
        "several": several,
    }


def _orders() -> list[tuple[str, str]]:
    return [
        (t("Newest first"), "newest"),
        (t("Oldest first"), "oldest"),
        (t("Longest first"), "longest"),
        (t("Largest first"), "largest"),
    ]


def _states() -> list[tuple[str, str]]:
    return [
        (t("All"), ""),
        (t("Ready"), "ready"),
        (t("Readable in part"), "partial"),
        (t("Date unknown"), "undated"),
        (t("On its way"), "coming"),
        (t("Needs a look"), "stuck"),
    ]


def _gallery() -> dict[str, Any]:
    with gr.Column(scale=3, min_width=0):
        gallery = picture_gallery(t("Your recordings"), "eb-recordings", visible=False)
        nothing = gr.Markdown(t("Opening your library …"), elem_classes="eb-quiet")
        with gr.Row(visible=False, elem_classes="eb-paging") as pages:
            newer = gr.Button(t("Page before"), min_width=100)
            where = gr.Markdown(elem_classes="eb-facts")
            older = gr.Button(t("Next page"), min_width=100)
    return {
        "gallery": gallery,
        "nothing": nothing,
        "pages": pages,
        "newer": newer,
        "where": where,
        "older": older,
    }


def _panel() -> dict[str, Any]:
    with gr.Column(
        scale=2, min_width=280, visible=False, elem_id="eb-chosen", elem_classes="eb-card"
    ) as panel:
        about = markdown()
        target = gr.JSON(elem_id="eb-target")
        with gr.Row(elem_classes="eb-buttons"):
            buttons = {
                name: gr.Button(words, min_width=0)
                for name, words in (
                    ("show", t("Show in the timeline")),
                    ("date", t("Set its time")),
                    ("forget", t("Forget a part …")),
                    ("retry", t("Try again")),
                    ("allow", t("Add it all the same")),
                    ("delete", t("Delete …")),
                    ("close", t("Close")),
                )
            }
        with gr.Column(visible=False) as dating:
            start = gr.DateTime(label=t("Recorded on"), type="string", interactive=True)
            moves = markdown(elem_classes="eb-moves")
            set_date = gr.Button(t("Set it"), variant="primary")
        with gr.Column(visible=False) as deleting:
            goes = markdown()
            with gr.Row(elem_classes="eb-buttons"):
                delete_now = gr.Button(t("Delete for good"), variant="stop")
                keep = gr.Button(t("Cancel"))
    return {
        "panel": panel,
        "about": about,
        "target": target,
        **buttons,
        "dating": dating,
        "start": start,
        "moves": moves,
        "set_date": set_date,
        "deleting": deleting,
        "goes": goes,
        "delete_now": delete_now,
        "keep": keep,
    }


def _wire_shown(uploader: gr.HTML, parts: LibraryParts, events: LibraryEvents) -> None:
    shown = [parts.drawn, parts.chosen, parts.offset, *parts.filters]
    outputs = _outputs(parts)
    uploader.submit(events.refresh, shown, outputs, trigger_mode="once", **QUIET)
    looked = [parts.drawn, parts.chosen, *parts.filters]
    for one in (parts.day, parts.device, parts.status, parts.order, parts.words):
        one.change(events.find, looked, outputs, trigger_mode="always_last", **QUIET)
    parts.newer.click(events.turn(-1), shown, outputs, **QUIET)
    parts.older.click(events.turn(1), shown, outputs, **QUIET)
    picked = [parts.several, *shown]
    for gallery, choose in ((parts.gallery, events.choose), (parts.coming, events.choose_coming)):
        gallery.select(choose, picked, outputs, **QUIET).then(None, None, None, js=_TO_PANEL)
    parts.close.click(events.let_go, shown, outputs, **QUIET)
    parts.show.click(None, [parts.target], None, js=_TO_TIMELINE)
    parts.forget.click(None, [parts.target], None, js=_TO_PRIVACY)


def _wire_chosen(parts: LibraryParts, actions: LibraryActions) -> None:
    shown = [parts.drawn, parts.chosen, parts.offset, *parts.filters]
    outputs = _outputs(parts)
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


def _outputs(parts: LibraryParts) -> list[Any]:
    """All that an event may change; it gives only what it does."""
    names = (name for name in LibraryParts.__dataclass_fields__ if name != "sample")
    return [*(getattr(parts, name) for name in names), *parts.sample.shown]
