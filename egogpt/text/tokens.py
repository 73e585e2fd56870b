"""Which words of a text carry it: tokens, stop words, light verbs and asking words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from egogpt.text.chinese_words import parted
from egogpt.text.stemmer import stem
from memory.search.chinese_characters import HAN, simplified

_PERSON = r"\b[Pp]erson \d+\b"  # as somebody without a name is called: one word
_TOKEN = re.compile(rf"(?:{_PERSON}|[^\W_]+)(?:['’][^\W_]+)*")
_FIRST_PART = re.compile(rf"({_PERSON}|[^\W_]+)(?:['’][^\W_]+)*")
_RUNS = re.compile(rf"{HAN.pattern}+|(?:(?!{HAN.pattern}).)+", re.DOTALL)
_FIRST_PART_ASCII = re.compile(rf"({_PERSON}|[a-z0-9]+)(?:'[a-z0-9]+)*")

STOP_WORDS = frozenset(
    """a about above after again all also am an and any anybody anyone anything are as at be
    because been before being below between both but by can could did do does doing done down
    during each either else ever every few for from further had has have having he her here hers
    herself him himself his how i if in into is it its itself just let lets may maybe me might
    more most much must my myself near no nor not now of off on once one only onto or other our
    ours ourselves out over own per perhaps please quite rather s same shall she should so some
    somebody someone something such t than that the their theirs them themselves then there
    these they this those through to too under until up upon us very was we were what whatever
    when where whether which while who whom whose why will with within without would yes yet you
    your yours yourself re ve ll d m don didn doesn isn wasn weren aren hasn haven hadn won
    wouldn couldn shouldn still actually really exactly around away back any""".split()
)

# Verbs that say little: a memory need not contain them to answer the question.
LIGHT_WORDS = frozenset(
    """play plays played playing summarise summarize summary recap overview morning afternoon
    evening night weekend use used using see saw seen seeing look looked looking watch watched
    hear heard hearing say said says saying tell told talk talked talking speak spoke discuss
    discussed mention mentioned ask asked answer go went going gone come came coming get got
    getting give gave given make made making take took taken taking put putting keep kept happen
    happened happening hold held holding show showed shown find found know knew known think
    thought thinking want wanted need needed like liked try tried start started stop stopped
    begin began finish finished end ended spend spent spending have had meet met meeting call
    called be been become became mean meant leave left stay stayed walk walked wear wore wearing
    bring brought move moved turn turned read reading sit sat stand stood lot bit thing things
    stuff way kind sort type name named part remember recall recording recordings recorded video
    videos clip clips memory memories today yesterday tomorrow day days time times week month
    year hour hours minute minutes moment last first next long often many total person people
    visible appear appeared present somewhere anywhere hand hands""".split()
)

# Words that name the kind of answer asked for ("what colour …"): the answer brings them.
ANSWER_TYPES = frozenset(
    """colour color size shape number amount price cost brand age height weight length reason
    purpose title topic subject date year month day time kind sort type name word words language
    place location room city country address job profession song sound""".split()
)


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
