"""The statements that compete to answer a question, with what retrieval knows of each."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from egogpt.text.stemmer import stem
from egorag.answerability.subject import subject_match
from egorag.answerability.words import statement_words

Floats = NDArray[np.float32]
READ = 12  # statements that are read word by word
POOLED = 50  # statements that these are chosen from
_K1, _B = 1.2, 0.75  # Robertson & Zaragoza 2009
_NAME = re.compile(r"[A-Z][A-Za-z'’-]+")
_FIRST = re.compile(r"\b(?:i|my|me|we|our)\b|我")
_SECOND = re.compile(r"\b(?:you|your)\b|你")


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said or seen. ``retrieved`` (0..1) is how well its clip was found.

    ``cosine`` is its likeness in meaning to the question; ``in_time`` (0..1) how well it lies in
    the time asked about, 0.5 where none was.
    """

    text: str
    speaker: str
    start: float
    cosine: float
    retrieved: float
    in_time: float = 0.5

    @property
    def phrase(self) -> str:
        """The statement as it is read: who says it, and what."""
        return f"{self.speaker}: {self.text}" if self.speaker else self.text


@dataclass(frozen=True)
class Asked:
    """A question's words, and in how many clips of ``clips`` each of them stands.

    ``related`` are, by a word, others that speak of it: a statement that holds one holds the word.
    """

    text: str
    frequency: Mapping[str, int]
    clips: int
    timed: bool = False
    related: Mapping[str, frozenset[str]] = field(default_factory=dict)
    weights: Mapping[str, float] = field(init=False)

    def __post_init__(self) -> None:
        weights = {
            word: math.log(1 + (self.clips - n + 0.5) / (n + 0.5)) if n <= self.clips else 0.0
            for word, n in self.frequency.items()
        }
        object.__setattr__(self, "weights", weights)

    def words_in(self, phrase: str) -> Counter[str]:
        """The words of a statement with their counts, and those of the question it speaks of."""
        counts = statement_words(phrase)
        met = [word for word, others in self.related.items() if not others.isdisjoint(counts)]
        return Counter(dict.fromkeys(met, 1)) | counts


@dataclass(frozen=True)
class StatementPool:
    """Statements to read, best first, with their ``signals`` (n, 13) and the ``features`` (18,)."""

    statements: tuple[Statement, ...]
    positions: tuple[int, ...]
    signals: Floats
    features: Floats


def names_in(question: str) -> list[str]:
    """Lower-case words that are written as names, wherever they stand but at the beginning."""
    text = question[:1].lower() + question[1:]
    return [re.split("['’]", match.group())[0].lower() for match in _NAME.finditer(text)]


def make_pool(asked: Asked, statements: Sequence[Statement]) -> StatementPool:
    """The best of ``statements`` by words and meaning, and what tells of their worth."""
    counts = [asked.words_in(statement.phrase) for statement in statements]
    words = _bm25(asked, counts)
    cosines = np.array([statement.cosine for statement in statements], np.float32)
    retrieved = np.array([statement.retrieved for statement in statements], np.float32)
    in_time = np.array([statement.in_time for statement in statements], np.float32)
    fused = standard(words) + standard(cosines) + retrieved + in_time
    order = np.argsort(-fused, kind="stable")[:READ]
    chosen = tuple(statements[at] for at in order)
    total = sum(asked.weights.values()) * (_K1 + 1) or 1.0
    starts = np.array([statement.start for statement in statements])
    recency = np.argsort(np.argsort(starts, kind="stable")) / max(1, len(starts) - 1)
    signals = np.stack(
        [
            fused[order] / 3,
            (cosines[order] - 0.8) * 5,
            words[order] / total,
            standard(cosines)[order] / 4,
            standard(words)[order] / 4,
            retrieved[order],
            in_time[order],
            recency[order],
            *_persons(asked.text, chosen),
        ],
        axis=1,
    ).astype(np.float32)
    features = _features(asked, [counts[at] for at in order], words / total, cosines, signals)
    return StatementPool(chosen, tuple(int(at) for at in order), signals, features)


def _bm25(asked: Asked, counts: Sequence[Counter[str]]) -> Floats:
    lengths = np.array([sum(count.values()) for count in counts], np.float32)
    norm = _K1 * (1 - _B + _B * lengths / max(1.0, float(lengths.mean())))
    scores = np.zeros(len(counts), np.float32)
    for word, weight in asked.weights.items():
        held = np.array([count[word] for count in counts], np.float32)
        scores += weight * held * (_K1 + 1) / (held + norm)
    return scores


def standard(values: Floats) -> Floats:
    """The values as so many standard deviations from their mean."""
    deviations: Floats = (values - values.mean()) / (values.std() + 1e-6)
    return deviations


def _persons(question: str, statements: Sequence[Statement]) -> Floats:
    """Per statement: does a person asked about speak, is one named, is "I" said, is "you" said, and
    does it tell of whom the question is about."""
    low = question.lower()
    asked_words = set(re.split(r"[^\w]+", low))
    names = names_in(question)
    rows = []
    for statement in statements:
        who, text = statement.speaker.lower(), statement.text.lower()
        first = who.split()[0] if who else ""
        speaks = bool(who) and (first in asked_words or (not who.isascii() and who in low))
        named = any(name in text for name in names)
        rows.append((speaks, named, bool(_FIRST.search(text)), bool(_SECOND.search(text))))
    of = subject_match(question, [(statement.speaker, statement.text) for statement in statements])
    return np.column_stack([np.array(rows, np.float32), of]).astype(np.float32).T


def _features(
    asked: Asked, counts: Sequence[Counter[str]], words: Floats, cosines: Floats, signals: Floats
) -> Floats:
    """Of the question as a whole: how much of it is met, how clearly the best stand out."""
    weights = asked.weights
    total = sum(weights.values()) or 1.0
    shares = [sum(w for word, w in weights.items() if word in count) / total for count in counts]
    together = set().union(*counts)
    met = sum(w for word, w in weights.items() if word in together) / total
    known = sum(w for word, w in weights.items() if asked.frequency[word]) / total
    names = [stem(name) for name in names_in(asked.text)]
    missing = [w for word, w in weights.items() if word not in together]
    best, most = np.sort(cosines)[::-1], np.sort(words)[::-1]
    deviation = float(cosines.std()) + 1e-6
    return np.array(
        [
            (best[0] - 0.8) * 5,
            (best[:5].mean() - 0.8) * 5,
            (best[0] - cosines.mean()) / deviation / 5,
            (best[:5].mean() - cosines.mean()) / deviation / 5,
            most[0],
            most[0] - most[min(1, len(most) - 1)],
            max(shares, default=0.0),
            shares[0] if shares else 0.0,
            met,
            known,
            max((_named(names, count) for count in counts), default=0.0),
            _named(names, together),
            float(bool(names)),
            max(missing, default=0.0) / math.log(1 + asked.clips),
            len(weights) / 10,
            float(not asked.text.isascii()),
            float(asked.timed),
            float(signals[:, 6].max(initial=0.0)),
        ],
        np.float32,
    )


def _named(names: Sequence[str], words: Mapping[str, int] | set[str]) -> float:
    return sum(name in words for name in names) / len(names) if names else 1.0
