"""The bell's news without a browser: what came together is one line, and words are words."""

from __future__ import annotations

from typing import Literal

import pytest

from app.assistant import Assistant
from app.notifications.notices import NoticeOut, NoticesOut
from app.pages import notices
from tests.app.pages.parts import unserved
from tests.app.pages.test_habits import Tags

Kind = Literal["finished", "partial", "failed", "waiting"]


def told(number: int, kind: Kind, at: float) -> NoticeOut:
    recording = "walk" if kind == "finished" else ""
    texts = {"name": "", "words": f"<b>{number}</b>", "more": "", "job": "", "recording": recording}
    return NoticeOut(id=number, at=at, kind=kind, new=number == 6, **texts)


def test_notices_of_one_kind_that_came_together_are_one(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest: list[NoticeOut] = []
    replied = lambda store: NoticesOut(newest=6, unseen=1, notices=newest)  # noqa: E731
    monkeypatch.setattr(notices, "notices", replied)
    with unserved():
        bell = notices.Bell(assistant)
    assert "it is said here" in bell.draw()
    newest += [told(6, "finished", 9000), told(5, "failed", 8000), told(4, "finished", 7000)]
    newest += [told(3, "finished", 4000), told(2, "finished", 100), told(1, "failed", 90)]
    drawn = bell.draw()
    news = Tags(drawn)
    assert news.words.startswith("3 recordings are rememberedThu 02:30Which<b>6</b>")
    assert news.words.count("recordings are remembered") == 1, "one is no group"
    assert drawn.count("eb-new") == 2, "the line and the notice in it"
    assert news.tags == {"ul", "li", "strong", "span", "details", "summary", "a"}
    assert set(news.addresses) == {"#seek=walk,0.00,0.00,", "#page=library"}
