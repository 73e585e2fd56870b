"""The sample day on the pages Ask and Library: offered to an empty home, watched, and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.demo.sample import FILMS, SampleState
from app.pages.shell import FORGOTTEN, QUIET, Parts, Updates, markdown, ordered
from app.presentation.i18n import t, translate
from app.presentation.markdown import plain

if TYPE_CHECKING:
    from app.assistant import Assistant


class SampleParts(Parts):
    """The components of the panel."""

    def __init__(self, assistant: Assistant, part: str = "sample") -> None:
        """Places the panel, hidden, and what its buttons do, in the order of that ``part``."""
        with gr.Column(visible=False, elem_classes="eb-sample-day") as self.panel:
            with gr.Row():
                self.words = markdown()
                self.start = gr.Button(t("Try it with a sample day"), visible=False, scale=0)
                self.remove = gr.Button(t("Remove the sample day"), visible=False, scale=0)
            self.progress = gr.Label(
                show_heading=False, visible=False, elem_classes="eb-working", label=t("Sample day")
            )

        begun = self.start.click(assistant.sample.start, None, None, **QUIET)
        gone = self.remove.click(assistant.sample.remove, None, None, **QUIET)
        for changed in (begun, gone):
            changed.then(
                lambda: self.updates(assistant.sample.state()), None, self.all, **ordered(part)
            )
        gone.success(None, None, None, js=FORGOTTEN)

    def updates(self, state: SampleState) -> Updates:
        """The panel as the sample day stands."""
        phase = state.phase
        made = t("Films made: {done} of {total}", done=state.done, total=FILMS)
        read = t("Films remembered: {done} of {total}", done=state.done, total=FILMS)
        figures = {"filming": {made: state.done / FILMS}, "indexing": {read: state.done / FILMS}}
        return {
            self.panel: gr.Column(visible=phase != "absent"),
            self.words: plain(translate(state.trouble) or _words(phase)),
            self.progress: gr.Label(figures.get(phase), visible=phase in figures),
            self.start: gr.Button(visible=phase == "offered"),
            self.remove: gr.Button(visible=phase not in ("offered", "absent")),
        }


def _words(phase: str) -> str:
    words = {
        "offered": t("No recording at hand? Four short films can be made here in a minute."),
        "filming": t("The sample day is being made; it goes on while you look around."),
        "indexing": t("The sample day can be asked about in a minute."),
        "ready": t("This is a sample day: four short films that were made on this computer."),
    }
    return words.get(phase, "")
