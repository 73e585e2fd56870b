"""Sentences of a memory and the phrases in them: what stands in for extraction by a large model.

A phrase is a run of content words between stop words and punctuation (RAKE: Rose et al. 2010,
section 1.2.1) of at most three words; each word of a run is a phrase, too. Phrases are compared by
their stems.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, Token, tokens
from memory.types.core import Memory

_SENTENCE = re.compile(r"(?<=[.!?…。！？\"”])\s+")
_LONGEST = 3  # words
_MOST = 60  # sentences of one memory


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
