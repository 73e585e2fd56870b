"""Detect the modality that a question asks about: said, read, heard, seen or held."""

from __future__ import annotations

import re
from functools import cache
from itertools import chain

from egorag.evidence.units import UnitKind
from egorag.language.language import LANGUAGES, Language

_COLOUR = frozenset[UnitKind]({"colour"})


@cache
def _channels() -> tuple[tuple[re.Pattern[str], frozenset[UnitKind]], ...]:
    """What asks for which kinds of units, in any language."""
    tables = (Language(code).table("question")["channels"] for code in LANGUAGES)
    rows = chain.from_iterable(tables)
    return tuple((re.compile(row["asks"]), frozenset(row["kinds"])) for row in rows)


def asks_colour(question: str) -> bool:
    """Whether the question is what colour something is, which only a colour answers."""
    return modalities_asked(question) == _COLOUR


def modalities_asked(question: str) -> frozenset[UnitKind]:
    """The kinds of units that the question's first such verb is about; empty where none says."""
    matches = [
        (match.start(), kinds)
        for pattern, kinds in _channels()
        if (match := pattern.search(question))
    ]
    return min(matches, key=lambda row: row[0])[1] if matches else frozenset()
