"""Words of time as they are typed: "wensday", "tommorow", "threeish", "midmorning"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from egorag.language.dictionary import is_word
from egorag.time.grammar.table import Table, load_table
from egorag.time.grammar.tokens import TextToken

_SHORT = 6  # letters of the shortest that may be misspelt
_LONG = 9  # letters of one in which two may be wrong


def respelt(tokens: Iterable[TextToken], table: Table) -> list[TextToken]:
    """The tokens with misspelt words of a table put right, and what is written together parted."""
    found: list[TextToken] = []
    for token in tokens:
        words, start = _words(token.text, token.capital, table.name), token.start
        for word in words:
            end = token.end if word is words[-1] else start + len(word)
            found.append(replace(token, text=word, start=start, end=end))
            start = end
    return found


@cache
def _words(word: str, capital: bool, name: str) -> tuple[str, ...]:
    """What a word is read as: "friday" of "firday", "three" and "ish" of "threeish"."""
    table = load_table(name)
    if word in table.vocabulary or not word.isalpha():
        return (word,)
    for affix in table.raw.get("affixes", ()):
        begin, end = word.removeprefix(affix), word.removesuffix(affix)
        if begin != word and begin in table.vocabulary:
            return affix, begin
        if end != word and end in table.vocabulary:
            return end, affix
    return (_corrected(word, capital, table),)


def _corrected(word: str, capital: bool, table: Table) -> str:
    """The nearest word of the table, where the language has no such word and it is no name."""
    least = _SHORT + capital
    for most, length in ((1, least), (2, _LONG)) if len(word) >= least else ():
        likely = [one for one in table.vocabulary if len(one) >= length and one[0] == word[0]]
        near = extract(word, likely, scorer=OSA.distance, score_cutoff=most)
        meant = [one for one, *_ in near if _is_slip(word, one)]
        if meant and not is_word(word, table.name):
            return meant[0]
    return word


def _is_slip(word: str, meant: str) -> bool:
    """Whether a short word has the letters that are meant: Sundar is no Sunday."""
    return len(word) > _SHORT or len(word) != len(meant) or sorted(word) == sorted(meant)
