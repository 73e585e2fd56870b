"""The events of Habits: a range of days, a bar that is pressed, the digest of a day."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.api_models.habits import HabitMomentReply, HabitRowReply, HabitsReply, UsualReply
from app.core.result_cache import VersionedCache
from app.days.digest import Digest, digest
from app.days.digest_text import digest_json
from app.pages.habits import charts as habit_charts
from app.pages.habits.charts import Point
from app.pages.habits.digest import digest_words
from app.pages.habits.parts import KINDS_SHOWN, ChartParts, HabitParts
from app.pages.messages import refusal
from app.pages.moment_cards import MomentCard, cards, play_link, text
from app.pages.shell import Updates, sent_data
from app.presentation.i18n import t
from app.presentation.time_text import day_words, weekday_words
from app.views.habits_view import HabitsView
from memory.repositories.habit_counts import KINDS, Of

if TYPE_CHECKING:
    from app.assistant import Assistant


@dataclass(frozen=True, slots=True)
class ShownCharts:
    """The days that the charts show, and the bar whose moments are open."""

    first: date
    last: date
    point: Point | None = None
    title: str = ""
    count: int = 0
    moments: str = ""  # as they are shown


class HabitEvents:
    """What the components of the page do."""

    def __init__(self, assistant: Assistant, parts: HabitParts) -> None:
        self._assistant, self._parts = assistant, parts
        self._view = HabitsView(assistant)
        self._digests: VersionedCache[Digest] = assistant.caches.until_change()

    def open(self, sent: gr.EventData, *choices: Any) -> Updates:
        """The page comes into view; ``sent.day`` is the day whose digest an address asks for."""
        day = _day(sent_data(sent).get("day"))
        if day is None:
            return {**self.choose(*choices), self._parts.used: True}
        digest_tab = {self._parts.views: gr.Tabs(selected="digest"), self._parts.used: True}
        return {**digest_tab, **self._digest(day)}

    def usual(self) -> str:
        """What usually comes about now, with moments of the days that it rests on."""
        items = "".join(f"<li>{_usual(one)}</li>" for one in self._view.usually_now().usual)
        return f"<p>{text(t('Usually now:'))}</p><ul>{items}</ul>" if items else ""

    def turn(self, used: bool, *choices: Any) -> Updates:
        """The charts come to the front; Gradio says so of its first tab when it is laid out, too,
        where nobody has asked for them."""
        return self.choose(*choices) if used else _nothing_new()

    def choose(
        self, span: str | None, first: str | None, last: str | None, as_table: bool, of: str | None
    ) -> Updates:
        """The charts of a range of days."""
        days: tuple[date | None, date | None] = (None, None)
        if span == "custom":
            days = (_day(first), _day(last))
            if None in days:
                return self._days()
        return self._drawn(span, self._view.charts(span or "", *days), as_table, of)

    def _days(self) -> Updates:
        """The fields for days, with those on which there is anything."""
        parts = self._parts
        reply = self._view.charts("all")
        edges = {parts.first: reply.first, parts.last: reply.last}
        return {parts.days: gr.Row(visible=True), **edges}

    def _drawn(
        self, span: str | None, reply: HabitsReply, as_table: bool, of: str | None
    ) -> Updates:
        parts = self._parts
        shown = ShownCharts(date.fromisoformat(reply.first), date.fromisoformat(reply.last))
        coverage = f"{reply.coverage} {reply.waiting}".strip()
        updates: Updates = {
            **({} if span else {parts.span: reply.range}),  # another may be chosen by now
            parts.days: gr.Row(visible=reply.range == "custom"),
            parts.first: reply.first,
            parts.last: reply.last,
            parts.coverage: coverage if reply.recorded else _nothing(reply.range),
            parts.behind: gr.Column(visible=False),
            parts.shown: shown,
        }
        for chart in parts.charts.values():
            draw = self._week if chart.name == "week" else self._bars
            updates |= draw(chart, reply, as_table, of)
        return updates

    def _bars(self, chart: ChartParts, reply: HabitsReply, as_table: bool, _: object) -> Updates:
        kind = _kind(chart.name)
        rows, others = reply.charts[kind], reply.others[kind]
        if not rows:
            return chart.show(_nothing_of(kind) if reply.recorded else "")
        note = t("… and {n} more that came up less.", n=others) if others else ""
        if as_table:
            heading = t(KINDS_SHOWN[kind][0])
            return chart.show(note, table=habit_charts.bars_table(kind, reply, heading))
        return chart.show(note, habit_charts.bars(kind, reply))

    def _week(
        self, chart: ChartParts, reply: HabitsReply, as_table: bool, of: str | None
    ) -> Updates:
        rows = _week_rows(reply)
        assert chart.of is not None
        if not rows:
            return {chart.of: gr.Dropdown(visible=False), **chart.show("")}
        chosen = of if of in rows else next(iter(rows))
        kind, row = rows[chosen]
        choices = [(_week_title(*entry), key) for key, entry in rows.items()]
        shown = (
            chart.show("", table=habit_charts.week_table(row))
            if as_table
            else chart.show("", habit_charts.week(kind, row))
        )
        return {chart.of: gr.Dropdown(choices=choices, value=chosen, visible=True), **shown}

    def press(self, sent: gr.EventData, shown: ShownCharts | None) -> Updates:
        """The moments behind a bar that was pressed."""
        data = sent_data(sent).get("point")
        point = habit_charts.point(data)
        if shown is None or point is None:
            return _nothing_new()
        return self._open(shown, point)

    def pick(self, chart: ChartParts) -> Callable[..., Updates]:
        """The same for a number of its table."""

        def picked(sent: gr.SelectData, shown: ShownCharts | None, of: str | None) -> Updates:
            if shown is None:
                return _nothing_new()
            point = self._picked(chart, shown, sent.index, of)
            return _nothing_new() if point is None else self._open(shown, point)

        return picked

    def _picked(
        self, chart: ChartParts, shown: ShownCharts, at: object, of: str | None
    ) -> Point | None:
        if not isinstance(at, list | tuple) or len(at) != 2:
            return None
        line, column = at[0], at[1] - 1
        reply = self._view.charts("custom", shown.first, shown.last)
        if chart.name == "week":
            rows = _week_rows(reply)
            kind, row = rows.get(of or "", next(iter(rows.values())))
            hours = habit_charts.used_hours(row)
            good = 0 <= line < len(hours) and 0 <= column < 7
            return (kind, row.what, -1, column, hours[line]) if good else None
        kind = _kind(chart.name)
        periods = [-1, *habit_charts.used_periods(reply.charts[kind], len(reply.periods))]
        if not (0 <= line < len(periods) and 0 <= column < len(reply.charts[kind])):
            return None
        return (kind, reply.charts[kind][column].what, periods[line], -1, -1)

    def _open(self, shown: ShownCharts, point: Point) -> Updates:
        reply = self._view.charts("custom", shown.first, shown.last)
        opened = ShownCharts(shown.first, shown.last, point, _title(reply, point))
        return self._moments(opened)

    def more(self, shown: ShownCharts | None) -> Updates:
        """The next moments."""
        if shown is None or shown.point is None:
            return _nothing_new()
        return self._moments(shown)

    def _moments(self, shown: ShownCharts) -> Updates:
        assert shown.point is not None
        name, what, *numbers = shown.point
        period, weekday, hour = (None if n < 0 else n for n in numbers)
        page = self._view.moments(
            _kind(name), shown.first, shown.last, what, period, weekday, hour, shown.count
        )
        count = shown.count + len(page.moments)
        moments = shown.moments + cards(map(_card, page.moments))
        many = t("1 moment") if page.total == 1 else t("{n} moments", n=page.total)
        parts = self._parts
        return {
            parts.behind: gr.Column(visible=True),
            parts.title: f"<h2>{text(shown.title)}</h2>\n\n{many}",
            parts.moments: moments,
            parts.more: gr.Button(visible=bool(page.left)),
            parts.shown: replace(shown, count=count, moments=moments),
        }

    def digest(self, day: str | None) -> Updates:
        """The digest of a day; of the last with recordings where none was chosen."""
        return self._digest(_day(day))

    def beside(self, by: int) -> Callable[[str | None], Updates]:
        """That of the recorded day before (-1) or after (1)."""

        def turned(chosen: str | None) -> Updates:
            days, day = self._assistant.days(), _day(chosen)
            beside = [one for one in days if day is None or (one - day).days * by > 0]
            return self._digest((beside[-1] if by < 0 else beside[0]) if beside else day)

        return turned

    def _digest(self, chosen: date | None) -> Updates:
        home, parts = self._assistant, self._parts
        days = home.days()
        day = chosen or (days[-1] if days else date.today())
        counted = self._digests.get(
            (day, home.timezone, time.time() // 60), lambda: digest(home.store, day, home.timezone)
        )
        choices = sorted({*days, day}, reverse=True)
        return {
            parts.day: gr.Dropdown(
                choices=[(day_words(one), one.isoformat()) for one in choices],
                value=day.isoformat(),
            ),
            parts.told: day.isoformat(),
            parts.earlier: gr.Button(interactive=any(one < day for one in days)),
            parts.later: gr.Button(interactive=any(one > day for one in days)),
            parts.digest: digest_words(digest_json(counted, home.store)),
        }


def _nothing_new() -> Updates:
    unchanged: Updates = gr.skip()
    return unchanged


def _kind(name: str) -> Of:
    kind = next((one for one in KINDS if one == name), None)
    if kind is None:
        raise refusal(t("Nothing is counted as “{name}”.", name=name[:20]))
    return kind


def _day(day: object) -> date | None:
    """The date that a text begins with."""
    try:
        return date.fromisoformat(day[:10]) if isinstance(day, str) else None
    except ValueError:
        return None


def _week_rows(reply: HabitsReply) -> dict[str, tuple[Of, HabitRowReply]]:
    """All that was counted, by a key."""
    return {f"{of}|{row.what}": (of, row) for of in KINDS for row in reply.charts[of] if row.heat}


def _week_title(of: Of, row: HabitRowReply) -> str:
    heading = t(KINDS_SHOWN[of][0])
    return f"{heading}: {row.label}" if row.label else heading


def _title(reply: HabitsReply, point: Point) -> str:
    """What was pressed: ``Anna, Tue 3 Mar`` or ``Talk, Tuesday 9:00–10:00``."""
    name, what, period, weekday, hour = point
    kind = _kind(name)
    label = next((row.label for row in reply.charts[kind] if row.what == what), "")
    parts = [label or t(KINDS_SHOWN[kind][0])]
    if weekday >= 0:
        parts.append(f"{weekday_words(weekday % 7)} {hour}:00–{hour + 1}:00")
    elif 0 <= period < len(reply.periods):
        parts.append(reply.periods[period].label)
    return ", ".join(parts)


def _card(moment: HabitMomentReply) -> MomentCard:
    caption = text(moment.caption or t("Still being indexed …"))
    return MomentCard(
        *(moment.seek, moment.picture, moment.when, moment.day, moment.time),
        words=(caption,),
        note=moment.length,
    )


def _usual(usual: UsualReply) -> str:
    moments = (play_link(one.seek, f"▶ {one.day} {one.time}") for one in usual.moments)
    return f"{text(usual.words)} {' '.join(moments)}"


def _nothing(span: str) -> str:
    words = (
        t("Nothing was recorded in this time"),
        t("Charts grow out of your recordings: whom you met, what you did, where and when."),
    )
    library = f"[{t('Open the Library')}](#page=library)"
    return f"## {words[0]}\n\n{words[1]}" + (f"\n\n{library}" if span == "all" else "")


def _nothing_of(of: Of) -> str:
    return {
        "recorded": t("Nothing was recorded in this time."),
        "talk": t("Nobody was heard in this time."),
        "people": t(
            "Nobody was recognised in this time. People are found by their faces and voices; "
            "name them on the People page."
        ),
        "activities": t("No activity was told or seen in this time."),
        "places": t("No place was named in this time."),
    }[of]
