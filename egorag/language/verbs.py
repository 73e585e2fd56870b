"""The forms in which a verb is met: "wear" is "wears", "wore"; laufen is gelaufen, lief.

Chinese verbs have one form. German ones are made of their roots by the table ``verbs`` of
``question.toml``: what somebody does now ("ich laufe") is no form of a deed.
"""

from __future__ import annotations

import re
from functools import cache

from egogpt.text.lemmatizer import base_of, inflections
from egogpt.text.tokens import fold
from egorag.language.language import Language

_ENGLISH = Language("en")


@cache
def forms_of(verb: str, language: Language = _ENGLISH) -> frozenset[str]:
    """The forms of a verb, by any of them, in small letters without diacritics."""
    table = language.table("question")["verbs"]
    if not table and not verb.isascii():
        return frozenset({verb})
    if not table:
        return frozenset(inflections(base_of(verb)))
    parts = re.fullmatch(table["form"], fold(verb))
    if parts is None:
        return frozenset({fold(verb)})
    before, root = parts["prefix"] or "", parts["root"]
    roots = next((line.split() for line in table["roots"] if root in line.split()), [root])
    mark = "" if re.match(table["without_mark"], f"{before} {root}") else table["mark"]
    ends = [f"{mark}{one}{end}" for one in roots for end in table["participles"]]
    ends += [f"{one}{end}" for one in roots for end in table["others"]] + roots[1:]
    return frozenset(map(fold, (verb, *(f"{before}{end}" for end in ends))))
