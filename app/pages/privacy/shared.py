"""Pieces that the sections of the page Privacy have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import gradio as gr

from app.pages.shell import markdown
from app.presentation.markdown import plain

Updates: TypeAlias = dict[Any, Any]  # component → its value, or a component with what changes of it


def card(elem_id: str) -> gr.Column:
    """A section with a frame of its own."""
    return gr.Column(elem_id=elem_id, elem_classes="eb-card")


def status(elem_id: str) -> gr.Markdown:
    """Where an event says what became of it; ``static/names.js`` makes it a live region."""
    return markdown(elem_id=elem_id, elem_classes="eb-status")


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
