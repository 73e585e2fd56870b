"""Shared by the sections of Settings: a frame, refusals in words, texts to copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import gradio as gr

from app.pages.messages import refusal, tell
from app.pages.shell import QUIET, Updates, call_script, focus_on
from app.presentation.i18n import t

_COPY = call_script("settings", "copy(text)", "text")


class Section(Protocol):
    """A part of the page; ``outputs`` are the components that its events change."""

    outputs: list[Any]

    def show(self) -> Updates:
        """What is to be seen by whoever opens the page; nothing that is typed or chosen there."""
        ...


@contextmanager
def placed(title: str, elem_id: str, *, visible: bool = True) -> Iterator[gr.Column]:
    """A part of the page with a heading; components inside are its own."""
    with gr.Column(
        elem_classes="eb-set-part", elem_id=elem_id, visible=visible, min_width=0
    ) as column:
        gr.Markdown(f"## {title}")
        yield column


class CopyField:
    """Text for somewhere else, with a button that copies it.

    One that is not ``filled`` yet cannot be written in: what is typed would be written over.
    """

    def __init__(
        self,
        label: str,
        elem_id: str,
        *,
        lines: int = 1,
        visible: bool = True,
        filled: bool = True,
    ) -> None:
        with gr.Column(visible=visible, elem_id=elem_id, min_width=0) as self.place:
            # One that is not interactive cannot be reached, nor its words chosen, by keyboard.
            self.text = gr.Textbox(label=label, lines=lines, max_lines=14, interactive=filled)
            copy = gr.Button(t("Copy"))
        self.outputs = [self.place, self.text]
        copy.click(self._copied, self.text, None, js=_COPY, **QUIET)

    def give(self, text: str, **more: Any) -> Updates:
        """Shows a text; of ``more``, its label."""
        return {self.place: gr.Column(visible=True), self.text: gr.update(value=text, **more)}

    def take(self) -> Updates:
        """Shows it no more."""
        return {self.place: gr.Column(visible=False), self.text: ""}

    def focus(self) -> str:
        """Script that leads to the text, chosen as a whole."""
        return focus_on(f"{self.place.elem_id} :is(input, textarea)")

    def _copied(self, why: str) -> None:
        if why:
            raise refusal(t("Select it and copy it by hand"))
        tell(t("Copied"))


def password(label: str, autocomplete: str) -> gr.Textbox:
    """A field whose letters are not shown."""
    attributes = gr.InputHTMLAttributes(autocomplete=autocomplete)
    return gr.Textbox(label=label, type="password", max_length=256, html_attributes=attributes)


def chosen(value: str | None, otherwise: str) -> str:
    """What was chosen of a list. Raises gr.Error with ``otherwise`` where nothing was."""
    if not value:
        raise refusal(otherwise)
    return value
