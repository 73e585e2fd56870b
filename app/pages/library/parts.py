"""The components of the Library page: what comes, what is there, what is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import gradio as gr

from app.demo.sample import SampleState
from app.pages.sample_day import SampleParts
from app.pages.shell import Parts, markdown, picture_gallery
from app.presentation.i18n import t
from memory.repositories.library_shelf import ShelfEntry

if TYPE_CHECKING:
    from app.assistant import Assistant

Chosen: TypeAlias = tuple[ShelfEntry, ...]

PAGE = 24
COMING_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a page shows, so that it is drawn anew only where something changed."""

    shown: Chosen = ()
    coming: Chosen = ()
    values: tuple[Any, ...] = ()
    queue: tuple[Any, ...] = ()
    asked: tuple[Any, ...] = ()
    version: int | None = None  # of the home
    sample: SampleState | None = None


class LibraryParts(Parts):
    """The components of the page that its events change."""

    def __init__(self, assistant: Assistant) -> None:
        """Places them."""
        self.sample = SampleParts(assistant, "library")
        self._on_its_way()
        gr.Markdown(f"## {t('Your recordings')}")
        self._finding()
        with gr.Row(equal_height=False, elem_classes="eb-shelf"):
            with gr.Column(scale=3, min_width=0):
                self._gallery()
            with gr.Column(
                scale=2, min_width=280, visible=False, elem_id="eb-chosen", elem_classes="eb-card"
            ) as self.panel:
                self._chosen()
        self.drawn, self.chosen, self.offset = gr.State(Drawn()), gr.State(()), gr.State(0)

    @property
    def filters(self) -> list[Any]:
        """What is looked for: words, day, device, state and order."""
        return [self.words, self.day, self.device, self.status, self.order]

    @property
    def shown(self) -> list[Any]:
        """What the page is drawn from."""
        return [self.drawn, self.chosen, self.offset, *self.filters]

    def _on_its_way(self) -> None:
        with gr.Column(visible=False, elem_classes="eb-queue") as self.queue:
            gr.Markdown(f"## {t('On its way')}")
            self.queue_words = markdown(elem_classes="eb-queue-words")
            with gr.Row(elem_classes="eb-buttons"):
                self.pause = gr.Button(t("Pause"), visible=False, elem_id="eb-pause")
                self.resume = gr.Button(t("Go on"), visible=False)
                self.retry_all = gr.Button(t("Try all again"), visible=False)
            self.progress = gr.Label(
                show_heading=False, visible=False, elem_classes="eb-working", label=t("At work")
            )
            self.coming = picture_gallery(t("On its way"), "eb-coming", visible=False)

    def _finding(self) -> None:
        with gr.Row(visible=False, elem_classes="eb-finding") as self.finding:
            self.words = gr.Textbox(
                label=t("Find a recording"),
                placeholder=t("Name, day (2026-03) or camera"),
                max_length=200,
                scale=3,
            )
            self.order = gr.Dropdown(_orders(), value="newest", label=t("Order"), min_width=140)
        with (
            gr.Accordion(
                t("Day, camera, state"), open=False, visible=False, elem_classes="eb-narrowing"
            ) as self.narrowing,
            gr.Row(),
        ):
            self.day = gr.DateTime(
                label=t("Day"),
                include_time=False,
                type="string",
                interactive=True,
                min_width=160,
            )
            self.device = gr.Dropdown([(t("All"), "")], value="", label=t("Camera"), min_width=160)
            self.status = gr.Dropdown(
                _states(), value="", label=t("Which recordings"), min_width=160
            )
        self.several = gr.Checkbox(
            label=t("Choose several"), visible=False, container=False, elem_classes="eb-several"
        )

    def _gallery(self) -> None:
        self.gallery = picture_gallery(t("Your recordings"), "eb-recordings", visible=False)
        self.nothing = gr.Markdown(t("Opening your library …"), elem_classes="eb-quiet")
        with gr.Row(visible=False, elem_classes="eb-paging") as self.pages:
            self.newer = gr.Button(t("Page before"), min_width=100)
            self.where = gr.Markdown(elem_classes="eb-facts")
            self.older = gr.Button(t("Next page"), min_width=100)

    def _chosen(self) -> None:
        self.about = markdown()
        self.target = gr.JSON(elem_id="eb-target")
        with gr.Row(elem_classes="eb-buttons"):
            self.show = gr.Button(t("Show in the timeline"), min_width=0)
            self.date = gr.Button(t("Set its time"), min_width=0)
            self.forget = gr.Button(t("Forget a part …"), min_width=0)
            self.retry = gr.Button(t("Try again"), min_width=0)
            self.allow = gr.Button(t("Add it all the same"), min_width=0)
            self.delete = gr.Button(t("Delete …"), min_width=0)
            self.close = gr.Button(t("Close"), min_width=0)
        with gr.Column(visible=False) as self.dating:
            self.start = gr.DateTime(label=t("Recorded on"), type="string", interactive=True)
            self.moves = markdown(elem_classes="eb-moves")
            self.set_date = gr.Button(t("Set it"), variant="primary")
        with gr.Column(visible=False) as self.deleting:
            self.goes = markdown()
            self.going = gr.JSON([], visible="hidden")  # what the question is about
            with gr.Row(elem_classes="eb-buttons"):
                self.delete_now = gr.Button(t("Delete for good"), variant="stop")
                self.keep = gr.Button(t("Cancel"))


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
