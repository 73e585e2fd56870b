"""The fields in which is chosen what is forgotten, and the buttons that confirm it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import gradio as gr

from app.pages.privacy.fields import TypedChoice
from app.pages.privacy.shared import status
from app.pages.shell import Parts
from app.presentation.i18n import t


class ForgetParts(Parts):
    """The components that choose, show and confirm."""

    def __init__(self) -> None:
        """Places them."""
        kinds = [
            (t("A time"), "span"),
            (t("A whole day"), "day"),
            (t("A person"), "person"),
            (t("A place"), "place"),
            (t("A recording"), "recording"),
        ]
        self.kind = gr.Radio(kinds, value="span", label=t("What should be forgotten?"))
        self.day = _chooser(t("Day"))
        with gr.Row() as self.times:
            self.begins = gr.Textbox(
                label=t("From"), placeholder="18:00", max_length=40, max_lines=1
            )
            self.ends = gr.Textbox(
                label=t("Until"), placeholder="19:00", max_length=40, max_lines=1
            )
        self.only = gr.Checkbox(visible=False)
        self.person = _chooser(t("Name or number"), visible=False)
        moments = t("Also every moment in which they were seen or heard")
        self.moments = gr.Checkbox(label=moments, visible=False)
        self.place = _chooser(t("Name of the place"), visible=False)
        place_note = t(
            "Places are known by what was told, read on signs or recognised; no positions are "
            "kept. Look closely at what would go."
        )
        self.about_place = gr.Markdown(place_note, visible=False, elem_classes="eb-facts")
        self.recording = _chooser(t("Name of the file"), visible=False)
        self.originals = gr.Checkbox(
            label=t("Also cut the files that lie elsewhere on this computer")
        )
        self.look = gr.Button(t("See what would go"), variant="primary", elem_id="eb-look")
        self.shown = status("eb-would-go")
        with gr.Row(elem_classes="eb-buttons"):
            self.ask = gr.Button(t("Forget this"), variant="stop", visible=False)
            self.keep = gr.Button(t("Keep it"), visible=False, elem_id="eb-keep-it")
            self.sure = gr.Button(t("Yes, forget it for good"), variant="stop", visible=False)
        self.exact, self.preview, self.offered = gr.State(None), gr.State(None), gr.State(None)

    @property
    def typed(self) -> list[Any]:
        """The fields, as ``TypedChoice`` names them."""
        return [getattr(self, field.name) for field in fields(TypedChoice)]


def _chooser(label: str, **more: Any) -> gr.Dropdown:
    return gr.Dropdown([], value=None, label=label, allow_custom_value=True, **more)
