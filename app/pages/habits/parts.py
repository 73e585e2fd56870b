"""The components of Habits that its events read and change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import gradio as gr

RANGES = (
    ("This week", "week"),
    ("This month", "month"),
    ("All time", "all"),
    ("Other days", "custom"),
)
KINDS_SHOWN: Mapping[str, tuple[str, str]] = {
    "recorded": ("Recorded", "How long the camera ran."),
    "talk": ("Talk", "How long people spoke, you among them."),
    "week": ("Hours of the week", "When in the week it was. Press an hour to see its moments."),
    "people": ("Time with people", "How long each was seen or heard."),
    "activities": ("What you did", "How often it was told or seen."),
    "places": ("Places", "How often you were there."),
}


@dataclass(frozen=True, slots=True)
class ChartParts:
    """A chart: its figure, the same as a table, what is said where there is neither."""

    name: str
    plot: gr.Plot
    table: gr.Dataframe
    note: gr.Markdown
    of: gr.Dropdown | None  # what the hours of the week are of


@dataclass(frozen=True)
class HabitParts:
    """The components of the page."""

    views: gr.Tabs
    span: gr.Radio
    as_table: gr.Checkbox
    days: gr.Row
    first: gr.DateTime
    last: gr.DateTime
    coverage: gr.Markdown
    behind: gr.Column
    title: gr.Markdown
    moments: gr.Markdown
    more: gr.Button
    charts: Mapping[str, ChartParts]
    earlier: gr.Button
    day: gr.Dropdown
    later: gr.Button
    digest: gr.Markdown
    shown: gr.State
    used: gr.State  # whether the page has come into view

    @property
    def choices(self) -> list[Any]:
        """What a person chooses."""
        return [self.span, self.first, self.last, self.as_table, self.charts["week"].of]

    @property
    def panel(self) -> list[Any]:
        """The moments behind a bar."""
        return [self.behind, self.title, self.moments, self.more, self.shown]

    @property
    def drawn(self) -> list[Any]:
        """What a range of days changes."""
        charts = [
            getattr(chart, field.name)
            for chart in self.charts.values()
            for field in fields(chart)
            if field.name != "name" and getattr(chart, field.name) is not None
        ]
        return [self.span, self.days, self.first, self.last, self.coverage, *self.panel, *charts]

    @property
    def digest_view(self) -> list[Any]:
        """What another day changes."""
        return [self.views, self.day, self.earlier, self.later, self.digest]

    @property
    def all(self) -> list[Any]:
        """Everything."""
        return [*self.drawn, *self.digest_view, self.used]
