"""Tell again what others' homes showed for a question: it is kept there, while it may be told.

A home that was asked keeps the question with its own part of the answer (``Store.asked``); the
conversation of whoever asked holds gaps, which are filled here as long as the owner lets it and has
forgotten none of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from app.across.cards import AskedHome, other_card
from app.across.granting import asker_at, granted
from app.across.homes import opened
from app.auth.accounts import Accounts
from app.auth.errors import AuthRefused
from app.presentation.i18n import t
from app.presentation.rendering import Json
from memory.repositories.questions_from_others import QuestionFromOther
from memory.types.core import Answer, Citation, Span
from memory.types.errors import StoreError


def part_of(answer: Answer, wearer: str) -> Json:
    """What a home shows in an answer: its moments, the sentences that rest on these alone, and how
    much it recorded of the time."""
    own = {number for number, cited in enumerate(answer.citations) if cited.wearer == wearer}
    recorded = (one.indexed for one in answer.wearers if one.wearer == wearer)
    return {
        "quotes": [
            [number + 1, cited.recording_id, cited.span.start, cited.span.end, cited.quote,
             cited.speaker]
            for number, cited in enumerate(answer.citations)
            if number in own
        ],
        "sentences": {
            str(number): sentence.text
            for number, sentence in enumerate(answer.sentences)
            if sentence.citations and own.issuperset(sentence.citations)
        },
        "recorded": sum(span.duration for spans in recorded for span in spans),
    }  # fmt: skip


def quotes(asked: QuestionFromOther, wearer: str = "") -> list[tuple[int, Citation]]:
    """The moments that were shown, with their numbers in the answer."""
    return [
        (number, Citation(recording, Span(start, end), quote, wearer, speaker))
        for number, recording, start, end, quote, speaker in asked.shown["quotes"]
    ]


def told_again(page: Json, accounts: Accounts, home: Path) -> Json:
    """A kept answer with what others still show of it; what they do not is left out, and said."""
    across = page.get("across")
    if not across:
        return page
    parts, gone = list[Json](), list[str]()
    for name, asked in across["told"].items():
        part = _part(accounts, home, name, asked)
        if part is None:
            gone.append(name)
        else:
            parts.append(part)
    return filled(page, parts, gone)


def _part(accounts: Accounts, home: Path, name: str, asked_id: str) -> Json | None:
    """What a home shows of a question now: all of it, or None."""
    try:
        ((account, grant),) = granted(accounts, asker_at(accounts, home), [name])
        with opened(account.home) as store:
            asked, other = store.asked.get(asked_id), AskedHome(account, grant, store)
            cited = [] if asked is None else quotes(asked, account.name)
            if asked is None or not all(
                other.tells(one.recording_id, one.span) for _, one in cited
            ):
                return None
            return shown_part(other, asked.shown, cited)
    except (AuthRefused, StoreError, OSError):
        return None


def shown_part(home: AskedHome, shown: Json, cited: Iterable[tuple[int, Citation]]) -> Json:
    """A part with the cards of its moments."""
    cards = {number: other_card(number, one, home) for number, one in cited}
    return shown | {"cards": cards, "wearer": home.account.name}


def filled(page: Json, parts: Iterable[Json], gone: Iterable[str] = ()) -> Json:
    """An answer in which the parts of others stand where only places for them were."""
    shown = list(parts)
    cards = {number: card for part in shown for number, card in part["cards"].items()}
    kept = [cards.get(card["number"], card) for card in page["cards"]]
    kept = [card for card in kept if "recording" in card]
    numbers = {card["number"]: number for number, card in enumerate(kept, 1)}
    told = {int(at): text for part in shown for at, text in part["sentences"].items()}
    missing = [t("What {name} showed is not there any more.", name=name) for name in gone]
    sentences = _sentences(page["sentences"], told, numbers)
    if not missing and len(sentences) < len(page["sentences"]):
        missing = [t("A part that rests on several homes is not kept. Ask again to see it.")]
    return page | {
        "cards": [card | {"number": numbers[card["number"]]} for card in kept],
        "sentences": sentences,
        "wearers": [[part["wearer"], part["recorded"]] for part in shown],
        "reading": " ".join([*missing, *filter(None, [page.get("reading")])]),
        "deeper": False,
        "why": None,
    }


def _sentences(
    sentences: list[Json], texts: Mapping[int, str], numbers: Mapping[int, int]
) -> list[Json]:
    """Those of which there are words, with the numbers that their moments have now."""
    spoken = [texts.get(at, one["text"]) for at, one in enumerate(sentences)]
    return [
        {"text": text, "marks": [numbers[mark] for mark in one["marks"] if mark in numbers]}
        for one, text in zip(sentences, spoken, strict=True)
        if text
    ]
