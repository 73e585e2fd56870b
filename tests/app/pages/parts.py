"""Pages that are laid out, but not shown: each component is its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import gradio as gr

from app.pages.shell import Parts

P = TypeVar("P", bound=Parts)


def laid_out(place: Callable[[], P]) -> P:
    """The parts of a page, with the name of each component in its place."""
    with gr.Blocks():
        parts = place()
    _name(parts, "")
    return parts


def _name(parts: Parts, before: str) -> None:
    for name, part in vars(parts).items():
        if isinstance(part, Parts):
            _name(part, f"{name} ")
        else:
            setattr(parts, name, before + name)
