"""``egobutler habits``: how time was spent, and what usually comes about now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from typer import Option

from app.api_models.habits import HabitsReply, UsuallyNowReply
from app.commands import base
from app.commands.options import CommandOptions, command
from app.presentation.i18n import t
from app.views.habits_view import HabitsView

_HEADINGS = {
    "people": "Time with people",
    "activities": "What you did",
    "places": "Places",
}


@command()
def habits(
    options: CommandOptions,
    range: Annotated[Literal["week", "month", "all"], Option(help="which days")] = "all",
) -> None:
    """Show how time was spent: people, activities, places, and what is usual about now."""
    with base.assistant(options) as butler:
        view = HabitsView(butler)
        charts, usual = view.charts(range), view.usually_now()
        options.show("\n".join(_lines(charts, usual)))
        options.result_line(
            {**charts.model_dump(by_alias=True), "usual": usual.model_dump(by_alias=True)["usual"]}
        )


def _lines(charts: HabitsReply, usual: UsuallyNowReply) -> Iterator[str]:
    yield f"{charts.title}. {charts.coverage} {charts.waiting}".rstrip()
    for of, heading in _HEADINGS.items():
        rows = ", ".join(f"{row.label} ({row.total})" for row in charts.charts[of])
        if rows:
            yield f"{t(heading)}: {rows}"
    if usual.usual:
        yield f"{t('Usually now:')} {', '.join(one.words for one in usual.usual)}"
