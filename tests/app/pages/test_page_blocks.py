"""Events that answer bit by bit send whole values, so that no step depends on the one before."""

from __future__ import annotations

from typing import Any

import gradio as gr

from app.pages.page_blocks import PageBlocks


def steps(*values: list[Any], simple: bool = False) -> list[list[Any]]:
    """What is sent of each step of an event with two outputs, and of its end."""
    with PageBlocks() as blocks:
        outputs = [gr.Textbox(), gr.Number()]
        gr.Button().click(lambda: None, None, outputs)
    event = next(iter(blocks.fns.values()))
    sent = [
        blocks.handle_streaming_diffs(event, [*value], "tab", "run", False, simple)
        for value in values
    ]
    return [*sent, blocks.handle_streaming_diffs(event, [None, None], "tab", "run", True, simple)]


def test_a_step_replaces_what_has_changed() -> None:
    assert steps(["It", 1], ["It goes", 1], ["It goes", 2]) == [
        ["It", 1],
        [[["replace", [], "It goes"]], []],
        [[], [["replace", [], 2]]],
        ["It goes", 2],
    ]


def test_programs_get_plain_values() -> None:
    assert steps(["It", 1], ["It goes", 1], simple=True)[1] == ["It goes", 1]
