"""Moments as cards: a picture, when it was, what it holds, and links that play it.

They are shown by ``gr.Markdown``, which sanitises them. Words of a recording are escaped and stand
in blocks of HTML, in which Markdown has no meaning: nothing in them can run, fetch or link.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from app.presentation.i18n import t


@dataclass(frozen=True, slots=True)
class MomentCard:
    """A moment; ``seek`` plays it, ``picture`` is an address of ours or empty.

    ``words`` are lines of HTML made by ``text`` and ``marked``.
    """

    seek: str
    picture: str
    title: str
    day: str
    time: str
    words: tuple[str, ...] = ()
    note: str = ""


def cards(moments: Iterable[MomentCard]) -> str:
    """The moments as a list."""
    return f'<ul class="eb-cards">{"".join(map(_card, moments))}</ul>'


def text(words: str) -> str:
    """Words without a meaning to HTML, on one line."""
    return escape(" ".join(words.split()))


def marked(pieces: Iterable[tuple[str, bool]]) -> str:
    """Pieces of a text, some of them marked; blanks between them stay."""
    parts = ((escape(" ".join(f"|{piece}|".split())[1:-1]), hit) for piece, hit in pieces)
    return "".join(f"<mark>{part}</mark>" if hit else part for part, hit in parts)


def play_link(seek: str, words: str) -> str:
    """A link that plays a moment; ``words`` are HTML."""
    return f'<a class="eb-play" href="{escape(seek)}">{words}</a>'


def day_link(day: str, time: str) -> str:
    """A link to a moment in the timeline; ``time`` as ``18:42`` or ``18:42:30``."""
    label = escape(t("Show {day} {time} in the timeline", day=day, time=time))
    address = f"/day/{quote(day)}?t={quote(time, safe=':')}"
    return f'<a href="{address}" title="{label}">{escape(t("Show in the timeline"))}</a>'


def _card(card: MomentCard) -> str:
    seen = f'<img src="{escape(card.picture)}" alt="">' if card.picture else "<span>▶</span>"
    note = f" <small>{text(card.note)}</small>" if card.note else ""
    words = "".join(f"<p>{line}</p>" for line in card.words if line)
    heading = f"{seen}<strong>{text(card.title)}</strong>"
    return (
        f"<li>{play_link(card.seek, heading)}<div>{note}{words}"
        f"<p>{day_link(card.day, card.time)}</p></div></li>"
    )
