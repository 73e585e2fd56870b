"""The components of People: everybody, two who may be one, and whoever is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.pages.shell import Parts, markdown, picture_gallery
from app.presentation.i18n import t

LONGEST_NAME = 60  # letters
PAGE = 24  # people without a name


@dataclass(frozen=True, slots=True)
class DrawnPeople:
    """What the list shows, so that it is drawn anew only where something changed."""

    values: tuple[Any, ...] = ()
    asked: tuple[str, int] = ("", 0)
    version: int | None = None  # of the home


@dataclass(frozen=True, slots=True)
class ShownPair:
    """Two of whom it is asked whether they are one person; ids, empty where there are none."""

    one: str = ""
    two: str = ""
    place: int = 0  # among all pairs
    version: int | None = None  # of the home


class PeopleParts(Parts):
    """The components of the page."""

    def __init__(self) -> None:
        """Places them."""
        with gr.Row(elem_classes="eb-buttons"):
            self.back = gr.Button(t("‹ Everybody"), visible=False, min_width=0, elem_id="eb-back")
            self.undo = gr.Button(
                t("Undo the last change"), visible=False, min_width=0, elem_id="eb-undo"
            )
        with gr.Column(elem_id="eb-everybody") as self.everybody:
            self._list()
        with gr.Column(visible=False, elem_id="eb-somebody") as self.somebody:
            self._person()
        self.target = gr.JSON({}, visible="hidden")
        self.drawn = gr.State(DrawnPeople())
        self.count = gr.State(PAGE)  # how many without a name are shown
        self.asked = gr.State(ShownPair())
        self.who = gr.State("")  # the id of the person who is shown; empty: everybody
        self.ticked = gr.State(())  # the samples that are somebody else's

    @property
    def list_inputs(self) -> list[Any]:
        """What the list is drawn from."""
        return [self.drawn, self.find, self.count]

    def _list(self) -> None:
        self.find = gr.Textbox(
            "",
            label=t("Find somebody by name"),
            max_length=LONGEST_NAME,
            max_lines=1,
            visible=False,
            elem_id="eb-find-person",
        )
        self.nothing = gr.Markdown(t("Looking who was there …"), elem_classes="eb-nothing")
        with gr.Column(visible=False) as self.strangers:
            words = t(
                "Say it once, and they are found everywhere: "
                "in search, in answers, on the timeline."
            )
            gr.Markdown(f"## {t('Who is this?')}\n\n{words}")
            self.strange = picture_gallery(t("Who is this?"), "eb-strangers")
            self.more = gr.Button(t("Show more"), visible=False)
        with gr.Column(visible=False, elem_id="eb-pair") as self.pair:
            self._pair(t("Are these the same person?"))
        with gr.Column(visible=False) as self.friends:
            gr.Markdown(f"## {t('People you named')}")
            self.named = picture_gallery(t("People you named"), "eb-friends")

    def _pair(self, question: str) -> None:
        gr.Markdown(f"## {question}")
        with gr.Row():
            self.first = picture_gallery(question, "eb-pair-first")
            self.second = picture_gallery(question, "eb-pair-second")
        self.why = markdown()
        self.pair_voice = gr.Markdown(visible=False, elem_id="eb-pair-voice")
        with gr.Row(elem_classes="eb-buttons"):
            self.same = gr.Button(t("Same person"), variant="primary", min_width=0)
            self.apart = gr.Button(t("Two people"), min_width=0)
            self.next_pair = gr.Button(t("Ask about others"), min_width=0)

    def _person(self) -> None:
        self.about = markdown()
        self.name = gr.Textbox(
            label=t("Name"),
            max_length=LONGEST_NAME,
            max_lines=1,
            submit_btn=t("Save"),
            elem_id="eb-name",
        )
        with gr.Column() as self.prints:
            words = t("Is one of them somebody else? Choose it. Voices play when they are chosen.")
            gr.Markdown(f"### {t('Faces and voices')}\n\n{words}")
            self.samples = picture_gallery(t("Faces and voices"), "eb-samples")
            self.voice = gr.Markdown(visible=False, elem_id="eb-voice")
            self.split = gr.Button(t("These are somebody else"), interactive=False)
        with gr.Row(elem_classes="eb-merge"):
            self.other = gr.Dropdown([], label=t("The same person as"), elem_id="eb-other")
            self.merge = gr.Button(t("Merge"), scale=0)
            self.me = gr.Button(t("This is me"), scale=0)
        self.story = markdown(elem_id="eb-story")
        with gr.Row(elem_classes="eb-buttons"):
            self.forget = gr.Button(t("Forget this person …"), min_width=0)
            self.forget_moments = gr.Button(t("Forget every moment with them …"), min_width=0)
        with gr.Column(visible=False) as self.forgetting:
            self.goes = markdown()
            with gr.Row(elem_classes="eb-buttons"):
                self.forget_now = gr.Button(
                    "", variant="stop", min_width=0, elem_id="eb-forget-now"
                )
                self.keep = gr.Button(t("Keep"), min_width=0)
