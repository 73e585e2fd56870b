"""Pieces that the sections of the page Privacy have in common."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from app.pages.shell import Updates, markdown
from app.presentation.markdown import plain


def card(elem_id: str) -> gr.Column:
    """A section with a frame of its own."""
    return gr.Column(elem_id=elem_id, elem_classes="eb-card")


def status(elem_id: str) -> gr.Markdown:
    """Where an event says what became of it; ``static/names.js`` makes it a live region."""
    return markdown(elem_id=elem_id, elem_classes="eb-status")


class Confirmation:
    """Where an event says what became of it, with two buttons where it asks first."""

    def __init__(self, name: str, cancel: str, cancel_id: str, sure: str) -> None:
        """Places them: ``name`` is of the status; ``cancel`` and ``sure`` stand on the buttons."""
        self.shown = status(name)
        with gr.Row(elem_classes="eb-buttons"):
            self.cancel = gr.Button(cancel, visible=False, elem_id=cancel_id)
            self.sure = gr.Button(sure, variant="stop", visible=False)
        self.outputs = [self.shown, self.cancel, self.sure]

    def say(self, words: str, *, asks: bool = False) -> Updates:
        """Says something, and shows the buttons where it asks."""
        shown = gr.Button(visible=asks)
        return {self.shown: words, self.cancel: shown, self.sure: shown}


def facts(words: str) -> gr.Markdown:
    """A paragraph that explains."""
    return gr.Markdown(words, elem_classes="eb-facts")


def listed(title: str, lines: Sequence[str]) -> str:
    """A heading, and a line for each sentence, as Markdown."""
    heading = [f"### {title}", ""] if title else []
    return "\n".join([*heading, *(f"- {plain(line)}" for line in lines)])


def unshown(buttons: int) -> str:
    """A script that empties a status and hides so many buttons: it was about other values."""
    return f"() => ['', ...Array({buttons}).fill({{ __type__: 'update', visible: false }})]"
