"""Rounds in a thread of their own: what starts, wakes and ends them, and what does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

import pytest

from app.core.background_thread import Periodic
from memory.types.errors import StoreError

HOUR = 3600.0  # longer than any test: only what wakes it ends such a rest


@contextmanager
def rounds(**more: float) -> Iterator[Periodic]:
    made = Periodic("test-rounds", "no round could be done", again=0.0, **more)
    yield made
    made.stop()
    assert not [one for one in threading.enumerate() if one.name == "test-rounds"]


def test_a_start_begins_and_a_second_start_or_a_word_wakes_it() -> None:
    done = Queue[int]()

    def work() -> float:
        done.put(1)
        return HOUR

    with rounds() as looking:
        for _ in range(2):
            looking.start(work)
            assert done.get(timeout=60)
        looking.wake()
        assert done.get(timeout=60)
    assert done.empty()


@pytest.mark.parametrize("error", [StoreError("the disk is gone"), ZeroDivisionError("unforeseen")])
def test_no_error_ends_it_and_each_is_told(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    left, done = [error], threading.Event()

    def work() -> float:
        if left:
            raise left.pop()
        done.set()
        return HOUR

    with rounds() as looking:
        looking.start(work)
        assert done.wait(60)
    (told,) = caplog.records
    assert "no round could be done" in told.getMessage()
    assert (told.exc_info is None) == isinstance(error, StoreError), "a trace for the unforeseen"


def test_it_ends_in_the_midst_of_any_rest_and_stays_so() -> None:
    begun, answers = threading.Event(), list[bool]()

    def work() -> float:
        begun.set()
        answers.append(looking.rest(HOUR))
        return HOUR

    with rounds() as looking:
        looking.start(work)
        assert begun.wait(60)
    looking.start(work)
    assert (answers, looking.stopping) == ([False], True)
    with rounds(first=HOUR) as waiting:
        waiting.start(work)
    assert answers == [False], "its first round never came"
