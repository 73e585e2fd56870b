"""Gradio, imported in little more than half the time: ``from app.web.lean import gr``.

At every import Gradio parses the source of each of its components, to write stubs for editors
beside it. It leaves that out for a component that is in no file; here none is.
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


with _without_stubs():
    import gradio as gr
