"""Blocks whose events run on behalf of whoever sent them, and answer in whole values."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction

from app.pages.event_context import on_behalf


class PageBlocks(gr.Blocks):
    """Gradio's, with what all events of the pages have in common."""

    async def call_function(
        self,
        block_fn: BlockFunction | int,
        processed_input: list[Any],
        iterator: Any = None,
        requests: gr.Request | list[gr.Request] | None = None,
        *more: Any,
    ) -> dict[str, Any]:
        """Runs an event, or a step of one that answers bit by bit, on behalf of who sent it."""
        with on_behalf(requests[0] if isinstance(requests, list) else requests):
            called: dict[str, Any] = await super().call_function(
                block_fn, processed_input, iterator, requests, *more
            )
            return called

    def handle_streaming_diffs(
        self,
        block_fn: BlockFunction,
        data: list[Any],
        session_hash: str | None,
        run: str | None,
        final: bool,
        simple_format: bool = False,
    ) -> list[Any]:
        """What a step sends of each output; nothing of what is as it was.

        Gradio's client changes what it has not shown yet by what has changed since. What one step
        alone said would be lost, so each step replaces the value before it.
        """
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
