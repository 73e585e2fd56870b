"""Cuts a sentence between two words without losing a letter of it, in any script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from memory.types.core import Span, Utterance, Word


def split(utterance: Utterance, marks: Sequence[int]) -> Iterator[tuple[int, Utterance]]:
    """The utterance in runs of words of one mark, each with its mark.

    Args:
        utterance: with its words.
        marks: one for each word.
    """
    if len(set(marks)) <= 1 or not utterance.words:
        yield (marks[0] if marks else 0), utterance
        return
    starts = word_starts(utterance.text, utterance.words)
    first = 0
    for mark, run in groupby(marks):
        last = first + len(list(run))
        words = utterance.words[first:last]
        # The letters before the first word stay with it.
        begin = 0 if first == 0 else starts[first]
        end = len(utterance.text) if last == len(marks) else starts[last]
        span = Span(words[0].span.start, max(word.span.end for word in words))
        text = utterance.text[begin:end].strip()
        yield mark, replace(utterance, span=span, text=text, words=words)
        first = last


def word_starts(text: str, words: Sequence[Word]) -> list[int]:
    """Where each word begins in the text that the words make up, with blanks or without."""
    starts, at = [], 0
    for word in words:
        position = text.find(word.text, at)
        start = position if position >= 0 else at
        starts.append(start)
        at = start + (len(word.text) if position >= 0 else 0)
    return starts
