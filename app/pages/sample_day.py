"""The sample day on the pages Ask and Library: offered to an empty home, watched, and removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.demo.sample import FILMS, SampleState
from app.pages.event_context import on_behalf
from app.pages.shell import FORGOTTEN, QUIET
from app.presentation.i18n import t, translate
from app.presentation.markdown import plain

if TYPE_CHECKING:
    from app.assistant import Assistant


@dataclass(frozen=True)
class SampleParts:
    """The components of the panel."""

    panel: gr.Column
    words: gr.Markdown
    progress: gr.Label
    start: gr.Button
    remove: gr.Button

    @property
    def shown(self) -> list[Any]:
        """What its events change."""
        return [self.panel, self.words, self.progress, self.start, self.remove]


def sample_panel(assistant: Assistant) -> SampleParts:
    """Places the panel, hidden, and what its buttons do."""
    with gr.Column(visible=False, elem_classes="eb-sample-day") as panel:
        with gr.Row():
            words = gr.Markdown(latex_delimiters=[], sanitize_html=True)
            start = gr.Button(t("Try it with a sample day"), visible=False, scale=0)
            remove = gr.Button(t("Remove the sample day"), visible=False, scale=0)
        progress = gr.Label(
            show_heading=False, visible=False, elem_classes="eb-working", label=t("Sample day")
        )
    parts = SampleParts(panel, words, progress, start, remove)

    def begin(request: gr.Request) -> dict[Any, Any]:
        with on_behalf(request):
            assistant.sample.start()
            return sample_updates(parts, assistant.sample.state())

    def end(request: gr.Request) -> dict[Any, Any]:
        with on_behalf(request):
            assistant.sample.remove()
            return sample_updates(parts, assistant.sample.state())

    start.click(begin, None, parts.shown, **QUIET)
    gone = remove.click(end, None, parts.shown, **QUIET)
    gone.success(None, None, None, js=FORGOTTEN)
    return parts


def sample_updates(parts: SampleParts, state: SampleState) -> dict[Any, Any]:
    """The panel as the sample day stands."""
    phase = state.phase
    made = t("Films made: {done} of {total}", done=state.done, total=FILMS)
    read = t("Films remembered: {done} of {total}", done=state.done, total=FILMS)
    figures = {"filming": {made: state.done / FILMS}, "indexing": {read: state.done / FILMS}}
    return {
        parts.panel: gr.Column(visible=phase != "absent"),
        parts.words: plain(translate(state.trouble) or _words(phase)),
        parts.progress: gr.Label(figures.get(phase), visible=phase in figures),
        parts.start: gr.Button(visible=phase == "offered"),
        parts.remove: gr.Button(visible=phase not in ("offered", "absent")),
    }


def _words(phase: str) -> str:
    words = {
        "offered": t("No recording at hand? Four short films can be made here in a minute."),
        "filming": t("The sample day is being made; it goes on while you look around."),
        "indexing": t("The sample day can be asked about in a minute."),
        "ready": t("This is a sample day: four short films that were made on this computer."),
    }
    return words.get(phase, "")
