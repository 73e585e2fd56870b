"""Blocks that send whole values of events that answer bit by bit."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction


class WholeValues(gr.Blocks):
    """Gradio's, whose client changes what it has not shown yet by what has changed since.

    What one step alone said would be lost, so each step replaces the value before it.
    """

    def handle_streaming_diffs(
        self,
        block_fn: BlockFunction,
        data: list[Any],
        session_hash: str | None,
        run: str | None,
        final: bool,
        simple_format: bool = False,
    ) -> list[Any]:
        """What a step sends of each output; nothing of what is as it was."""
        before = list(self.pending_diff_streams.get(session_hash or "", {}).get(run or "", ()))
        values = super().handle_streaming_diffs(
            block_fn, data, session_hash, run, final, simple_format=True
        )
        if simple_format or final or not before:
            return values
        return [
            [["replace", [], new]] if new != old else []
            for old, new in zip(before, values, strict=True)
        ]
