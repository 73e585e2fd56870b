"""Options that name people: who is there, acts or speaks in the clips that the question is about.

A name alone is met everywhere; what counts is that it is met more often there than elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from egorag.choices.evidence import OptionEvidence
from egorag.evidence.units import sentences
from egorag.ranking.bm25 import Scores
from memory.types.core import Memory

_CLIPS, _TEMPERATURE = 10, 0.2
_BEFORE = 0.5  # share of how often a name is met anyway that is taken off
_WHO = re.compile(r"\b(?:who|whom|whose)\b|谁", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_JOINED = frozenset({"and", "or"})
_ME = frozenset({"me", "i", "myself"})
_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]")
_FIRST_PERSON = re.compile(r"(?:I|I['’]m|I['’]ve|My|We)\b")


def read_people(question: str, choices: Sequence[str]) -> list[list[str]] | None:
    """The names in each option, lower case; None where the options are not people."""
    if not _WHO.search(question):
        return None
    named = [[w for w in _WORD.findall(c) if w.lower() not in _JOINED] for c in choices]
    alike = all(1 <= len(names) <= 4 for names in named)
    proper = all(w[0].isupper() or w.lower() in _ME for names in named for w in names)
    return [[w.lower() for w in names] for names in named] if alike and proper else None


def people_scores(found: OptionEvidence, people: Sequence[Sequence[str]]) -> Scores:
    """(options,): how much more than elsewhere the people of each option are met there."""
    relevance = found.relevance()
    order = np.argsort(-relevance, kind="stable")
    best, others = order[:_CLIPS], order[_CLIPS:]
    weights = np.exp((relevance[best] - relevance[best[0]]) / _TEMPERATURE)
    weights /= weights.sum()
    names = sorted({name for option in people for name in option})
    texts = [memory.text for memory in found.memories]
    met = {name: np.array([presence(name, text) for text in texts]) for name in names}
    score = {
        name: float(weights @ seen[best] - _BEFORE * (seen[others].mean() if others.size else 0.0))
        for name, seen in met.items()
    }
    return np.array([np.mean([score[name] for name in option]) for option in people])


def presence(name: str, text: str) -> float:
    """0..1, how much a clip's text has of a person; "me" is whose camera it is."""
    if name in _ME:
        told = sentences(_QUOTED.sub(" ", text))
        count = sum(bool(_FIRST_PERSON.match(sentence)) for sentence in told) / 3
    else:
        count = len(re.findall(rf"\b{re.escape(name)}\b", text, re.IGNORECASE))
    return count / (count + 1)


def people_in(memories: Sequence[Memory], names: Sequence[str]) -> list[int]:
    """Indexes of the clips in which any of the names is met."""
    return [
        at
        for at, memory in enumerate(memories)
        if any(presence(name, memory.text) > 0 for name in names)
    ]
