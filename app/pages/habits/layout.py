"""Habits: charts of how time was spent, each bar opening its moments, and the daily digest.

Plots have no event for a press on a bar, nor a page one for coming into view:
``static/habits.js`` sends both. The figures, and the script that draws them, come with the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from app.pages.habits.events import HabitEvents
from app.pages.habits.parts import KINDS_SHOWN, RANGES, ChartParts, HabitParts
from app.pages.shell import QUIET, call_script, markdown, signals
from app.presentation.i18n import t

if TYPE_CHECKING:
    from app.assistant import Assistant

_ADDRESS = "(day) => { if (day) history.replaceState(history.state, '', '/#digest=' + day); }"


def page(assistant: Assistant) -> None:
    """Places the page, and what its components do."""
    signal = signals("habits")
    with gr.Tabs(elem_id="eb-habits-views") as views:
        with gr.Tab(t("Charts"), id="charts") as charts_tab:
            with gr.Row(elem_classes="eb-tools"):
                span = gr.Radio(
                    [(t(words), name) for words, name in RANGES],
                    value=None,
                    label=t("Time"),
                    scale=4,
                )
                as_table = gr.Checkbox(label=t("Show as tables"), min_width=160)
            with gr.Row(visible=False, elem_classes="eb-tools") as days:
                edges = [
                    gr.DateTime(include_time=False, type="string", label=edge)
                    for edge in (t("From"), t("To"))
                ]
                show = gr.Button(t("Show"), scale=0)
            coverage = gr.Markdown(t("Counting …"), elem_id="eb-coverage")
            with gr.Column(visible=False, elem_id="eb-behind") as behind:
                with gr.Row():
                    title = markdown()
                    close = gr.Button(t("Close"), scale=0)
                moments = markdown()
                more = gr.Button(t("Show more"), visible=False)
            charts = {of: _chart(of) for of in KINDS_SHOWN}
        with gr.Tab(t("Daily digest"), id="digest", render_children=True) as digest_tab:
            earlier, day, later, digest = _digest()
    parts = HabitParts(
        views=views,
        span=span,
        as_table=as_table,
        days=days,
        first=edges[0],
        last=edges[1],
        coverage=coverage,
        behind=behind,
        title=title,
        moments=moments,
        more=more,
        charts=charts,
        earlier=earlier,
        day=day,
        later=later,
        digest=digest,
        shown=gr.State(None),
        used=gr.State(False),
    )
    events = HabitEvents(assistant, parts)
    signal.focus(events.open, parts.choices, parts.all, **QUIET)
    opened = signal.select(events.press, [parts.shown], parts.panel, **QUIET)
    opened.then(None, None, None, js=call_script("habits", "opened()"), **QUIET)
    charts_tab.select(events.turn, [parts.used, *parts.choices], parts.drawn, **QUIET)
    show.click(events.choose, parts.choices, parts.drawn, **QUIET)
    shut = close.click(lambda: gr.Column(visible=False), None, behind, **QUIET)
    shut.then(None, None, None, js=call_script("habits", "closed()"), **QUIET)
    _wire_charts(events, parts)
    for happens, answer in (
        (day.input, events.digest),
        (digest_tab.select, events.digest),
        (earlier.click, events.earlier),
        (later.click, events.later),
    ):
        turned = happens(answer, [day], parts.digest_view, **QUIET)
        turned.then(None, [day], None, js=_ADDRESS, **QUIET)


def _digest() -> tuple[gr.Button, gr.Dropdown, gr.Button, gr.Markdown]:
    with gr.Row(elem_classes="eb-tools"):
        earlier = gr.Button("‹ " + t("Earlier day"), scale=0)
        day = gr.Dropdown([], value=None, label=t("Day"), allow_custom_value=True)
        later = gr.Button(t("Later day") + " ›", scale=0)
    return earlier, day, later, markdown(elem_id="eb-digest")


def _wire_charts(events: HabitEvents, parts: HabitParts) -> None:
    week = parts.charts["week"]
    assert week.of is not None
    for happens in (parts.span.input, parts.as_table.input, week.of.input):
        happens(events.choose, parts.choices, parts.drawn, **QUIET)
    for chart in parts.charts.values():
        choices = [parts.shown, week.of]
        picked = chart.table.select(events.pick(chart), choices, parts.panel, **QUIET)
        picked.then(None, None, None, js=call_script("habits", "opened()"), **QUIET)
    parts.more.click(events.more, [parts.shown, parts.moments], parts.panel, **QUIET)


def _chart(of: str) -> ChartParts:
    heading, about = KINDS_SHOWN[of]
    with gr.Column(elem_classes="eb-chart", elem_id=f"eb-chart-{of}"):
        gr.Markdown(f"## {t(heading)}\n\n{t(about)}")
        kinds = gr.Dropdown([], label=t("What the map shows")) if of == "week" else None
        plot = gr.Plot(show_label=False, container=False, buttons=[], visible=False)
        table = gr.Dataframe(
            visible=False, interactive=False, buttons=[], label=t(heading), show_label=False
        )
        note = gr.Markdown(visible=False)
    return ChartParts(of, plot, table, note, kinds)
