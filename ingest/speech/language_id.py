"""Identify the language of each stretch of speech, by what is heard for sure in or around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SURE = 0.8  # probability from which a detected language is believed
ENOUGH = 2.0  # seconds of speech without which no detection is believed
CERTAIN = 0.9  # probability below which there may be a second language in the stretch
LONG = 8.0  # seconds from which a stretch may hold two languages
LIKELY = 0.7  # probability from which a guess is better than English where nothing is sure
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest language of a stretch of speech (ISO 639-1), and how likely it is."""

    code: str
    probability: float
    seconds: float

    @property
    def sure(self) -> bool:
        """Whether it is to be believed: faint babble is often "surely" Welsh or Japanese."""
        return self.probability >= SURE and self.seconds >= ENOUGH

    @property
    def mixed(self) -> bool:
        """Whether two languages may be why it is no more certain: one alone mostly is."""
        return self.probability < CERTAIN and self.seconds >= LONG


@dataclass(frozen=True, slots=True)
class Spoken:
    """The language to write a stretch in; ``known`` where that is more than a guess."""

    code: str
    known: bool


def differ(whole: Guess, parts: Sequence[Guess]) -> bool:
    """Whether the parts of a stretch are better written each in its own language."""
    sure = {part.code for part in parts if part.sure}
    return len(sure) > 1 or (len(sure) == 1 and not whole.sure)


def decide(guesses: Sequence[Guess]) -> list[Spoken]:
    """A language for each of consecutive stretches of one recording.

    A stretch that is not sure is taken to be in the last sure language before it, else in the
    first after it, else in the likeliest of the recording, else in English; it is known
    only if its own guess is that of a sure stretch.
    """
    spoken = []
    fallback = _likeliest(guesses)
    around = next((guess.code for guess in guesses if guess.sure), None)
    for guess in guesses:
        if guess.sure:
            around = guess.code
            spoken.append(Spoken(guess.code, True))
        else:
            code = around or fallback
            spoken.append(Spoken(code, around is not None and guess.code == code))
    return spoken


def _likeliest(guesses: Sequence[Guess]) -> str:
    """The language of a recording in which none is sure."""
    heard = [guess for guess in guesses if guess.probability >= LIKELY and guess.seconds >= ENOUGH]
    best = max(heard, key=lambda candidate: candidate.probability, default=None)
    return FALLBACK if best is None else best.code
