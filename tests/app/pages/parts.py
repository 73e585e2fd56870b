"""Pages that are laid out, but not shown: each component is its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

import gradio as gr
from gradio.routes import App

from app.pages.shell import Parts

P = TypeVar("P", bound=Parts)


@contextmanager
def unserved() -> Iterator[gr.Blocks]:
    """Blocks to lay something out in, without the two web apps that Gradio makes for each."""
    nothing: Any = None
    with patch.object(App, "create_app", lambda *_, **__: nothing), gr.Blocks() as opened:
        yield opened


def laid_out(place: Callable[[], P]) -> P:
    """The parts of a page, with the name of each component in its place."""
    with unserved():
        parts = place()
    _name(parts, "")
    return parts


def _name(parts: Parts, before: str) -> None:
    for name, part in vars(parts).items():
        if isinstance(part, Parts):
            _name(part, f"{name} ")
        else:
            setattr(parts, name, before + name)
