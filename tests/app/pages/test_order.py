"""What events of the pages draw comes in the order of the presses, and no press is dropped."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, get_type_hints

import gradio as gr
import pytest
from gradio.block_function import BlockFunction

from app.assistant import Assistant
from app.pages.layout import build
from app.pages.page_blocks import PageBlocks

ASK = "app.pages.ask"  # its answers run beside one another; `running.py` says which one counts


@pytest.fixture(scope="module")
def events(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> list[BlockFunction]:
    """The events that the server answers, but for the functions of the API and the page Ask."""
    blocks = build(assistant, tmp_path_factory.mktemp("files"))
    assert isinstance(blocks, PageBlocks)
    shown = [one for one in blocks.fns.values() if one.fn and one.api_visibility != "public"]
    return [one for one in shown if not str(one.fn.__module__).startswith(ASK)]


def test_whatever_draws_the_same_part_of_a_page_does_so_in_order(
    events: list[BlockFunction],
) -> None:
    writers: dict[Any, list[BlockFunction]] = {}
    for event in events:
        for part in event.outputs:
            writers.setdefault(part, []).append(event)
    mixed = {
        f"{type(part).__name__} {part.elem_id or getattr(part, 'label', '')}": {
            str(one.name): one.concurrency_id for one in several
        }
        for part, several in writers.items()
        if len({(one.concurrency_id, one.concurrency_limit) for one in short(several)}) > 1
    }
    assert len(writers) > 100
    assert mixed == {}


def short(several: list[BlockFunction]) -> Iterator[BlockFunction]:
    """Those that are through at once: work of minutes tells how far it is, beside them."""
    return (one for one in several if not one.types_generator)


def test_a_press_that_says_what_was_pressed_is_never_dropped(events: list[BlockFunction]) -> None:
    pressed = [event for event in events if takes_what_was_sent(event.fn)]
    assert len(pressed) > 10
    assert {
        str(one.name): one.trigger_mode for one in pressed if one.trigger_mode != "multiple"
    } == {}


def takes_what_was_sent(function: Any) -> bool:
    """Whether an event gets what comes with it, which Gradio keeps of none but those it runs."""
    hints = get_type_hints(inspect.unwrap(function)).values()
    return any(isinstance(one, type) and issubclass(one, gr.EventData) for one in hints)


def test_no_event_has_a_place_for_the_spinners_that_are_hidden(events: list[BlockFunction]) -> None:
    placed = {str(one.name) for one in events if one.outputs and one.show_progress_on != []}
    assert placed == set(), "each event would go through all that other events may change"
