"""The memory review in words: off until the owner switches it on, one question at a time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.days.digest_text import cite_json
from app.days.review import ReviewCard, Topic, due_cards
from app.presentation.i18n import t
from app.presentation.time_text import moment_words

if TYPE_CHECKING:
    from app.assistant import Assistant

PREFERENCE = "review"


@dataclass(frozen=True, slots=True)
class ReviewQuestion:
    """A question with its answer; ``picture`` is an address of ours, empty of a promise.

    ``seek`` plays the moment ``when``; ``due`` counts the questions that are due, this one too.
    """

    card: ReviewCard
    words: str
    answer: str
    when: str
    seek: str
    picture: str
    due: int


class ReviewView:
    """The memory review of a home."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    @property
    def on(self) -> bool:
        """Whether the owner wants to be asked."""
        return bool(self._assistant.store.preferences.get(PREFERENCE))

    def switch(self, on: bool) -> None:
        """Switch it on; or off, which deletes all replies."""
        store = self._assistant.store
        store.preferences.put(PREFERENCE, on or None)
        if not on:
            store.reviews.clear()

    def due(self) -> list[ReviewQuestion]:
        """What is to be asked now, the most overdue first; nothing where it is off."""
        home = self._assistant
        cards = due_cards(home.store, home.timezone, time.time()) if self.on else []
        return [self._question(card, len(cards)) for card in cards]

    def of(self, topic: Topic | None) -> ReviewQuestion | None:
        """The question about it, if it is still due."""
        return next((one for one in self.due() if one.card.topic == topic), None)

    def reply(self, question: ReviewQuestion, known: bool) -> None:
        """Keep whether the owner knew it, as long as this is on."""
        if self.on:
            self._assistant.store.reviews.add(question.card.reply(known, time.time()))

    def _question(self, card: ReviewCard, due: int) -> ReviewQuestion:
        timezone = self._assistant.timezone
        when = moment_words(card.cite.span.start, timezone)
        picture = f"/api/people/faces/{card.face}.jpg" if card.person else ""
        seek = cite_json(card.cite, card.answer, timezone)["seek"]
        return ReviewQuestion(card, _words(card, when), card.answer, when, seek, picture, due)


def _words(card: ReviewCard, when: str) -> str:
    if card.person:
        return t("Who is this?")
    if card.company:
        names = ", ".join(card.company)
        return t(
            "{when}, with {names}: what did you say that you would do?", when=when, names=names
        )
    return t("{when}: what did you say that you would do?", when=when)
