"""Tell of whom a statement speaks: Bob's words about himself answer nothing about Ann.

In LoCoMo a fifth of the questions ask one speaker about the other's life, and this is the signal
that tells most of these from the others (``docs/design/answerability.md``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from egogpt.text.tokens import fold, tokens
from egorag.answerability.words import question_words, statement_words
from egorag.language.language import language_of
from memory.repositories.events import SELF

_SENTENCE = re.compile(r"(?<=[.!?])[\"”']*\s+(?=[\"“A-Z0-9])|(?<=[。！？])")


def person_asked_about(question: str, speakers: Iterable[str]) -> str:
    """The one of those who speak whom a question is about, folded; "" where none is or several.

    "I" is the wearer, where a speaker is called "me".
    """
    low = question.lower()
    asked = {token.word for token in tokens(question)}
    heard = {_first(speaker) for speaker in speakers} - {""}
    named = {who for who in heard - SELF if who in asked or (not who.isascii() and who in low)}
    if heard & SELF and _speaks(question, "first"):
        named |= heard & SELF
    return named.pop() if len(named) == 1 else ""


def subject_match(question: str, statements: Sequence[tuple[str, str]]) -> list[float]:
    """For each (speaker, text): 1 tells of whom the question is about, -1 of somebody else.

    0 where the question is not about one person who speaks, where a statement only asks, or where
    too little is said to tell.
    """
    person = person_asked_about(question, (speaker for speaker, _ in statements))
    if not person:
        return [0.0] * len(statements)
    words = set(question_words(question)) - set(question_words(person))
    return [_match(speaker, text, person, words) for speaker, text in statements]


def _match(speaker: str, text: str, person: str, words: set[str]) -> float:
    """By the sentence that holds most of the question's words."""
    parts = [part for part in _SENTENCE.split(text) if part.strip()]
    parts = [part for part in parts if not part.rstrip().endswith(("?", "？"))]
    held = [len(words & statement_words(part).keys()) for part in parts]
    if not parts or (not max(held) and words & statement_words(text).keys()):
        return 0.0
    best = [part for part, n in zip(parts, held) if n == max(held)] if max(held) else [text]
    votes = [_vote(part, text, _first(speaker), person) for part in best]
    return max(votes, key=abs)


def _vote(part: str, text: str, speaker: str, person: str) -> float:
    """I and we are the speaker, you is whom they talk to; whoever is named is meant, too.

    But not who is only called by name: "Thanks, Ann! We went there" is said to Ann, not of her.
    """
    if person in {token.word for token in tokens(_uncalled(part, person))}:
        return 1.0
    if not person.isascii() and person not in SELF and person in part:
        return 1.0
    first, second = _speaks(part, "first"), _speaks(part, "second")
    if not first and not second:  # "So good!" is of whomever the rest of the turn is
        first = _speaks(text, "first")
        second = not first and _speaks(text, "second")
    if speaker == person:
        return 1.0 if first or not second else -1.0
    return -1.0 if first else float(second)


def _speaks(text: str, person: str) -> bool:
    """Whether a text is in a person, "first" or "second"; "Loved it" is in the first."""
    return language_of(text).pattern("clauses", person).search(text.lower()) is not None


def _uncalled(part: str, person: str) -> str:
    """The words without the name where somebody is only called by it."""
    calls = language_of(part).pattern("clauses", "calls").pattern
    return re.sub(rf"{calls}{re.escape(person)}(?=\s*(?:[,.!?;:—–-]|$))", " ", part, flags=re.I)


def _first(name: str) -> str:
    """The first name, folded as words are."""
    return fold(name).split()[0] if name.strip() else ""
