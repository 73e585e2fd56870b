"""Answers as messages of the chat: the moments that they rest on first, then what is said.

Words of an answer may come from speech, from text in view or from a model that read them. They are
escaped, and stand in blocks of HTML, in which Markdown has no meaning: nothing in them can run,
fetch or link. The chat sanitises what it shows besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Any
from urllib.parse import quote

import gradio as gr

from app.ask.answer_page import FAILED, RUNNING, STOPPED
from app.presentation.i18n import t
from app.presentation.rendering import Json
from app.presentation.time_text import interval_words, length_words, moment_words

_LONG = 8 * 86400.0  # seconds of a time of which nobody wants to know how much was recorded
_ASKED = '<div class="eb-words">'
# What Markdown or HTML makes something else of; other questions stay as they are, to be edited.
_MARKUP = re.compile(r"[<>&\[\]`*_~|\\]|^\s*([#+-]|\d+[.)])|https?:|www\.", re.MULTILINE)
Messages = list[gr.ChatMessage]


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """A question with its answer as ``answer_page`` gives it; ``photo`` is the address of one."""

    question: str
    answer: Json
    photo: str = ""

    @property
    def whole(self) -> str:
        """The question in full, also where it pointed back."""
        turn = self.answer.get("turn")
        return str(turn["question"]) if turn else self.question

    @property
    def may_repeat(self) -> bool:
        """Whether no more comes of an answer that is not whole."""
        return self.answer.get("ended") not in (None, RUNNING)

    @property
    def spoken(self) -> tuple[str, ...]:
        """The words of question and answer, and whether that has ended."""
        said = (sentence["text"] for sentence in self.answer["sentences"])
        return (self.question, *said, self.answer.get("ended", ""))


def messages_of(turns: Iterable[ShownTurn]) -> Messages:
    """A conversation; what may be done next hangs on its last answer."""
    shown = list(turns)
    last_asked = {turn.question: number for number, turn in enumerate(shown)}
    last = len(shown) - 1
    return [
        one
        for n, turn in enumerate(shown)
        for one in turn_messages(turn, n == last, n if last_asked[turn.question] == n else None)
    ]


def turn_messages(turn: ShownTurn, last: bool = False, number: int | None = None) -> Messages:
    """A question and its answer; ``number`` is which of the conversation it is, unless the
    question was asked anew since."""
    cards, answer = turn.answer["cards"], answer_html(turn.answer)
    # The chat shows options below the last turn alone.
    if turn.may_repeat and not last and number is not None:
        answer += f'<a class="eb-correct" href="#again={number}">{_text(t("Ask again"))}</a>'
    heading = (
        t("These moments come closest:")
        if turn.answer.get("ended")
        else t("The moments that this rests on")
    )
    replies = [cards_html(cards, heading)] if cards else []
    shown = [gr.ChatMessage(text) for text in (*replies, answer)]
    if last:
        shown[-1].options = list(_options(turn))
    return [*question_messages(turn.question, turn.photo), *shown]


def question_messages(question: str, photo: str = "") -> Messages:
    """What was asked."""
    shown = (
        [gr.ChatMessage(f'<img class="eb-asked" src="{photo}" alt="">', "user")] if photo else []
    )
    words = f"{_ASKED}{_text(question)}</div>" if _MARKUP.search(question) else question
    return [*shown, gr.ChatMessage(words, "user")]


def question_of(message: str) -> str:
    """What was asked, of the text of such a message."""
    if not message.startswith(_ASKED):
        return message
    return unescape(message.removeprefix(_ASKED).removesuffix("</div>").replace("<br>", "\n"))


def running_messages(status: str, cards: Sequence[Json], text: str) -> Messages:
    """An answer that is being looked for and written."""
    replies = [cards_html(cards, t("These moments come closest:"))] if cards else []
    words = _block(text, "eb-streaming") if text else _block(status, "eb-wait")
    return [gr.ChatMessage(part) for part in (*replies, words)]


def turn_at(turns: Sequence[ShownTurn], index: int) -> int:
    """Which turn the message at ``index`` of the chat is of; their number where it is of none."""
    for number, turn in enumerate(turns):
        index -= len(turn_messages(turn))
        if index < 0:
            return number
    return len(turns)


def _options(turn: ShownTurn) -> Iterable[Any]:
    answer = turn.answer
    if answer.get("deeper"):
        yield {"value": "deeper", "label": t("Search deeper")}
    judged = answer.get("judged") or {}
    if judged.get("wrong") or judged.get("right"):
        yield {"value": "forgive", "label": t("Forget my thumbs and ask again")}
    if (answer.get("searched") or {}).get("pending") or turn.may_repeat:
        yield {"value": "again", "label": t("Ask again")}


# Pieces of HTML. Only these write tags; everything else goes through ``_text``.


def _text(words: str) -> str:
    """Words without a meaning to HTML, and without a line of nothing, which would end a block."""
    lines = (" ".join(line.split()) for line in words.splitlines())
    return "<br>".join(escape(line) for line in lines if line)


def _block(words: str, name: str) -> str:
    return f'<p class="{name}">{_text(words)}</p>' if words else ""


def _link(seek: str) -> str:
    return escape(seek, quote=True)


def cards_html(cards: Sequence[Json], heading: str) -> str:
    """Moments side by side, each to be played and put right."""
    return (
        f'<div class="eb-moments"><p class="eb-soft">{_text(heading)}</p>'
        f'<ol class="eb-evidences">{"".join(map(_card, cards))}</ol></div>'
    )


def _card(card: Json) -> str:
    picture = (
        f'<img src="{escape(card["picture"])}" alt="" loading="lazy">' if card["picture"] else ""
    )
    wearer = card.get("wearer")
    who = t("{name}'s camera", name=wearer) if wearer else ", ".join(card["people"])
    place = ",".join((quote(card["recording"], safe=""), str(card["start"]), str(card["end"])))
    seen = (
        f'<span class="eb-picture">{picture}<span class="eb-number">{card["number"]}</span></span>'
    )
    title, when = _text(t("Play this moment")), _text(_moment(card["at"]))
    correct = f'<a class="eb-correct" href="#correct={place}">{_text(t("Correct …"))}</a>'
    return (
        '<li class="eb-evidence">'
        + (
            f'<a class="eb-play" href="{_link(card["seek"])}" title="{title}">{seen}▶ {when}</a>'
            if card["seek"]
            else f'<span class="eb-play">{seen}{when}</span>'
        )
        + (f'<span class="eb-who">{_text(who)}</span>' if who else "")
        + f"<q>{_text(card['quote'])}</q>{'' if wearer else correct}</li>"
    )


def _moment(at: float) -> str:
    """``at`` is seconds on the wall clock, as if that were UTC."""
    return moment_words(at, "UTC")


def answer_html(answer: Json) -> str:
    """What is said, what was searched for it, and why."""
    if (ended := answer.get("ended")) == RUNNING:
        wait = _block(t("Looking through your recordings …"), "eb-wait")
        return f'<div class="eb-answer">{wait}</div>'
    if ended:
        why = answer["trouble"] or (t("Stopped.") if ended == STOPPED else t("Not answered yet."))
        end = _block(why, "eb-failed" if ended == FAILED else "eb-soft")
        return f'<div class="eb-answer">{_said(answer)}{end}</div>'
    asked = answer["cards"] or answer.get("across")
    if not answer["abstained"] and not asked:  # small talk: nothing was searched
        return f'<div class="eb-answer">{_said(answer)}</div>'
    hint = t("Try other words, or name the day or the hour that you have in mind.")
    parts = (
        _block(_understood(answer), "eb-understood"),
        _said(answer),
        _block(hint if answer["abstained"] else "", "eb-soft"),
        _block(answer.get("reading") or "", "eb-soft"),
        _block(" · ".join(filter(None, _coverage(answer))), "eb-coverage"),
        _block(_judged(answer.get("judged") or {}), "eb-coverage"),
        _why(answer["why"]) if answer.get("why") else "",
    )
    return f'<div class="eb-answer">{"".join(parts)}</div>'


def _understood(answer: Json) -> str:
    question = answer["understood"]
    return t("You asked: {question}", question=question) if question else ""


def _said(answer: Json) -> str:
    """The sentences; where several moments bear them, each with the numbers of its own."""
    cards, several = answer["cards"], len(answer["cards"]) > 1
    parts = []
    for sentence in answer["sentences"]:
        numbers = sentence["marks"] if several else []
        marks = (_mark(cards[number - 1]) for number in numbers if number <= len(cards))
        parts.append(" ".join((_text(sentence["text"]), *marks)))
    return f'<p class="eb-said">{" ".join(parts)}</p>' if parts else ""


def _mark(card: Json) -> str:
    number, when = card["number"], _moment(card["at"])
    name = t("Moment {number}: {when}", number=number, when=when)
    if not card["seek"]:
        return f'<span class="eb-cited" title="{_text(name)}">{number}</span>'
    seek = card["seek"].replace("#seek=", "#cite=")
    return f'<a href="{_link(seek)}" title="{_text(name)}">{number}</a>'


def _coverage(answer: Json) -> Iterable[str]:
    searched, scope = answer.get("searched"), answer.get("scope") or {}
    if searched:
        yield coverage_words(searched)
    for name, recorded in answer.get("wearers") or ():
        length = length_words(recorded) if recorded else t("nothing shown")
        yield t("{name}: {length}", name=name, length=length)
    if names := [*scope.get("people", ()), *scope.get("places", ()), *scope.get("devices", ())]:
        yield t("kept to {names}", names=", ".join(names))
    if searched and searched["pending"]:
        length = length_words(searched["pending"])
        if searched["within"]:
            yield t("{length} of this time are recorded but not indexed yet", length=length)
        else:
            yield t("{length} of your recordings are still being indexed", length=length)


def coverage_words(searched: Json) -> str:
    """Which time was searched, and how much of it is recorded."""
    recorded, span, whole = searched["recorded"], searched["span"], searched["whole"]
    length = length_words(recorded)
    if span is None:
        everything = t("Searched everything until now · {length} recorded", length=length)
        return everything if recorded else t("Nothing is recorded yet")
    when = searched["said"] or _interval(*span)
    if not recorded:
        return t("Searched {when} · nothing was recorded then", when=when)
    if searched["said"] or not whole or whole > _LONG or span[0] <= 0:
        return t("Searched {when} · {length} recorded", when=when, length=length)
    words = length_words(whole)
    return t(
        "Searched {when} · {length} of {whole} recorded", when=when, length=length, whole=words
    )


def _interval(start: float, end: float) -> str:
    if start <= 0:
        return t("until {when}", when=_moment(end))
    return interval_words(start, end, "UTC")


def _judged(judged: Json) -> str:
    wrong, right = judged.get("wrong"), judged.get("right")
    parts = (
        t("Left out because you said that it is not it: {n}.", n=wrong) if wrong else "",
        t("Put first because you said that it is it: {n}.", n=right) if right else "",
    )
    return " ".join(filter(None, parts))


def _why(why: Json) -> str:
    lines = "".join(f"<li>{_text(line)}</li>" for line in why["lines"])
    weighed = "".join(map(_candidate, why["candidates"]))
    heading = f"<p><b>{_text(t('Moments that were weighed'))}</b></p>" if weighed else ""
    return (
        f'<details class="eb-why"><summary>{_text(t("Why do you think that?"))}</summary>'
        f'<ul>{lines}</ul>{heading}<ol class="eb-candidates">{weighed}</ol></details>'
    )


def _candidate(weighed: Json) -> str:
    seek = weighed["seek"].replace("#seek=", "#cite=")
    signals = " · ".join(f"{name} {value:.2f}" for name, value in weighed["signals"])
    cited = f" · {t('shown above')}" if weighed["cited"] else ""
    share = f"{round(100 * weighed['share'])} %{cited}"
    return (
        f'<li><a href="{_link(seek)}">▶ {_text(_moment(weighed["at"]))}</a> {_text(share)}'
        f"<br>{_text(weighed['words'])}<br><small>{_text(signals)}</small></li>"
    )
