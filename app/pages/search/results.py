"""Results of a search as text: how it was understood, moments by day, what to try instead.

All of it is for ``gr.Markdown``: blocks of HTML in which the words of recordings are escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from html import escape
from itertools import groupby
from urllib.parse import quote

from app.api_models.search import FoundMomentReply, QuoteReply, SearchReply
from app.pages.moment_cards import MomentCard, cards, marked, text
from app.presentation.i18n import t
from app.presentation.time_text import seek_address


def understood(reply: SearchReply) -> str:
    """What could not be followed, how many moments there are, and conditions to be taken away."""
    notes = "".join(f"<p><strong>{text(note)}</strong></p>" for note in reply.notes)
    chips = [
        query_link(
            f"{chip.label}: {chip.value} ×", chip.rest, t("Remove {label}", label=chip.label)
        )
        for chip in reply.chips
    ]
    if reply.time:
        label = t("time: {label}", label=reply.time.label)
        remove = t("Remove {label}", label=label)
        chips.append(query_link(f"{label} ×", reply.query, remove, literal=True))
    shown = f'<p class="eb-conditions">{" ".join(chips)}</p>' if chips else ""
    return f"<div>{notes}{shown}<p><small>{text(_count(reply))}</small></p></div>"


def _count(reply: SearchReply) -> str:
    if not reply.total:
        return ""
    if reply.moments and all(moment.why == ["means"] for moment in reply.moments):
        return t("No moment holds these words. These come closest in meaning.")
    return t("1 moment") if reply.total == 1 else t("{count} moments", count=f"{reply.total:,}")


def moments(reply: SearchReply, last_day: str = "") -> str:
    """The moments under their days; ``last_day`` is the one that the page before ended with."""
    days = groupby(reply.moments, key=lambda moment: (moment.day, moment.day_label))
    return "".join(
        _heading(day, label) * (day != last_day) + cards(map(card, found))
        for (day, label), found in days
    )


def _heading(day: str, label: str) -> str:
    link = f'<a href="/day/{quote(day)}">{text(t("Open this day"))}</a>'
    return f"<h3>{text(label)} <small>{link}</small></h3>"


def card(moment: FoundMomentReply) -> MomentCard:
    """A moment that was found; a click plays it."""
    said = moment.quotes[0].pieces if moment.quotes else moment.caption
    words = "".join(piece for piece, _ in said)
    caption = marked(moment.caption) if moment.indexed else text(t("Still being indexed …"))
    return MomentCard(
        seek=seek_address(moment.recording, moment.seek, moment.end, words[:200]),
        picture=moment.picture,
        title=moment.time,
        day=moment.day,
        time=moment.time,
        words=(*map(_quote, moment.quotes), caption),
        note=" · ".join(_why(why) for why in moment.why),
    )


def _quote(passage: QuoteReply) -> str:
    who = f"<b>{text(passage.who)}: </b>" if passage.who else ""
    words = marked(passage.pieces)
    if passage.kind == "text":
        return f'<span class="eb-sign">{who}{words}</span>'
    return f'<span class="eb-said">{who}“{words}”</span>'


def _why(why: str) -> str:
    return {
        "said": t("said"),
        "text": t("text in view"),
        "seen": t("seen"),
        "looks": t("looks like"),
        "means": t("means"),
        "person": t("with"),
    }.get(why, why)


def nothing(reply: SearchReply) -> str:
    """What may help where nothing was found, or nothing like it."""
    tries = [
        query_link(
            t("Search without “{label}: {value}”", label=chip.label, value=chip.value), chip.rest
        )
        for chip in reply.chips
    ]
    if reply.time:
        anytime = t("Search for these words at any time: {query}", query=reply.query)
        tries.insert(0, query_link(anytime, reply.query, literal=True))
    if reply.unlike:
        closest = t("Show what comes closest in meaning")
        tries.insert(0, query_link(closest, reply.query, nearest=True))
    if reply.notes:  # they say why, and what to do
        return _list(tries)
    heading = t("Nothing like it was found") if reply.unlike else t("Nothing was found")
    words = t("Try fewer or other words: what was said, what was in view, or who was there.")
    return f"<h2>{text(heading)}</h2><p>{text(words)}</p>{_list(tries)}"


def empty() -> str:
    """What is shown of a home without recordings."""
    library = f'<a href="#page=library">{text(t("Open the Library"))}</a>'
    words = t("Add a recording in the Library. A minute later you can search it here.")
    return f"<h2>{text(t('Nothing to search yet'))}</h2><p>{text(words)}</p><p>{library}</p>"


def lesson(recent: Sequence[str], people: Sequence[str]) -> str:
    """What is shown before anything is typed: the last searches, and examples."""
    before = date.today().replace(day=1)
    first = (before - timedelta(days=1)).replace(day=1)
    examples = [
        (t("keys"), t("a word that was said, seen or read")),
        (t('"see you on Friday"'), t("exactly these words")),
        (t("said:coffee"), t("only what was said")),
        (t("text:exit"), t("only what was written somewhere in view")),
        (t("yesterday evening"), t("a time in words")),
        (
            t("after:{first} before:{last}", first=first, last=before),
            t("from one day to another"),
        ),
    ]
    for name in people[:1]:
        typed = f'"{name}"' if " " in name else name
        example = t("person:{name}", name=typed)
        examples.append((example, t("when {name} was there", name=name)))
    last = f"<h3>{text(t('Your last searches'))}</h3>" if recent else ""
    tries = _tries((query, query, about) for query, about in examples)
    return f"{last}{_tries((query, query, '') for query in recent)}<h3>{text(t('Try'))}</h3>{tries}"


def _tries(rows: Iterable[tuple[str, str, str]]) -> str:
    return _list(
        f"{query_link(words, query)} <small>{text(about)}</small>" for words, query, about in rows
    )


def _list(items: Iterable[str]) -> str:
    listed = "".join(f"<li>{item}</li>" for item in items)
    return f'<ul class="eb-tries">{listed}</ul>' if listed else ""


def query_link(
    words: str, query: str, label: str = "", *, literal: bool = False, nearest: bool = False
) -> str:
    """A link that searches; ``literal`` and ``nearest`` as in `SearchService.search`."""
    address = f"#page=search&q={quote(query, safe='')}"
    address += "&literal=1" * literal + "&nearest=1" * nearest
    title = f' title="{escape(label)}"' if label else ""
    return f'<a href="{escape(address)}"{title}>{text(words)}</a>'
