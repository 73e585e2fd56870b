"""The digest of a day as its page shows it: every line with the time that plays it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from typing import TypeVar
from urllib.parse import quote

from app.api_models.digest import AmountReply, DigestReply, LineReply, PlacedReply, PromiseReply
from app.pages.moment_cards import day_link, play_link, text
from app.presentation.i18n import t

_T = TypeVar("_T")


def digest_words(digest: DigestReply) -> str:
    """The day for ``gr.Markdown``: blocks of HTML in which all words are escaped."""
    head = (
        f"<h2>{text(digest.title)}</h2>" + _soft(" · ".join(digest.facts)) + _soft(digest.waiting)
    )
    if digest.empty:
        return f'<div class="eb-digest">{head}{_nothing()}{_files(digest.day)}</div>'
    parts = (
        "".join(f"<p>{text(line)}</p>" for line in digest.summary.splitlines() if line.strip()),
        _part(t("What happened"), digest.hours, _line),
        _part(t("Who with"), digest.people, _person),
        _part(t("Done"), digest.activities, _amount),
        _part(t("Places"), digest.places, _amount),
        _part(t("Promised"), digest.promised, _promise, t("As far as what was said tells.")),
        _part(
            t("Still unfinished"),
            digest.unfinished,
            _promise,
            t("From earlier days, not told to be done by the end of this one."),
        ),
    )
    return f'<div class="eb-digest">{head}{"".join(parts)}{_files(digest.day)}</div>'


def _soft(words: str) -> str:
    return f"<p><small>{text(words)}</small></p>" if words else ""


def _nothing() -> str:
    words = t(
        "A day with recordings shows here what happened, whom you met, and what was promised. "
        "Choose another day above, or add recordings."
    )
    return f'<p>{text(words)} <a href="#page=library">{text(t("Open the Library"))}</a></p>'


def _part(title: str, lines: Iterable[_T], item: Callable[[_T], str], note: str = "") -> str:
    items = "".join(f"<li>{item(line)}</li>" for line in lines)
    return f"<h3>{text(title)}</h3>{_soft(note)}<ul>{items}</ul>" if items else ""


def _time(line: PlacedReply) -> str:
    if not line.recording:
        return "<span></span>"
    return play_link(line.seek, f"▶ {text(line.time)}")


def _line(line: LineReply) -> str:
    return _time(line) + f"<span>{text(line.text)} {_day(line)}</span>"


def _day(line: PlacedReply) -> str:
    return day_link(line.day, line.time) if line.recording else ""


def _amount(entry: AmountReply) -> str:
    return _time(entry) + f"<span><strong>{text(entry.label)}</strong> {text(entry.amount)}</span>"


def _person(entry: AmountReply) -> str:
    about = escape(t("About {name}", name=entry.label))
    name = (
        f'<a href="#person={quote(entry.label, safe="")}" title="{about}">{text(entry.label)}</a>'
    )
    return _time(entry) + f"<span>{name} {text(entry.amount)}</span>"


def _promise(promise: PromiseReply) -> str:
    if promise.done:
        state = f"<em>{text(t('Done, it seems'))}</em>"
    else:
        late = ' class="eb-late"' if promise.late else ""
        state = f"<em{late}>{text(promise.due)}</em>"
    said = f"{text(promise.who)}: “{text(promise.text)}”"
    return _time(promise) + f"<span>{said} {state if promise.done or promise.due else ''}</span>"


def _files(day: str) -> str:
    files = (
        (f"/api/digest/{day}.md", t("Save as Markdown")),
        (f"/api/digest/{day}.ics", t("Save for the calendar")),
        ("/api/digest/promises.ics", t("All promises with a date")),
    )
    links = " ".join(f'<a href="{address}">{text(words)}</a>' for address, words in files)
    return f'<p class="eb-files">{links}</p>'
