"""Messages to the person that stand on the page for a while. They are words, never HTML."""

from __future__ import annotations

from html import escape

import gradio as gr


def tell(words: str) -> None:
    """Says what was done."""
    gr.Info(escape(words), title="EgoButler")


def warn(words: str) -> None:
    """Says what cannot be done."""
    gr.Warning(escape(words), title="EgoButler")


def refusal(words: str) -> gr.Error:
    """An error that says why an event does nothing; to be raised."""
    return gr.Error(escape(words), print_exception=False, title="EgoButler")
