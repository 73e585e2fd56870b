"""Figures, tables and cards of Habits: they add up, and words of a home are words in them."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

import pytest

from app.api_models.habits import HabitRowReply
from app.assistant import Assistant
from app.days.digest import digest
from app.days.digest_text import digest_json
from app.pages.habits import charts as habit_charts
from app.pages.habits.digest import digest_words
from app.pages.habits.events import HabitEvents
from app.pages.habits.parts import HabitParts
from app.pages.moment_cards import MomentCard, cards, marked, text
from app.views.habits_view import HabitsView
from tests.app.homes import HOSTILE
from tests.app.pages.parts import laid_out

DAYS = (date(2026, 3, 2), date(2026, 3, 4))


class Tags(HTMLParser):
    """The tags and addresses of a piece of HTML, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_bars_and_hours_are_of_what_was_counted(assistant: Assistant) -> None:
    reply = HabitsView(assistant).charts("custom", *DAYS)
    figure = habit_charts.bars("recorded", reply)
    minutes = sum(sum(trace.y) for trace in figure.data)
    assert minutes == pytest.approx(reply.recorded / 60, rel=0.01)
    assert figure.layout.yaxis.title.text == "minutes"
    row = reply.charts["recorded"][0]
    week = habit_charts.week("recorded", row)
    places = {tuple(point[3:]) for trace in week.data for point in trace.customdata}
    assert places == {(day, hour) for day, hour, _, _ in row.heat}
    assert len(week.data) == len({trace.name for trace in week.data}), "a legend without doubles"


def test_what_a_bar_holds_opens_its_moments(assistant: Assistant) -> None:
    view = HabitsView(assistant)
    figure = habit_charts.bars("recorded", view.charts("custom", *DAYS))
    of, what, period, weekday, hour = habit_charts.point(list(figure.data[0].customdata[0])) or ()
    assert (of, weekday, hour) == ("recorded", -1, -1)
    assert view.moments("recorded", *DAYS, what, period).total > 0


@pytest.mark.parametrize(
    "sent", [None, [], "recorded", ["recorded", "", True, -1, -1], ["talk", "", 0, 1, 10**9]]
)
def test_what_is_no_bar_opens_nothing(sent: object) -> None:
    assert habit_charts.point(sent) is None


def test_a_table_has_the_numbers_of_its_figure(assistant: Assistant) -> None:
    reply = HabitsView(assistant).charts("custom", *DAYS)
    headers, rows = habit_charts.bars_table("recorded", reply, "Recorded")
    assert headers == ["", "Recorded"]
    assert [row[0] for row in rows] == ["In all", "Tue 3 Mar", "Wed 4 Mar"]
    headers, rows = habit_charts.week_table(reply.charts["recorded"][0])
    assert headers[1:3] == ["Mon", "Tue"]
    assert [row[0] for row in rows] == [f"{hour}:00" for hour in (9, 12)]


@pytest.mark.parametrize("words", HOSTILE)
def test_names_are_no_markup_to_plotly(assistant: Assistant, words: str) -> None:
    reply = HabitsView(assistant).charts("custom", *DAYS)
    row = HabitRowReply(
        what="x", label=words, total="1", bars=[(1, "1")] * 3, heat=[(1, 9, 1, "1")]
    )
    reply.charts["people"] = [row]
    figures = (habit_charts.bars("people", reply), habit_charts.week("people", row))
    shown = [str(figure.data[0].hovertext[0]) for figure in figures] + [figures[0].data[0].name]
    assert all("<" not in one for one in shown), shown


def test_words_of_a_card_are_words() -> None:
    every = " ".join(HOSTILE)
    pieces = [(every, False), ("keys", True)]
    card = MomentCard(
        "#seek=a,0,1,", "", every, "2026-03-03", "09:30", (text(every), marked(pieces))
    )
    seen = Tags(cards([card]))
    assert seen.tags == {"ul", "li", "a", "span", "strong", "div", "p", "mark"}
    assert seen.addresses == ["#seek=a,0,1,", "/day/2026-03-03?t=09:30"]
    assert seen.words.count("<script>") == 3


def test_the_digest_plays_its_lines_and_quotes_without_markup(assistant: Assistant) -> None:
    for day in DAYS[1:]:
        reply = digest_json(digest(assistant.store, day, "UTC"), assistant.store)
        seen = Tags(digest_words(reply))
        assert not seen.tags & {"script", "img", "iframe"}
        ways = ("#seek=", "/day/", "#person=", "/api/digest/", "#page=")
        assert all(address.startswith(ways) for address in seen.addresses)
        assert any(address.startswith("#seek=hostile") for address in seen.addresses)
        assert "<script>" in seen.words


def test_two_presses_lead_two_days_back(assistant: Assistant) -> None:
    parts = laid_out(HabitParts)
    events = HabitEvents(assistant, parts)
    empty = events.digest("2026-03-09")["told"]
    before = events.beside(-1)(empty)["told"]
    assert (before, events.beside(-1)(before)["told"]) == ("2026-03-04", "2026-03-03")
