"""Sentences with their citations on the way to an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from memory.types.core import Citation, Sentence

MOST = 3  # citations of one sentence


@dataclass(frozen=True, slots=True)
class Draft:
    """One sentence and what supports it, best first."""

    text: str
    citations: tuple[Citation, ...]


def number_citations(
    drafts: Sequence[Draft],
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Sentences whose citations are indexes into one list, both without repetitions."""
    citations: dict[Citation, int] = {}
    sentences: dict[str, Sentence] = {}
    for draft in drafts:
        indexes = [citations.setdefault(cited, len(citations)) for cited in draft.citations]
        sentence = Sentence(draft.text, tuple(dict.fromkeys(indexes)))
        sentences.setdefault(draft.text, sentence)
    return tuple(sentences.values()), tuple(citations)
