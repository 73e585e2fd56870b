"""Which sentence of which memory holds which phrase, as arrays that only grow.

New memories are united with what is there (LightRAG 2024, section 3.3: an update is a union,
nothing is clustered again). One that was deleted or changed makes the arrays anew from what is kept
of the others, so that they are never stale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from egorag.strategies.graph import Numbers
from egorag.strategies.phrases import Sentence, sentences_of
from egorag.strategies.shelf import Shelf
from memory.types import Memory

_COMMON, _AT_LEAST = 0.1, 3  # phrases in more than this share of the memories say nothing


def _none() -> Numbers:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class PhraseIndex:
    """Memories, sentences and phrases by number.

    ``memory_of[s]`` is the memory of sentence ``s``; sentence ``sentence[i]`` holds ``phrase[i]``;
    ``first[j]`` and ``second[j]`` stand beside each other in a sentence.
    """

    texts: Mapping[int, str] = field(default_factory=dict)  # by memory id, in order of number
    numbers: Mapping[str, int] = field(default_factory=dict)  # of phrases
    sentences: tuple[Sentence, ...] = ()
    memory_of: Numbers = field(default_factory=_none)
    sentence: Numbers = field(default_factory=_none)
    phrase: Numbers = field(default_factory=_none)
    first: Numbers = field(default_factory=_none)
    second: Numbers = field(default_factory=_none)

    def rows(self, memories: Sequence[Memory]) -> Numbers:
        """The numbers of these memories."""
        at = {memory_id: number for number, memory_id in enumerate(self.texts)}
        return np.array([at[memory.id] for memory in memories], np.int64)

    def holders(self) -> tuple[Numbers, Numbers]:
        """Pairs (memory, phrase), each once."""
        size = max(1, len(self.numbers))
        pairs = np.unique(self.memory_of[self.sentence] * size + self.phrase)
        return pairs // size, pairs % size

    def spread_of(self) -> Numbers:
        """In how many memories each phrase is."""
        return np.bincount(self.holders()[1], minlength=len(self.numbers)).astype(np.int64)

    def telling(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which phrases are not in too many memories."""
        return self.spread_of() <= max(_AT_LEAST, _COMMON * len(self.texts))


class PhraseIndexer:
    """Keeps what was read of each memory, and the index of the life it was last given."""

    def __init__(self) -> None:
        self._shelf: Shelf[tuple[Sentence, ...]] = Shelf(sentences_of)
        self._life = PhraseIndex()

    def of(self, memories: Sequence[Memory], life: bool) -> PhraseIndex:
        """The index of exactly these memories, numbered in order of their arrival.

        ``life`` is whether they are all that can be known; only such an index is kept and grown.
        """
        if not life:
            return united(PhraseIndex(), memories, self._shelf.of(memories))
        last = self._life
        given = {memory.id: memory.text for memory in memories}
        if any(given.get(known) != text for known, text in last.texts.items()):
            last = PhraseIndex()
        new = [memory for memory in memories if memory.id not in last.texts]
        self._life = united(last, new, self._shelf.of(new)) if new else last
        return self._life


def united(
    index: PhraseIndex, memories: Sequence[Memory], told: Sequence[tuple[Sentence, ...]]
) -> PhraseIndex:
    """The index with further memories; the given one stays as it is."""
    texts, numbers = dict(index.texts), dict(index.numbers)
    flat: list[Sentence] = []
    memory_of: list[int] = []
    holding: list[tuple[int, int]] = []
    beside: list[tuple[int, int]] = []
    for memory, spoken in zip(memories, told, strict=True):
        for one in spoken:
            at = len(index.sentences) + len(flat)
            found = [numbers.setdefault(phrase, len(numbers)) for phrase in one.phrases]
            holding += [(at, phrase) for phrase in found]
            beside += list(pairwise(found))
            memory_of.append(len(texts))
            flat.append(one)
        texts[memory.id] = memory.text
    held = np.array(holding, np.int64).reshape(-1, 2)
    pairs = np.array(beside, np.int64).reshape(-1, 2)
    return PhraseIndex(
        texts,
        numbers,
        (*index.sentences, *flat),
        np.concatenate([index.memory_of, np.array(memory_of, np.int64)]),
        np.concatenate([index.sentence, held[:, 0]]),
        np.concatenate([index.phrase, held[:, 1]]),
        np.concatenate([index.first, pairs[:, 0]]),
        np.concatenate([index.second, pairs[:, 1]]),
    )
