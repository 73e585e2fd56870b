"""Habits: charts of how time was spent, each bar opening its moments, and the daily digest.

Plots have no event for a press on a bar, nor a page one for coming into view:
``static/habits.js`` sends both. The figures, and the script that draws them, come with the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.pages.habits.events import HabitEvents
from app.pages.habits.parts import HabitParts
from app.pages.habits.review import ReviewEvents
from app.pages.shell import FOCUS_BACK, QUIET, focus_on, ordered, signals

if TYPE_CHECKING:
    from app.assistant import Assistant

_ORDERED, _ONCE = ordered("habits"), ordered("habits", "once")
_ADDRESS = "(day) => { if (day) history.replaceState(history.state, '', '/#digest=' + day); }"


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    signal = signals("habits")
    parts = HabitParts()
    events = HabitEvents(assistant, parts)
    outputs = parts.all
    seen = signal.focus(events.open, parts.choices, outputs, **_ORDERED)
    seen.then(events.usual, None, parts.usual, **_ORDERED)  # the charts do not wait for it
    week = parts.charts["week"].of
    assert week is not None
    for chosen in (parts.span.input, parts.as_table.input, week.input, parts.show.click):
        chosen(events.choose, parts.choices, outputs, **ordered("habits", "always_last"))
    parts.charts_tab.select(events.turn, [parts.used, *parts.choices], outputs, **_ORDERED)
    opened = [signal.select(events.press, [parts.shown], outputs, **_ORDERED)]
    for chart in parts.charts.values():
        picked = [parts.shown, week]
        opened.append(chart.table.select(events.pick(chart), picked, outputs, **_ORDERED))
    for one in opened:
        one.then(None, None, None, js=focus_on("eb-behind a.eb-play"), **QUIET)
    review, reviewing = parts.review, ReviewEvents(assistant, parts.review)
    for pressed, respond, sent in (
        (parts.review_tab.select, reviewing.open, []),
        (review.on.input, reviewing.switch, [review.on]),
        (review.reveal.click, reviewing.reveal, [review.asked]),
        (review.known.click, reviewing.reply(True), [review.asked]),
        (review.unknown.click, reviewing.reply(False), [review.asked]),
    ):
        pressed(respond, sent, review.all, **_ORDERED)
    parts.more.click(events.more, [parts.shown], outputs, **_ONCE)
    shut = parts.close.click(lambda: gr.Column(visible=False), None, parts.behind, **_ONCE)
    shut.then(None, None, None, js=FOCUS_BACK, **QUIET)
    for happens, answer, day in (
        (parts.day.input, events.digest, parts.day),
        (parts.digest_tab.select, events.digest, parts.day),
        (parts.earlier.click, events.beside(-1), parts.told),
        (parts.later.click, events.beside(1), parts.told),
    ):
        turned = happens(answer, [day], outputs, **_ORDERED)
        turned.then(None, [parts.day], None, js=_ADDRESS, **QUIET)
