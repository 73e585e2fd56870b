"""The section in which something is forgotten: its fields, its two questions, its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from app.pages.privacy.forget_events import ForgetEvents, ForgetParts
from app.pages.privacy.shared import card, status, unshown
from app.pages.shell import FORGOTTEN, QUIET, focus_on
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
        placed = {**_fields(), **_outcome()}
        placed |= {name: gr.State(None) for name in ("exact", "preview", "offered")}
    parts = ForgetParts(**placed)
    events = ForgetEvents(assistant, parts)
    return events, _wire(parts, events)


def _fields() -> dict[str, Any]:
    kinds = [
        (t("A time"), "span"),
        (t("A whole day"), "day"),
        (t("A person"), "person"),
        (t("A place"), "place"),
        (t("A recording"), "recording"),
    ]
    kind = gr.Radio(kinds, value="span", label=t("What should be forgotten?"))
    day = _chooser(t("Day"))
    with gr.Row() as times:
        begins = gr.Textbox(label=t("From"), placeholder="18:00", max_length=40, max_lines=1)
        ends = gr.Textbox(label=t("Until"), placeholder="19:00", max_length=40, max_lines=1)
    place_note = t(
        "Places are known by what was told, read on signs or recognised; no positions are kept. "
        "Look closely at what would go."
    )
    moments = t("Also every moment in which they were seen or heard")
    originals = t("Also cut the files that lie elsewhere on this computer")
    return {
        "kind": kind,
        "day": day,
        "times": times,
        "begins": begins,
        "ends": ends,
        "only": gr.Checkbox(visible=False),
        "person": _chooser(t("Name or number"), visible=False),
        "moments": gr.Checkbox(label=moments, visible=False),
        "place": _chooser(t("Name of the place"), visible=False),
        "about_place": gr.Markdown(place_note, visible=False, elem_classes="eb-facts"),
        "recording": _chooser(t("Name of the file"), visible=False),
        "originals": gr.Checkbox(label=originals),
        "look": gr.Button(t("See what would go"), variant="primary", elem_id="eb-look"),
    }


def _chooser(label: str, **more: Any) -> gr.Dropdown:
    return gr.Dropdown([], value=None, label=label, allow_custom_value=True, **more)


def _outcome() -> dict[str, Any]:
    shown = status("eb-would-go")
    with gr.Row(elem_classes="eb-buttons"):
        return {
            "shown": shown,
            "ask": gr.Button(t("Forget this"), variant="stop", visible=False),
            "keep": gr.Button(t("Keep it"), visible=False, elem_id="eb-keep-it"),
            "sure": gr.Button(t("Yes, forget it for good"), variant="stop", visible=False),
        }


def _wire(parts: ForgetParts, events: ForgetEvents) -> gr.events.Dependency:
    shown_fields = [getattr(parts, name) for name in _CHOSEN]
    parts.kind.change(None, [parts.kind], shown_fields, js=_fields_of_kind(), **QUIET)
    buttons = [parts.shown, parts.ask, parts.keep, parts.sure]
    for field in parts.typed:  # what would go is shown for what stands in the fields
        field.input(None, None, buttons, js=unshown(3), **QUIET)
    looking = [parts.exact, *parts.typed]
    gr.on(
        [parts.look.click, parts.begins.submit, parts.ends.submit],
        events.look,
        looking,
        parts.outcome,
        **QUIET,
    )
    confirming = [parts.shown, parts.preview]
    asked = parts.ask.click(events.ask, [*confirming, *looking], parts.outcome, **QUIET)
    asked.then(None, None, None, js=focus_on("eb-keep-it"), **QUIET)
    kept = parts.keep.click(events.keep, None, parts.outcome, **QUIET)
    kept.then(None, None, None, js=focus_on("eb-look"), **QUIET)
    gone = parts.sure.click(
        events.forget,
        confirming,
        [*parts.outcome, parts.person, parts.place, parts.recording],
        **QUIET,
    )
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
