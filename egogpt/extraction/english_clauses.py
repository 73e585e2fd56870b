"""Sentences as words with what a reader of events must know: who acts, and whether it happened.

Rules only. A plan, a wish, a negation or a question is no event: "I want to run", "I didn't run".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from egogpt.extraction.english_activities import CARRIERS, catalogue
from egogpt.text.lemmatizer import inflections
from egogpt.text.word_lists import word_list

_TOKEN = re.compile(
    r"\d{4}[/-]\d{1,2}(?:[/-]\d{1,2})?|\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[’'-][^\W\d_]+)*|[^\w\s]"
)
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”']?\s+|\n+")
_SAID = re.compile(r"[\"“][^\"”]*[\"”]")
DATE = re.compile(r"\d{4}[/-]\d{1,2}(?:[/-]\d{1,2})?$")
FIRST = frozenset({"i", "we"})
OTHERS = word_list("egogpt.extraction", "clauses_others")
KIN = word_list("egogpt.extraction", "clauses_kin")
DETERMINERS = word_list("egogpt.extraction", "clauses_determiners")
PREPOSITIONS = word_list("egogpt.extraction", "clauses_prepositions")
_AUX = word_list("egogpt.extraction", "clauses_aux")
_NEGATIONS = word_list("egogpt.extraction", "clauses_negations")
_WISHES = word_list("egogpt.extraction", "clauses_wishes").union(
    *map(inflections, "want need plan hope wish intend prefer expect".split())
)
_ENDS = frozenset({",", ";", "but", "then", ":", "and", "—", "–"})
_PERCEIVING = frozenset("watch see hear notice let help make film observe feel".split())
_LIST = frozenset({",", "and", "&"})
_LINKS = _LIST | {"my", "our"}  # of names
# After these, names, kin and adverbs a verb may stand.
_BEFORE_VERBS = (
    FIRST | _AUX | _ENDS | OTHERS | KIN | word_list("egogpt.extraction", "clauses_leads")
)
_CONTRACTED = {"i'm": "i", "i've": "i", "we're": "we", "we've": "we",
               "they're": "they", "they've": "they", "he's": "he", "she's": "she", "it's": "it",
               "you're": "you", "you've": "you", "that's": "it", "there's": "it"}  # fmt: skip
_STARTERS = (
    DETERMINERS | PREPOSITIONS | OTHERS | FIRST | word_list("egogpt.extraction", "clauses_starters")
)


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence: its words as written, lower-cased, in base form, and where they stand."""

    text: str
    raw: tuple[str, ...]
    low: tuple[str, ...]
    base: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    names: tuple[bool, ...]  # whether a word may be (part of) a name

    def slice(self, start: int, end: int) -> str:
        """The text from word ``start`` up to, not including, word ``end``."""
        return self.text[self.places[start][0] : self.places[end - 1][1]] if end > start else ""

    def at(self, place: int) -> str:
        """The lower-case word at a place, empty beyond the sentence."""
        return self.low[place] if 0 <= place < len(self.low) else ""

    def named(self, place: int) -> bool:
        """Whether the word at a place may be of a name."""
        return 0 <= place < len(self.low) and self.names[place]

    def skip(self, place: int, among: frozenset[str]) -> int:
        """The first place from one on whose word is not among some."""
        while self.at(place) in among:
            place += 1
        return place

    def names_end(self, place: int) -> int:
        """Where the names and kin that begin at a place end: "my parents, Ada and Ben"."""
        while self.named(place) or self.at(place) in KIN | _LINKS:
            place += 1
        return place


def sentences(text: str) -> list[str]:
    """The sentences of a text that tell something: no quotations, no questions."""
    if '"' in text or "“" in text:
        text = _SAID.sub(" ", text)
    found = (part.strip() for part in _SENTENCE.split(text))
    return [part for part in found if part and not part.endswith("?")]


@lru_cache(maxsize=256)  # a sentence is read for what was done, then for where things are
def read_words(text: str) -> Words:
    """The words of a sentence."""
    known = catalogue()
    matches = list(_TOKEN.finditer(text))
    raw = tuple(match.group() for match in matches)
    low = tuple(word.lower().replace("’", "'") for word in raw)
    low = tuple(_CONTRACTED.get(word, word) for word in low)
    base = tuple(known.base(word) for word in low)
    names = tuple(
        word[0].isupper()
        and low[at] not in FIRST
        and (at > 0 or (low[at] not in _STARTERS and low[at] not in known.bases))
        for at, word in enumerate(raw)
    )
    places = tuple(match.span() for match in matches)
    return Words(text, raw, low, base, places, names)


@dataclass(slots=True)
class Stance:
    """Who acts at a word, and whether what is told there happened. None: nobody is known."""

    doer: str | None = None
    beside: tuple[str, ...] = ()  # who acts together with the wearer: "Ada and I"
    happened: bool = True


def stances(words: Words, told: bool) -> Iterator[Stance]:
    """The stance at each word, in order. ``told``: it is the wearer's own account of the day."""
    now = Stance()
    # "Went for a run." and "Chopping onions." leave the wearer out; speech orders: "Chop them!"
    begins = bool(words.low) and not words.names[0] and words.low[0] not in _STARTERS
    if begins and (told or _is_past(words.low[0], words.base[0])):
        now = Stance("")
    for at, word in enumerate(words.low):
        subject = _subject(words, at)
        if subject is not None:
            wished = word in FIRST and words.raw[at].lower() in ("i'd", "i'll")
            # "I think that …" keeps no wish of before; "if I ran" does.
            irreal = wished or (not now.happened and words.at(at - 1) in _WISHES)
            now = Stance(subject[0], subject[1], not irreal)
        elif _breaks(words, at):
            now = Stance(now.doer, now.beside)
        if word in _NEGATIONS or words.base[at] in _NEGATIONS or _wishes(words, at):
            now = Stance(now.doer, now.beside, False)
        yield now


def _is_past(word: str, base: str) -> bool:
    """Whether a verb's form is one of the past: no order begins with it."""
    return word != base and not word.endswith(("ing", "s"))


def _breaks(words: Words, at: int) -> bool:
    """Whether something else may be told from here: after "but" or a comma, not after "and"."""
    in_list = words.at(at + 2) in _LIST
    return words.low[at] in ("but", ";", "then") or (words.low[at] == "," and not in_list)


def _wishes(words: Words, at: int) -> bool:
    """Whether what follows is only wished, planned, supposed or usual."""
    word, base, following = words.low[at], words.base[at], words.at(at + 1)
    if word in _WISHES or (base in _WISHES and base not in ("can", "will", "may")):
        return True
    if word in ("going", "about") and following == "to":  # and not "to the park", "to Rome"
        return words.at(at + 2) not in DETERMINERS and not words.named(at + 2)
    return following == "to" and base in ("try", "prepare", "ready", "how", "need", "learn")


def _subject(words: Words, at: int) -> tuple[str, tuple[str, ...]] | None:
    """Who begins to act at this word, and who with the wearer; None where nobody does."""
    word = words.low[at]
    if word in FIRST:
        return "", _beside(words, at)
    if word in OTHERS:
        return (word, ()) if at == 0 or _verb_like(words, at + 1) else None
    named = words.names[at] and not words.named(at - 1)
    kin = word in KIN and words.at(at - 1) in DETERMINERS
    if not (named or kin):
        return None
    first = at - 1 if kin else at
    before = words.at(first - 1)
    if before in PREPOSITIONS or (before in _LIST and words.named(first - 2)):
        return None
    end = at + 1
    while words.named(end):
        end += 1
    if first and words.base[first - 1] in _PERCEIVING and _bare_verb(words, end):
        return words.slice(first, end), ()
    while words.at(end) in _LIST and words.named(end + 1):
        end += 2  # "Ada, Ben and Cleo cooked"
    return (words.slice(first, end), ()) if _verb_like(words, end) else None


def _bare_verb(words: Words, at: int) -> bool:
    """Whether an unmarked word follows that can only be a verb: "watched Ben pour"."""
    low = words.at(at)
    return low.isalpha() and low not in PREPOSITIONS | DETERMINERS | _ENDS and not words.names[at]


def _verb_like(words: Words, at: int) -> bool:
    if at >= len(words.low):
        return False
    low, base = words.low[at], words.base[at]
    if low in _AUX or base != low or base in CARRIERS:
        return True
    return low.endswith(("ed", "ing")) or (low.endswith("s") and len(low) > 3)


def _beside(words: Words, at: int) -> tuple[str, ...]:
    """The names of "Ada, Ben and I", where the sentence or clause begins with them."""
    if words.at(at - 1) != "and":
        return ()
    start = at - 1
    while words.at(start - 1) not in ("", ".", ";", "but"):
        start -= 1
    return people_in(words, start, at - 1)


def people_in(words: Words, start: int, end: int) -> tuple[str, ...]:
    """The names, and kin with their possessive ("my parents"), between two words."""
    found: list[str] = []
    at = start
    while at < end:
        if words.low[at] in KIN and words.at(at - 1) in DETERMINERS:
            found.append(words.low[at])
        elif words.names[at] and not DATE.match(words.raw[at]):
            stop = at + 1
            while stop < end and words.names[stop]:
                stop += 1
            found.append(re.sub(r"['’]s$", "", words.slice(at, stop)))
            at = stop - 1
        at += 1
    return tuple(dict.fromkeys(found))


def may_act(words: Words, at: int) -> bool:
    """Whether a verb may stand here, judging by the word before it."""
    if at == 0:
        return True
    low, base = words.low[at - 1], words.base[at - 1]
    named = words.names[at - 1] and not low.endswith("'s")
    return (
        low in _BEFORE_VERBS
        or base in _AUX | CARRIERS
        or low.endswith("ly")
        or low.isdigit()
        or named
    )
