"""Which words of a text carry it: tokens, stop words, light verbs and asking words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from egogpt.text.chinese_text import parted
from egogpt.text.stemmer import stem
from egogpt.text.word_lists import word_list
from memory.search.chinese_characters import HAN, simplified

_PERSON = r"\b[Pp]erson \d+\b"  # as somebody without a name is called: one word
_TOKEN = re.compile(rf"(?:{_PERSON}|[^\W_]+)(?:['’][^\W_]+)*")
_FIRST_PART = re.compile(rf"({_PERSON}|[^\W_]+)(?:['’][^\W_]+)*")
_RUNS = re.compile(rf"{HAN.pattern}+|(?:(?!{HAN.pattern}).)+", re.DOTALL)
_FIRST_PART_ASCII = re.compile(rf"({_PERSON}|[a-z0-9]+)(?:'[a-z0-9]+)*")

STOP_WORDS = word_list("egogpt.text", "stop_words")

# Verbs that say little: a memory need not contain them to answer the question.
LIGHT_WORDS = word_list("egogpt.text", "light_words")

# Words that name the kind of answer asked for ("what colour …"): the answer brings them.
ANSWER_TYPES = word_list("egogpt.text", "answer_types")


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text, lower-cased and without diacritics, and where it stands."""

    word: str
    start: int
    end: int
    capital: bool


def is_numbered(word: str) -> bool:
    """Whether a word stands for somebody without a name: "person 3"."""
    return word.startswith("person ")


def fold(text: str) -> str:
    """Lower case without diacritics, as the text index folds it, in simplified characters."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return simplified("".join(mark for mark in decomposed if not unicodedata.combining(mark)))


def tokens(text: str) -> list[Token]:
    """The words of a text in order; a possessive or contraction is cut at its apostrophe."""
    return [Token(fold(raw), start, end, raw[:1].isupper()) for raw, start, end, _ in _cut(text)]


def words_of(text: str) -> list[str]:
    """The words of a text in order, as ``tokens`` cuts and folds them, ten times as fast."""
    if text.isascii():
        return _FIRST_PART_ASCII.findall(text.lower())
    if HAN.search(text):
        return [fold(raw) for raw, *_ in _cut(text)]
    return [fold(word) for word in _FIRST_PART.findall(text)]


def stems(text: str) -> list[str]:
    """The stems of all words of a text, stop words included."""
    return [stem(word) for word in words_of(text)]


def content_words(text: str) -> list[str]:
    """Words that carry something, each once, in order: in English those that are no stop words."""
    if HAN.search(text):
        words = [fold(raw) for raw, _, _, carries in _cut(text) if carries]
    else:
        words = words_of(text)
    return list(dict.fromkeys(word for word in words if word not in STOP_WORDS))


def content_stems(text: str) -> set[str]:
    """The stems of the content words of a text."""
    return {stem(word) for word in content_words(text)}


def _cut(text: str) -> Iterator[tuple[str, int, int, bool]]:
    """Each word as it stands, its place [start, end), and whether its kind of word may carry."""
    for match in _TOKEN.finditer(text):
        for run in _RUNS.finditer(match.group()):
            raw = run.group().lstrip("'’")
            start = match.start() + run.end() - len(raw)
            if not HAN.match(raw):
                yield re.split(r"['’]", raw)[0], start, start + len(raw), True
                continue
            for word, carries in parted(simplified(raw)):
                yield word, start, start + len(word), carries
                start += len(word)
