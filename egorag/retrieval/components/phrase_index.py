"""Index from phrases to the sentences and memories that hold them, as arrays that only grow.

New memories are united with what is there (LightRAG 2024, section 3.3: an update is a union,
nothing is clustered again). One that was deleted or changed makes the arrays anew from what is kept
of the others, so that they are never stale.

Phrases stand in for extraction by a large model: runs of content words between stop words and
punctuation (RAKE: Rose et al. 2010, section 1.2.1) of at most three words, and each word of a run.
They are compared by their stems.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, Token, tokens
from egorag.retrieval.components.graph import Numbers
from memory.types.core import Memory

_COMMON, _AT_LEAST = 0.1, 3  # phrases in more than this share of the memories say nothing
T = TypeVar("T")
MOST = 20_000  # memories
_SENTENCE = re.compile(r"(?<=[.!?…。！？\"”])\s+")
_LONGEST = 3  # words
_MOST = 60  # sentences of one memory


def _none() -> Numbers:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class PhraseIndex:
    """Memories, sentences and phrases by number.

    ``memory_of[s]`` is the memory of sentence ``s``; sentence ``sentence[i]`` holds ``phrase[i]``;
    ``first[j]`` and ``second[j]`` stand beside each other in a sentence; memory ``holder[k]`` holds
    phrase ``held[k]``, each pair once. ``spread`` is in how many memories each phrase is, ``tells``
    whether they are not too many.
    """

    texts: Mapping[int, str] = field(default_factory=dict)  # by memory id, in order of number
    numbers: Mapping[str, int] = field(default_factory=dict)  # of phrases
    sentences: tuple[PhrasedSentence, ...] = ()
    memory_of: Numbers = field(default_factory=_none)
    sentence: Numbers = field(default_factory=_none)
    phrase: Numbers = field(default_factory=_none)
    first: Numbers = field(default_factory=_none)
    second: Numbers = field(default_factory=_none)
    holder: Numbers = field(default_factory=_none)
    held: Numbers = field(default_factory=_none)
    spread: Numbers = field(init=False)
    tells: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        spread = np.bincount(self.held, minlength=len(self.numbers)).astype(np.int64)
        tells = spread <= max(_AT_LEAST, _COMMON * len(self.texts))
        object.__setattr__(self, "spread", spread)
        object.__setattr__(self, "tells", tells)

    def rows(self, memories: Sequence[Memory]) -> Numbers:
        """The numbers of these memories."""
        at = {memory_id: number for number, memory_id in enumerate(self.texts)}
        return np.array([at[memory.id] for memory in memories], np.int64)


class PhraseIndexer:
    """Keeps what was read of each memory, and the index of the life it was last given."""

    def __init__(self) -> None:
        self._shelf: DerivedCache[tuple[PhrasedSentence, ...]] = DerivedCache(sentences_of)
        self._life = PhraseIndex()

    def of(self, memories: Sequence[Memory], life: bool) -> PhraseIndex:
        """The index of exactly these memories, numbered in order of their arrival.

        ``life`` is whether they are all that can be known; only such an index is kept and grown.
        """
        if not life:
            return united(PhraseIndex(), memories, self._shelf.of(memories))
        last = self._life
        texts = {memory.id: memory.text for memory in memories}
        if any(texts.get(known) != text for known, text in last.texts.items()):
            last = PhraseIndex()
        new = [memory for memory in memories if memory.id not in last.texts]
        self._life = united(last, new, self._shelf.of(new)) if new else last
        return self._life


def united(
    index: PhraseIndex,
    memories: Sequence[Memory],
    sentence_lists: Sequence[tuple[PhrasedSentence, ...]],
) -> PhraseIndex:
    """The index with further memories; the given one stays as it is."""
    texts, numbers = dict(index.texts), dict(index.numbers)
    flat: list[PhrasedSentence] = []
    memory_of: list[int] = []
    holding: list[tuple[int, int]] = []
    row_phrases: list[tuple[int, int]] = []
    beside: list[tuple[int, int]] = []
    for memory, spoken in zip(memories, sentence_lists, strict=True):
        row, met = len(texts), set[int]()
        for sentence in spoken:
            at = len(index.sentences) + len(flat)
            phrase_numbers = [
                numbers.setdefault(phrase, len(numbers)) for phrase in sentence.phrases
            ]
            holding += [(at, phrase) for phrase in phrase_numbers]
            beside += list(pairwise(phrase_numbers))
            memory_of.append(row)
            flat.append(sentence)
            met.update(phrase_numbers)
        row_phrases += [(row, phrase) for phrase in sorted(met)]
        texts[memory.id] = memory.text
    columns = [*_columns(holding), *_columns(beside), *_columns(row_phrases)]
    known = (index.sentence, index.phrase, index.first, index.second, index.holder, index.held)
    grown = [np.concatenate([old, new]) for old, new in zip(known, columns, strict=True)]
    rows = np.concatenate([index.memory_of, np.array(memory_of, np.int64)])
    return PhraseIndex(texts, numbers, (*index.sentences, *flat), rows, *grown)


def _columns(pairs: list[tuple[int, int]]) -> tuple[Numbers, Numbers]:
    both = np.array(pairs, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


class DerivedCache(Generic[T]):
    """``make(memory)``, made once for each memory and made again when its text has changed.

    Beyond ``most`` memories those that were put there first leave. Threads may share one: the worst
    that happens is that something is made twice.
    """

    def __init__(self, make: Callable[[Memory], T], most: int = MOST) -> None:
        self._make = make
        self._most = most
        self._kept: dict[int, tuple[str, T]] = {}

    def of(self, memories: Sequence[Memory]) -> list[T]:
        """What is derived from each, in the same order."""
        derived = []
        for memory in memories:
            entry = self._kept.get(memory.id)
            if entry is None or entry[0] != memory.text:
                entry = self._kept[memory.id] = (memory.text, self._make(memory))
            derived.append(entry[1])
        while len(self._kept) > max(self._most, len(memories)):
            self._kept.pop(next(iter(self._kept)), None)
        return derived


@dataclass(frozen=True, slots=True)
class PhrasedSentence:
    """A sentence with its phrases: stems, joined by spaces, each once, in order."""

    text: str
    phrases: tuple[str, ...]
    stems: frozenset[str]


def sentences(text: str) -> list[str]:
    """The text in sentences, quotation marks kept."""
    return [part for part in _SENTENCE.split(text)[:_MOST] if part.strip()]


def sentences_of(memory: Memory) -> tuple[PhrasedSentence, ...]:
    """The sentences of a memory with their phrases."""
    return tuple(read_sentence(text) for text in sentences(memory.text))


def read_sentence(text: str) -> PhrasedSentence:
    """A sentence and its phrases."""
    sentence_tokens = tokens(text)
    runs = _runs(text, sentence_tokens)
    phrases = [" ".join(run) for run in runs if len(run) <= _LONGEST]
    words = [word for run in runs for word in run]
    return PhrasedSentence(text, tuple(dict.fromkeys([*phrases, *words])), frozenset(words))


def _runs(text: str, sentence_tokens: list[Token]) -> list[list[str]]:
    """Stems of the content words that stand beside each other."""
    runs: list[list[str]] = []
    end = -1
    for token in sentence_tokens:
        if token.word in STOP_WORDS or token.word in LIGHT_WORDS or len(token.word) < 2:
            end = -1
            continue
        beside = 0 <= end <= token.start and not text[end : token.start].strip(" -")
        if beside:
            runs[-1].append(stem(token.word))
        else:
            runs.append([stem(token.word)])
        end = token.end
    return runs
