"""The components of Habits: charts with a range of days, moments behind a bar, a digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import gradio as gr

from app.pages.habits.review import ReviewParts
from app.pages.shell import Parts, Updates, markdown
from app.presentation.i18n import t

Table: TypeAlias = tuple[list[str], list[list[str]]]  # headers and rows

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


class ChartParts(Parts):
    """A chart: its figure, the same as a table, what is said where there is neither."""

    def __init__(self, name: str) -> None:
        """Places them under a heading."""
        self.name = name
        heading, about = KINDS_SHOWN[name]
        with gr.Column(elem_classes="eb-chart", elem_id=f"eb-chart-{name}"):
            gr.Markdown(f"## {t(heading)}\n\n{t(about)}")
            week = name == "week"
            self.of = gr.Dropdown([], label=t("What the map shows")) if week else None
            self.plot = gr.Plot(show_label=False, container=False, buttons=[], visible=False)
            self.table = gr.Dataframe(
                visible=False, interactive=False, buttons=[], label=t(heading), show_label=False
            )
            self.note = gr.Markdown(visible=False)

    def show(self, note: str, figure: Any = None, table: Table | None = None) -> Updates:
        """The chart as a figure, as headers and rows of a table, or neither, with a note."""
        value: dict[str, Any] = (
            {} if table is None else {"value": {"headers": table[0], "data": table[1]}}
        )
        return {
            self.plot: gr.Plot(visible=False) if figure is None else gr.Plot(figure, visible=True),
            self.table: gr.Dataframe(visible=table is not None, **value),
            self.note: gr.Markdown(note, visible=bool(note)),
        }


class HabitParts(Parts):
    """The components of the page."""

    def __init__(self) -> None:
        """Places them."""
        with gr.Tabs(elem_id="eb-habits-views") as self.views:
            with gr.Tab(t("Charts"), id="charts") as self.charts_tab:
                self._range()
                self._moments()
                self.charts = {name: ChartParts(name) for name in KINDS_SHOWN}
            with gr.Tab(t("Daily digest"), id="digest", render_children=True) as self.digest_tab:
                with gr.Row(elem_classes="eb-tools"):
                    self.earlier = gr.Button("‹ " + t("Earlier day"), scale=0)
                    self.day = gr.Dropdown([], value=None, label=t("Day"), allow_custom_value=True)
                    self.later = gr.Button(t("Later day") + " ›", scale=0)
                self.digest = markdown(elem_id="eb-digest")
            with gr.Tab(t("Memory review"), id="review") as self.review_tab:
                self.review = ReviewParts()
        self.told = gr.State(None)  # the day of the digest
        self.shown = gr.State(None)
        self.used = gr.State(False)  # whether the page has come into view

    def _range(self) -> None:
        with gr.Row(elem_classes="eb-tools"):
            self.span = gr.Radio(
                [(t(words), name) for words, name in RANGES], value=None, label=t("Time"), scale=4
            )
            self.as_table = gr.Checkbox(label=t("Show as tables"), min_width=160)
        with gr.Row(visible=False, elem_classes="eb-tools") as self.days:
            self.first = gr.DateTime(include_time=False, type="string", label=t("From"))
            self.last = gr.DateTime(include_time=False, type="string", label=t("To"))
            self.show = gr.Button(t("Show"), scale=0)
        self.coverage = gr.Markdown(t("Counting …"), elem_id="eb-coverage")
        self.usual = markdown(elem_id="eb-usual")

    def _moments(self) -> None:
        with gr.Column(visible=False, elem_id="eb-behind") as self.behind:
            with gr.Row():
                self.title = markdown()
                self.close = gr.Button(t("Close"), scale=0)
            self.moments = markdown()
            self.more = gr.Button(t("Show more"), visible=False)

    @property
    def choices(self) -> list[Any]:
        """What a person chooses."""
        return [self.span, self.first, self.last, self.as_table, self.charts["week"].of]
