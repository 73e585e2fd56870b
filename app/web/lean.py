"""Gradio, imported in little more than half the time: ``from app.web.lean import gr``.

At every import Gradio parses the source of each of its components, to write stubs for editors
beside it. It leaves that out for a component that is in no file; here none is.

Blocks make an app of their own when they begin, when they end and when they get a queue, each with
all of Gradio's routes. Ours is made when they are mounted; those three nobody would ever ask.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["gr"]


@contextmanager
def _without_stubs() -> Iterator[None]:
    real = inspect.getfile

    def getfile(definition: Any) -> str:
        if isinstance(definition, type) and definition.__module__.startswith("gradio."):
            raise OSError("no stubs are wanted")
        return real(definition)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = real


class _NoApp:
    """In place of the app of blocks that are not mounted."""

    @staticmethod
    def create_app(blocks: Any, **options: object) -> None:
        """Make none. Only a queue of events would need it, and our pages have no events."""


with _without_stubs():
    import gradio as gr
    import gradio.blocks

    gradio.blocks.App = _NoApp  # type: ignore[attr-defined,assignment]
