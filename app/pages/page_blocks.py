"""Blocks whose events run on behalf of whoever sent them, and answer in whole values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
import gradio.blocks
from gradio.block_function import BlockFunction

from app.pages.event_context import on_behalf


class _NoApp:
    """Makes no web app of blocks."""

    @staticmethod
    def create_app(*blocks: object, **options: object) -> None:
        """Takes what Gradio's takes."""


@contextmanager
def unmounted() -> Iterator[None]:
    """Inside, blocks are made without a web app of their own.

    Gradio makes one when they begin, when they end and when they get a queue, and serves none of
    these but the one in which they are mounted: a sixth of the work of the first page.
    """
    module: Any = gradio.blocks
    app, module.App = module.App, _NoApp
    try:
        yield
    finally:
        module.App = app


class PageBlocks(gr.Blocks):
    """Gradio's, with what all events of the pages have in common."""

    def get_config_file(self) -> Any:
        """What the client draws; nothing before the blocks are mounted, when they get a theme.

        Gradio asks five times before, and uses the last: a quarter of the work of the first page.
        """
        return super().get_config_file() if self.theme else {}

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
