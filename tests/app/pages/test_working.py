"""Work that takes long beside an event: its steps are told, and what it came to."""

from __future__ import annotations

import threading

import pytest

from app.pages.working import LongWork


def test_long_work_goes_on_to_its_end_and_says_what_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.pages.working._LOOK", 0.01)
    ready = threading.Event()
    words = iter(["a", "a", "b"])

    def status() -> str:
        now = next(words, "c")
        if now == "c":
            ready.set()
        return now

    work = LongWork(lambda: ready.wait(60))
    assert list(work.status(status)) == ["a", "b", "c"]
    assert work.result() is True
    failing: LongWork[float] = LongWork(lambda: 1 / 0)
    list(failing.status(lambda: ""))
    with pytest.raises(ZeroDivisionError):
        failing.result()
