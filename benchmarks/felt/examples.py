"""Read labelled talks and reviews, and encode them by e5.

MELD (Poria et al., ACL 2019): scenes of a series with the sentiment of each line. A talk counts as
good or hard where the mean of its lines is beyond ±0.2, and so does the part of a speaker in it.
MAMS (Jiang et al., EMNLP 2019): restaurant reviews with the sentiment of each term.
"""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from egogpt.embedders.e5 import E5Embedder

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
LABELS = ("hard", "neutral", "good")
_SIGNS = {"negative": -1, "neutral": 0, "positive": 1}
_BOUND = 0.2  # of the mean of a talk's lines
_FEWEST, _LONGEST = 3, 160  # lines of a talk, tokens of an example


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts in order, the place of what is judged as (text, first, end character), and its label.

    An empty ``aspect`` means the whole.
    """

    texts: tuple[str, ...]
    aspect: tuple[tuple[int, int, int], ...]
    label: int


@dataclass(frozen=True, slots=True)
class Example:
    """The states (tokens, 384) of an example, the word of each token, and the aspect's mean."""

    states: Floats
    words: Ints
    aspect: Floats
    label: int

    @property
    def mean(self) -> Floats:
        """The mean of all states (384,)."""
        mean: Floats = self.states.mean(axis=0)
        return mean


def meld(file: Path, by_speaker: bool) -> list[Labelled]:
    """The talks of a file of MELD, or the part in each of who says two lines or more."""
    with file.open(encoding="utf-8", newline="") as rows:
        scenes = [list(lines) for _, lines in groupby(csv.DictReader(rows), _dialogue)]
    talks = [lines for lines in scenes if len(lines) >= _FEWEST]
    return [example for lines in talks for example in _of_talk(lines, by_speaker)]


def _dialogue(row: dict[str, str]) -> str:
    return row["Dialogue_ID"]


def _of_talk(lines: Sequence[dict[str, str]], by_speaker: bool) -> Iterator[Labelled]:
    texts = tuple(line["Utterance"] for line in lines)
    speakers = list(dict.fromkeys(line["Speaker"] for line in lines)) if by_speaker else [""]
    for speaker in speakers:
        own = [at for at, line in enumerate(lines) if speaker in ("", line["Speaker"])]
        if len(own) >= (2 if speaker else 1):
            mean = fmean(_SIGNS[lines[at]["Sentiment"]] for at in own)
            aspect = tuple((at, 0, len(texts[at])) for at in own) if speaker else ()
            yield Labelled(texts, aspect, 1 + (mean > _BOUND) - (mean < -_BOUND))


def mams(file: Path) -> list[Labelled]:
    """The terms of a file of MAMS (ATSA), each in its sentence."""
    examples = []
    for sentence in ElementTree.parse(file).getroot():
        text = sentence.findtext("text") or ""
        for term in sentence.iter("aspectTerm"):
            place = (0, int(term.attrib["from"]), int(term.attrib["to"]))
            examples.append(Labelled((text,), (place,), 1 + _SIGNS[term.attrib["polarity"]]))
    return examples


def encode(embedder: E5Embedder, labelled: Sequence[Labelled]) -> list[Example]:
    """Encode the texts, each once and by itself."""
    texts = list(dict.fromkeys(text for example in labelled for text in example.texts))
    states = dict(zip(texts, embedder.token_states(texts), strict=True))
    return [_encoded(example, [states[text] for text in example.texts]) for example in labelled]


def _encoded(example: Labelled, parts: Sequence[object]) -> Example:
    states: list[Floats] = []
    words: list[int] = []
    marked: list[bool] = []
    for at, (text, part) in enumerate(zip(example.texts, parts, strict=True)):
        first = words[-1] + 1 if words else 0
        states.append(part.states)  # type: ignore[attr-defined]
        for start, end in part.spans:  # type: ignore[attr-defined]
            words.append(first + max(0, len(text[:end].split()) - 1))
            marked.append(any(at == n and start < b and end > a for n, a, b in example.aspect))
    whole = np.concatenate(states)
    chosen = np.array(marked) if any(marked) else np.ones(len(whole), bool)
    aspect = whole[chosen].mean(axis=0)
    return Example(whole[:_LONGEST], np.array(words[:_LONGEST]), aspect, example.label)


def centre(examples: Iterable[Example], origin: Floats, scale: float) -> list[Example]:
    """The same with states moved by ``origin`` and divided by ``scale``."""
    return [
        Example((one.states - origin) / scale, one.words, (one.aspect - origin) / scale, one.label)
        for one in examples
    ]
