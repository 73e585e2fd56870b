"""Figures of how time was spent: bars by day, week or month, and the hours of the week.

Names come from recordings. Plotly reads tags in texts, so they are escaped; it has no other way to
run or fetch anything. Every bar holds which moments are behind it, for ``static/habits.js``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from app.api_models.habits import HabitRowReply, HabitsReply
from app.days.habits import TIMED
from app.presentation.i18n import t
from app.presentation.time_text import length_words, weekday_words
from memory.repositories.habit_counts import Of

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Of one series the first; all of them stand out from light paper and from dark.
_COLOURS = (
    *("#2f8f7f", "#c46a2f", "#6a74c9", "#b0508e"),
    *("#8a8420", "#4a90b8", "#a8605c", "#7b8085"),
)
_STEPS = 4  # shades of the hours of the week
_MARKS = 12  # names under the bars
_BREAK = re.compile(r" |(?<=月)")  # a day in lines so short that seven fit beside one another
_DAYS_IN_FULL = 8  # bars whose names have room
Point = tuple[str, str, int, int, int]  # kind, what, period, weekday, hour; -1 where it is open


def bars(of: Of, reply: HabitsReply) -> Figure:
    """A bar for each period, parted by what was counted. ``customdata`` of a bar is its Point."""
    import plotly.graph_objects as go

    rows = reply.charts[of]
    most = max(sum(row.bars[n][0] for row in rows) for n in range(len(reply.periods)))
    scale, unit = _unit(of, most)
    figure = go.Figure()
    for row, colour in zip(rows, _COLOURS):
        used = [n for n, (value, _) in enumerate(row.bars) if value]
        figure.add_bar(
            x=used,
            y=[row.bars[n][0] / scale for n in used],
            name=escape(f"{row.label} · {row.total}", quote=False),
            marker_color=colour,
            customdata=[(of, row.what, n, -1, -1) for n in used],
            hovertext=[_named(row.label, reply.periods[n].label, row.bars[n][1]) for n in used],
        )
    _style(figure, 250 + 24 * (len(rows) if len(rows) > 1 else 0))
    _periods(figure, reply)
    figure.update_layout(barmode="stack", showlegend=len(rows) > 1)
    figure.update_yaxes(title_text=unit, rangemode="tozero", nticks=6)
    if of not in TIMED and most < 6:
        figure.update_yaxes(dtick=1)
    return figure


def week(of: Of, row: HabitRowReply) -> Figure:
    """The hours of the week, days across and hours down, the darker the more."""
    import plotly.graph_objects as go

    most = max(value for _, _, value, _ in row.heat)
    hours = [hour for _, hour, _, _ in row.heat]
    first, last = min(hours), max(hours) + 1
    figure = go.Figure()
    names = [_up_to(of, most * step / _STEPS) for step in range(1, _STEPS + 1)]
    for step, name in enumerate(names, 1):
        cells = [cell for cell in row.heat if names[_step(cell[2], most) - 1] == name]
        if not cells or name in names[step:]:  # steps that are one in words are one in colour
            continue
        figure.add_bar(
            x=[day for day, _, _, _ in cells],
            y=[1] * len(cells),
            base=[hour for _, hour, _, _ in cells],
            width=0.96,
            name=name,
            marker_color=f"rgba(47,143,127,{step / _STEPS})",
            customdata=[(of, row.what, -1, day, hour) for day, hour, _, _ in cells],
            hovertext=[
                _named(row.label, f"{weekday_words(day)} {hour}:00–{hour + 1}:00", words)
                for day, hour, _, words in cells
            ],
        )
    _style(figure, 130 + 24 * (last - first))
    ticks = list(range(first, last + 1, 1 if last - first < 13 else 2))
    figure.update_layout(barmode="overlay", showlegend=True)
    figure.update_xaxes(
        range=[-0.5, 6.5],
        tickvals=list(range(7)),
        ticktext=[weekday_words(day, short=True) for day in range(7)],
        side="top",
    )
    figure.update_yaxes(
        range=[last, first],
        tickvals=ticks,
        ticktext=[f"{hour}:00" for hour in ticks],
        title_text=t("hour of the day"),
    )
    return figure


def _unit(of: Of, most: float) -> tuple[float, str]:
    """What values are divided by, and the name of what they then are."""
    if of not in TIMED:
        return 1.0, t("times")
    return (3600.0, t("hours")) if most >= 2 * 3600 else (60.0, t("minutes"))


def _up_to(of: Of, value: float) -> str:
    words = length_words(value) if of in TIMED else t("{n} times", n=max(1, int(value)))
    return t("up to {amount}", amount=words)


def _step(value: float, most: float) -> int:
    return max(1, min(_STEPS, -int(-_STEPS * value // most)))


def _named(*parts: str) -> str:
    return escape(", ".join(filter(None, parts)), quote=False)


def _style(figure: Figure, height: int) -> None:
    """Colours of texts and lines come from ``habits.css``, which knows light from dark."""
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        hovermode="closest",
        bargap=0.25,
        legend={
            **{"orientation": "h", "traceorder": "normal", "x": 0},
            **{"y": 0, "yref": "container", "yanchor": "bottom"},
        },
        hoverlabel={"bgcolor": "#22262a", "bordercolor": "#22262a", "font": {"color": "#ffffff"}},
        font={"family": "inherit", "size": 14},
    )
    figure.update_traces(hoverinfo="text")
    figure.update_xaxes(fixedrange=True, automargin=True, showgrid=False, zeroline=False)
    figure.update_yaxes(fixedrange=True, automargin=True, zeroline=False, title_standoff=8)


def _periods(figure: Figure, reply: HabitsReply) -> None:
    """Names of the bars: in full where there is room, else short, and not of all."""
    many = len(reply.periods)
    every = -(-many // _MARKS)
    shown = range(0, many, every)
    names = [
        _BREAK.sub("<br>", reply.periods[n].label)
        if many <= _DAYS_IN_FULL and reply.unit == "day"
        else reply.periods[n].mark
        for n in shown
    ]
    title = {"day": t("day"), "week": t("week"), "month": t("month")}[reply.unit]
    figure.update_xaxes(
        range=[-0.6, many - 0.4], tickvals=list(shown), ticktext=names, title_text=title
    )


def bars_table(of: Of, reply: HabitsReply, title: str) -> tuple[list[str], list[list[str]]]:
    """Headers and rows of the same numbers: all first, then each period in which there is any."""
    rows = reply.charts[of]
    lines = [
        [reply.periods[n].label, *(row.bars[n][1] or "–" for row in rows)]
        for n in used_periods(rows, len(reply.periods))
    ]
    first = [t("In all"), *(row.total for row in rows)]
    return ["", *(row.label or title for row in rows)], [first, *lines]


def used_periods(rows: Sequence[HabitRowReply], periods: int) -> list[int]:
    """The periods of the rows of a table, after its first."""
    return [n for n in range(periods) if any(row.bars[n][0] for row in rows)]


def week_table(row: HabitRowReply) -> tuple[list[str], list[list[str]]]:
    """Headers and rows of the hours of the week."""
    cells = {(day, hour): words for day, hour, _, words in row.heat}
    lines = [
        [f"{hour}:00", *(cells.get((day, hour), "–") for day in range(7))]
        for hour in used_hours(row)
    ]
    return ["", *(weekday_words(day, short=True) for day in range(7))], lines


def used_hours(row: HabitRowReply) -> list[int]:
    """The hours of the rows of that table."""
    return sorted({hour for _, hour, _, _ in row.heat})


def point(data: Any) -> Point | None:
    """What a press on a bar sent; None where it is nothing of ours."""
    if not isinstance(data, list) or len(data) != 5:
        return None
    of, what, *numbers = data
    good = isinstance(of, str) and isinstance(what, str) and len(what) <= 300
    if not good or not all(type(n) is int and -1 <= n <= 5000 for n in numbers):
        return None
    return (of, what, *numbers)
