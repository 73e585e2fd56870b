"""The names of things in what was told to be eaten, bought or made.

names_of(["a few more slices of pizza", "rice and laugh", "it"])  # ["pizza", "rice"]
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from egogpt.extraction.english_activities import catalogue
from egogpt.text.directives import imperatives
from egogpt.text.lemmatizer import IRREGULAR
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, words_of

NO_THING = frozenset({"", "it", "them", "something", "this", "that", "everything", "some", "one"})
_LONGEST = 4  # words of a name
_AMOUNTS = (STOP_WORDS | LIGHT_WORDS).union(
    "little bite bites piece pieces whole pretty good two three four five instead".split()
)
_CLAUSE = frozenset("i we it and is was not".split())
_LAUGHTER = re.compile(r"(?:ha){2,}")
_PAST = frozenset(form for forms in IRREGULAR.values() for form in forms)


def names_of(labels: Iterable[str]) -> list[str]:
    """The names of things in what events call them, without amounts and what names none."""
    parts: list[str] = []
    for label in labels:
        first, *more = re.split(r",? and ", label)
        parts += [first, *(part for part in more if part.split(" ")[0] not in imperatives())]
    return [name for name in map(_name, parts) if name]


def _name(label: str) -> str:
    """ "pizza" of "a few more slices of pizza"; empty of "pretty good", "the whole time"."""
    words = re.split(r" of (?:the |my |our )?", label)[-1].split()
    if not words or words[0].lower().endswith("ing") or words[0].lower() in _PAST:
        return ""
    while words and words[0].lower().strip(",") in _AMOUNTS:
        words = words[1:]
    while words and words[-1].lower() in _AMOUNTS:
        words = words[:-1]
    said = words_of(" ".join(words))
    clause = len(said) != len(words) or len(said) > _LONGEST or _CLAUSE & set(said)
    if not said or clause or said[-1].isdigit() or _LAUGHTER.match(said[-1]):
        return ""
    return "" if said[-1] in NO_THING | _activity_names() else " ".join(words)


@cache
def _activity_names() -> frozenset[str]:
    """Words for what is done rather than for a thing: "dinner", "meal"."""
    known = catalogue()
    return frozenset(known.activities).union(*known.groups.values())
