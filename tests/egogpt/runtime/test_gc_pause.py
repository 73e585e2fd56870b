"""Garbage is not collected while models load, and is again afterwards, whatever happened."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from egogpt.runtime.gc_pause import gc_paused


@contextmanager
def counted() -> Iterator[list[int]]:
    """The generations that are collected meanwhile."""
    collected: list[int] = []

    def note(phase: str, about: dict[str, Any]) -> None:
        if phase == "start":
            collected.append(about["generation"])

    gc.callbacks.append(note)
    try:
        yield collected
    finally:
        gc.callbacks.remove(note)


def make_many() -> list[list[int]]:
    return [[number] for number in range(100_000)]


def test_nothing_is_collected_while_many_objects_are_made() -> None:
    with counted() as collected:
        make_many()
        assert collected
        collected.clear()
        with gc_paused():
            make_many()
        assert collected == []
    assert gc.isenabled()


def test_collecting_goes_on_after_a_load_that_failed() -> None:
    with pytest.raises(FileNotFoundError), gc_paused(), gc_paused():
        raise FileNotFoundError
    assert gc.isenabled()


def test_collecting_goes_on_after_two_loads_that_overlap() -> None:
    inside, over = Event(), Event()

    def load() -> None:
        with gc_paused():
            inside.set()
            over.wait()

    with gc_paused():
        other = Thread(target=load)
        other.start()
        inside.wait()
    over.set()
    other.join()
    assert gc.isenabled()


def test_who_has_turned_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with gc_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
