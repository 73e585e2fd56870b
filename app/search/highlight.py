"""Highlight the words of a search in a text: pieces, each marked or not.

Pieces, not HTML: whoever shows them makes text of them, so nothing in a recording can run.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from egogpt.text.stemmer import stem
from egorag.moment_search.query import Operator, SearchQuery, free_terms, term_of
from memory.search.chinese_characters import simplified
from memory.search.phrase_search import letters_of

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
SHOWN = 280  # characters of a caption that are shown
_BEFORE = 70
_WORDED: tuple[Operator, ...] = ("said", "text", "seen")
Pieces = list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Needles:
    """What is marked: single words by their stems, phrases word by word, Chinese as it stands."""

    stems: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]
    letters: tuple[str, ...]
    begun: str = ""  # the word that is still being typed

    @classmethod
    def of(cls, query: SearchQuery, words: Sequence[str], typing: bool = False) -> Needles:
        """What to mark for a query of which ``words`` are no time."""
        terms = free_terms(words, typing)
        values = [term_of(value) for name in _WORDED for value in query.values(name)]
        exact = [*query.phrases, *(form for term in values for form in (term.text, *term.forms))]
        return cls(
            frozenset(
                _stem(form)
                for term in terms
                if not term.is_han
                for form in (term.text, *term.forms)
            ),
            tuple(filter(None, (tuple(map(_stem, _WORD.findall(phrase))) for phrase in exact))),
            tuple(
                dict.fromkeys(
                    [term.text for term in terms if term.is_han]
                    + [run for phrase in exact for run in letters_of(phrase)]
                )
            ),
            next((_folded(term.text) for term in terms if term.begun), ""),
        )


def marked(text: str, needles: Needles) -> Pieces:
    """The text in pieces: (text, whether it is marked); joined they are the text."""
    flags = bytearray(len(text))
    words = list(_WORD.finditer(text))
    stems = [_stem(match[0]) for match in words]
    for match, word_stem in zip(words, stems, strict=True):
        begun = needles.begun and _folded(match[0]).startswith(needles.begun)
        if word_stem in needles.stems or begun:
            flags[match.start() : match.end()] = b"\1" * len(match[0])
    for phrase in needles.phrases:
        for at in range(len(stems) - len(phrase) + 1):
            if tuple(stems[at : at + len(phrase)]) == phrase:
                begin, end = words[at].start(), words[at + len(phrase) - 1].end()
                flags[begin:end] = b"\1" * (end - begin)
    folded = simplified(text)
    for letters in needles.letters:
        for match in re.finditer(re.escape(simplified(letters)), folded):
            flags[match.start() : match.end()] = b"\1" * len(letters)
    return _pieces(text, flags)


def shortened(pieces: Pieces, most: int = SHOWN) -> Pieces:
    """About ``most`` characters around the first mark, cut at words; "…" where more is."""
    text = "".join(piece for piece, _ in pieces)
    if len(text) <= most:
        return pieces
    flags = bytearray(b"".join((b"\1" if hit else b"\0") * len(piece) for piece, hit in pieces))
    first = max(0, flags.find(1))
    begin = 0 if first < most - _BEFORE else text.rfind(" ", 0, first - _BEFORE) + 1
    end = len(text) if begin + most >= len(text) else text.rfind(" ", begin + 1, begin + most)
    end = end if end > begin else begin + most
    before: Pieces = [("… ", False)] if begin else []
    after: Pieces = [(" …", False)] if end < len(text) else []
    return [*before, *_pieces(text[begin:end], flags[begin:end]), *after]


def _pieces(text: str, flags: bytearray) -> Pieces:
    pieces: Pieces = []
    at = 0
    while at < len(text):
        end = flags.find(1 - flags[at], at)
        end = len(text) if end < 0 else end
        pieces.append((text[at:end], bool(flags[at])))
        at = end
    return pieces


def _folded(word: str) -> str:
    """Lower case, without accents: as the text index has it."""
    apart = unicodedata.normalize("NFD", word.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def _stem(word: str) -> str:
    return stem(_folded(word))
