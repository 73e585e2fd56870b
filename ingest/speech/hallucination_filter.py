"""Drops what Whisper makes up where nobody speaks: loops, stock phrases, words that it doubts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ingest.speech.sentences import Heard, ends_sentence
from memory.types.core import Utterance

UNSURE = 0.3  # mean word probability below which nothing is believed
GUESSED = 0.6  # the same where the language itself is a guess
SINGLE_UNSURE = 0.8  # one word alone is what music and coughs are heard as
STOCK_UNSURE = 0.8  # what subtitles end with needs to be heard clearly
GUESS = 0.25  # probability of a word below which it is a guess
GUESSES = 3  # guessed words that, at the end of a sentence, are made up to round it off
REPEATS = 4  # times in a row that a phrase may be said

STOCK = frozenset(
    {
        "bye",
        "bye bye",
        "i'll see you next time",
        "please subscribe",
        "see you next time",
        "subtitles by the amara org community",
        "thank you",
        "thank you for watching",
        "thank you so much for watching",
        "thank you very much",
        "thanks",
        "thanks for watching",
        "you",
    }
)


def believable(utterances: Iterable[Utterance], *, language_known: bool = True) -> list[Utterance]:
    """The utterances that somebody probably said.

    Args:
        utterances: in order of time.
        language_known: whether the language was given or surely detected.
    """
    least = UNSURE if language_known else GUESSED
    believed: list[Utterance] = []
    for utterance in utterances:
        words = plain_words(utterance.text)
        if not words or utterance.confidence < max(least, _needed(words)):
            continue
        if _annotation(utterance.text):
            continue
        if is_loop(words) or _said_again(words, believed):
            continue
        believed.append(utterance)
    return believed


def _needed(words: Sequence[str]) -> float:
    if " ".join(words) in STOCK:
        return STOCK_UNSURE
    return SINGLE_UNSURE if len(words) == 1 else 0.0


def without_guesses(words: Sequence[Heard]) -> list[Heard]:
    """The words less those that round off a sentence whose end was not understood.

    "… is the new iPod in the US." becomes "… is the new iPod…" where "in the US." was guessed.
    """
    retained: list[Heard] = []
    for word in words:
        retained.append(word)
        if not ends_sentence(word.text):
            continue
        sure = len(retained)
        while sure and retained[sure - 1].probability < GUESS:
            sure -= 1
        # A sentence that was guessed as a whole is judged as a whole, later.
        if len(retained) - sure >= GUESSES and sure and not ends_sentence(retained[sure - 1].text):
            retained[sure - 1 :] = [replace(retained[sure - 1], text=f"{retained[sure - 1].text}…")]
    return retained


def plain_words(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.lower())


def is_loop(words: Sequence[str]) -> bool:
    """Whether some phrase of up to eight words is said more than ``REPEATS`` times in a row."""
    for size in range(1, 9):
        run = 0
        for i in range(size, len(words)):
            run = run + 1 if words[i] == words[i - size] else 0
            if run >= size * REPEATS:
                return True
    return False


def _said_again(words: Sequence[str], utterances: Sequence[Utterance]) -> bool:
    """Whether the last ``REPEATS`` utterances were the same words already."""
    last = utterances[-REPEATS:]
    return len(last) == REPEATS and all(
        plain_words(utterance.text) == list(words) for utterance in last
    )


def _annotation(text: str) -> bool:
    """Whether it is a caption writer's note, "[Music]" or "(applause)" or "♪"."""
    bare = text.strip()
    return bool(re.fullmatch(r"[\[(*♪].*[\])*♪]\.?", bare)) or "♪" in bare
