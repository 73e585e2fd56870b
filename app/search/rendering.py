"""Render search results: JSON for the page and programs, lines for a terminal."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import quote

from app.api_models.search import (
    ChipReply,
    FoundMomentReply,
    QuoteReply,
    SearchReply,
    TimeWordsReply,
)
from app.presentation.i18n import t
from app.presentation.labels import label_words
from app.presentation.rendering import local_time
from app.presentation.time_text import day_words, interval_words
from app.search.highlight import Pieces
from app.search.service import FoundMoment, Results
from egorag.moment_search.query import Clause, Operator, without, written


def _labels() -> dict[Operator, str]:
    return {
        "person": t("with"), "on": t("on"), "before": t("before"), "after": t("from"),
        "said": t("said"), "text": t("text in view"), "seen": t("seen"), "looks": t("looks like"),
        "device": t("device"), "in": t("only in"),
    }  # fmt: skip


def results_json(results: Results, timezone: str) -> SearchReply:
    """A page of results. Times are seconds UTC, ``seek`` and ``end`` seconds in the recording."""
    return SearchReply(
        query=written(results.query),
        chips=[_chip(results, clause) for clause in results.query.clauses],
        time=_time(results, timezone),
        notes=notes(results),
        total=results.total,
        offset=results.offset,
        more=results.offset + len(results.moments) < results.total,
        at=results.asked_at,
        unlike=results.unlike,
        moments=[moment_json(moment, timezone) for moment in results.moments],
    )


def moment_json(moment: FoundMoment, timezone: str) -> FoundMomentReply:
    """One moment; ``caption`` and ``quotes`` come in pieces: [text, whether it is marked]."""
    place = moment.place
    when = local_time(place.begun + moment.plays_at, timezone)
    return FoundMomentReply(
        clip=place.clip_id,
        recording=place.recording_id,
        start=place.span.start,
        day=when.date().isoformat(),
        day_label=day_words(when.date()),
        time=f"{when:%H:%M:%S}",
        seek=round(moment.plays_at, 2),
        end=round(place.span.end - place.begun, 2),
        picture=picture_address(moment.picture),
        device=place.device,
        indexed=place.known,
        caption=moment.caption,
        quotes=[
            QuoteReply(
                kind=quotation.kind,
                who=label_words(quotation.who),
                pieces=quotation.pieces,
                seek=round(quotation.at, 2),
            )
            for quotation in moment.quotes
        ],
        why=list(moment.why),
    )


def picture_address(path: str) -> str:
    """Where a thumbnail is served, empty where there is none."""
    parts = PurePosixPath(path).parts
    return "/" + "/".join(quote(part) for part in parts) if parts else ""


def notes(results: Results) -> list[str]:
    """What of a query could not be followed, in sentences."""
    sight = _sight_note(results)
    return [*filter(None, [sight]), *_strange(results)]


def _sight_note(results: Results) -> str:
    if results.sight == "no model":
        return t(
            "“looks:” needs an image–text model, and there is none here: the page Settings and "
            "“egobutler setup” propose one. Until then “seen:” finds what was recognised."
        )
    if results.sight == "labels":
        return t(
            "There is no image–text model here: “looks:” finds only what has a name of its own. "
            "The page Settings and “egobutler setup” propose one."
        )
    if results.sight == "no vectors":
        return t("No picture has been compared with words yet; that is done while the app runs.")
    return ""


def _strange(results: Results) -> list[str]:
    return [
        t(
            "“{value}” is no time that I know. Write it as 2026-03-16, or as “last Tuesday”.",
            value=clause.value,
        )
        if clause.operator in ("on", "before", "after")
        else t(
            "“in:{value}” is unknown. There are said, text, seen and pictures.", value=clause.value
        )
        for clause in results.held.strange
    ]


def _chip(results: Results, clause: Clause) -> ChipReply:
    return ChipReply(
        operator=clause.operator,
        label=_labels()[clause.operator],
        value=clause.value,
        rest=written(without(results.query, clause)),
        strange=clause in results.held.strange,
    )


def _time(results: Results, timezone: str) -> TimeWordsReply | None:
    """The time that free words were taken for."""
    span = results.held.time
    if span is None:
        return None
    label = interval_words(max(span.start, 0.0), min(span.end, 4e9), timezone)
    return TimeWordsReply(words=results.held.time_words, label=label, open=span.start <= 0)


def results_text(results: Results, timezone: str) -> str:
    """The moments as lines, the words that were looked for in **asterisks**."""
    lines, day = list(notes(results)), ""
    for moment in results.moments:
        when = local_time(moment.place.begun + moment.plays_at, timezone)
        if day_words(when.date()) != day:
            day = day_words(when.date())
            lines += ["", day]
        shown = [_plain(moment.caption)] if moment.caption else []
        for quotation in moment.quotes:
            who = f"{quotation.who}: " if quotation.who else ""
            shown.append(f"{who}“{_plain(quotation.pieces)}”")
        lines.append(f"  {when:%H:%M:%S}  " + f"\n{' ' * 12}".join(shown))
    if results.unlike:
        lines.append("Nothing like it was found; --nearest shows what comes closest in meaning.")
    elif not results.moments and not lines:
        lines.append("Nothing was found.")
    elif results.offset + len(results.moments) < results.total:
        lines += ["", f"{len(results.moments)} of {results.total} moments; --limit shows more."]
    return "\n".join(lines).strip("\n")


def _plain(pieces: Pieces) -> str:
    return "".join(f"**{text}**" if hit else text for text, hit in pieces)
