"""Leave out of a sentence what its speaker takes back in the same breath.

    without_slips("It's in the bathroom, no, in the bedside drawer.")
    -> "It's … in the bedside drawer."

A repair has three parts (Shriberg 1994): what is taken back, an editing term ("no", "I mean"), and
what takes its place. The latter begins like the former: with the same word, or a word of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from egogpt.text.is_question import is_question
from egogpt.text.tokens import fold
from egorag.evidence.number_words import folded_numbers
from egorag.language.language import Language, language_of

_MARK = "… "
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['’.,:][^\W_\u3400-\u9fff]+)*")
_CLAUSE = re.compile(r"[,;.!?，。；！？](?!\d)")
_SENTENCE = re.compile(r"[.!?。！？](?!\d)\s*")
_SUBJECTS = frozenset("i we you he she they ich wir du er sie ihr".split())


class SpokenWord(NamedTuple):
    """A word of a sentence, folded as well, and where it begins."""

    text: str  # as it is written
    low: str
    start: int


@lru_cache(maxsize=4096)
def without_slips(text: str) -> str:
    """A text with a mark in place of what was taken back; any other text as it is."""
    language = language_of(text)
    for match in _editing(language).finditer(text):
        if denied := _denied(text, match, language):
            first, last, end = denied
            others = text[last : match.start()].strip(" ,，、")  # told with it: they stay
            mark = "" if len(others.split()) < 2 else text[match.start()]
            rest = f"{others}{mark} {text[end:].lstrip()}".lstrip()
            stop = _CLAUSE.search(text, end)
            instead = text[end : stop.start() if stop else len(text)].strip()
            if mark and text[first:last].istitle() and instead.istitle():  # of a name: its place
                rest = f"{instead} {others}{text[stop.start() :] if stop else ''}"
            return f"{text[:first]}{_MARK}{without_slips(rest)}"
        start = _start_of_slip(text, match, language)
        if start is not None:
            rest = _counting(text[start : match.start()], text[match.end() :], language)
            return f"{text[:start]}{_MARK}{without_slips(rest)}"
    return text


def _counting(slip: str, rest: str, language: Language) -> str:
    """What is said instead; where it is a bare number, with what the one before it counts: after
    "twelve euros, no," "fourteen [euros]"."""
    end = _CLAUSE.search(rest)
    number = rest[: end.start()] if end else rest
    counted = [word.text for word in _words(slip) if not _is_number(word, language)]
    if not counted or counted[0] == slip.split()[0]:
        return rest
    if not all(_is_number(word, language) for word in _words(number)):
        return rest
    return f"{number.rstrip()} [{counted[0]}]{rest[len(number) :]}"


def _is_number(word: SpokenWord, language: Language) -> bool:
    return word.low[0].isdigit() or word.low in folded_numbers(language.code)


def begins_correction(text: str) -> bool:
    """Whether a text begins with a term that takes back what was said before it."""
    return re.match(_terms(language_of(text)), text.strip().lower()) is not None


@cache
def _terms(language: Language) -> str:
    either = "|".join(sorted(language.table("question")["corrects"], key=len, reverse=True))
    return f"(?:{either})" if language.code == "zh" else rf"(?:{either})\b"


@cache
def _editing(language: Language) -> re.Pattern[str]:
    """One or more editing terms, between marks: ", no, wait, "."""
    gap = r"[\s,;.!，。；！—–-]*"
    first = r"[,;.，。；—–][\s—–-]*|\s[—–-]+\s*"
    return re.compile(rf"(?:{first})(?:{_terms(language)}{gap})+", re.IGNORECASE)


def _start_of_slip(text: str, editing: re.Match[str], language: Language) -> int | None:
    """Where what is taken back begins; None where nothing is."""
    begun = [match.end() for match in _SENTENCE.finditer(text, 0, editing.start())]
    start = begun[-1] if begun else 0
    before, after = text[start : editing.start()], text[editing.end() :]
    denied = language.pattern("clauses", "denies").search(before.lower())
    if denied or text[editing.start()] in "?？" or is_question(before):
        return None
    end = _CLAUSE.search(after)
    at = _anchor(_words(before), _words(after[: end.start()] if end else after), language)
    return None if at is None else start + at


def _denied(text: str, editing: re.Match[str], language: Language) -> tuple[int, int, int] | None:
    """Of ", no, not pears, plums": where the pears that were told before begin and end, and where
    what takes their place begins; None where nothing is denied that was told."""
    end = _CLAUSE.search(text, editing.end())
    denies = language.pattern("clauses", "denies")
    if end is None or not denies.search(text[editing.start() : end.start()].lower()):
        return None
    denied = denies.sub(" ", text[editing.end() : end.start()].lower())
    before, after = _words(text[: editing.start()]), [word.low for word in _words(denied)]
    for at in range(len(before) - len(after), -1, -1):
        same = before[at : at + len(after)]
        if after and [word.low for word in same] == after:
            return same[0].start, same[-1].start + len(same[-1].text), end.end()
    return None


def _words(text: str) -> list[SpokenWord]:
    return [SpokenWord(m.group(), fold(m.group()), m.start()) for m in _WORD.finditer(text)]


def _anchor(before: list[SpokenWord], after: list[SpokenWord], language: Language) -> int | None:
    """The place of the last word that is as the first of what follows, or of its kind."""
    if not before or not after:
        return None
    first = after[0]
    if first.low in _SUBJECTS:  # "I put it there, sorry, I had no time" takes nothing back
        pair = [word.low for word in after[:2]]
        same = [a.start for a, b in pairwise(before) if [a.low, b.low] == pair]
        return same[-1] if same else None
    for alike in _likenesses(first, language):
        if places := [n for n, word in enumerate(before) if alike(word)]:
            at = places[-1]
            while at > 0 and first.low != before[at].low and alike(before[at - 1]):
                at -= 1  # "twenty five": the whole number
            return before[at].start
    alone = len(after) == 1 and len(before) > 1
    return before[-1].start if alone and not _thanks(first, language) else None


def _thanks(word: SpokenWord, language: Language) -> bool:
    return word.low in map(fold, language.table("small_talk")["thanking"])


def _likenesses(first: SpokenWord, language: Language) -> Iterator[Callable[[SpokenWord], bool]]:
    """Ways in which a word may be like the first, the closest first."""
    yield lambda word: word.low == first.low
    table = language.table("question")
    kinds = [folded_numbers(language.code), *_times(language)]
    kinds += [frozenset(table["determiners"]), frozenset(table["prepositions"])]
    for kind in kinds:
        if first.low in kind:
            yield lambda word, kind=kind: word.low in kind  # type: ignore[misc]
    if first.low[0].isdigit():
        yield lambda word: word.low[0].isdigit()
    if first.text[0].isupper():
        yield lambda word: word.text[0].isupper() and word.start > 0


@cache
def _times(language: Language) -> tuple[frozenset[str], ...]:
    """Words of weekdays, of months, of days and of their parts, each kind by itself."""
    words: Mapping[str, Mapping[str, Any]] = language.table("time")["words"]
    return tuple(
        frozenset(fold(phrase) for phrases in words[kind].values() for phrase in phrases)
        for kind in ("weekday", "month", "shift", "part")
        if kind in words
    )
