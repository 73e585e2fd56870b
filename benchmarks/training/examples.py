"""Questions with the statements that compete to answer them, as the network reads them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.training.lives import Lives, TrainingLine, TrainingQuestion
from egogpt.embedders.e5 import E5Embedder
from egogpt.text.stemmer import stem
from egorag.answerability import packing
from egorag.answerability.network import FEATURES, SIGNALS, STATE
from egorag.answerability.pool import (
    POOLED,
    READ,
    Asked,
    Statement,
    StatementPool,
    make_pool,
)
from egorag.answerability.words import question_words, statement_words
from egorag.evidence.time_match import in_time
from egorag.language.glossary import with_english_words
from egorag.question.plan import plan_of
from egorag.time.calendar.local_time import LocalTime
from memory.types.core import Span

Floats = NDArray[np.float32]
_LINE = 20.0  # seconds that a line lasts
_BATCH = 128


@dataclass(frozen=True)
class Example:
    """A question, the statements read for it, and which of them (``gold``) answer."""

    question: TrainingQuestion
    pool: StatementPool
    gold: tuple[int, ...]


class _Searched:
    """A life's lines with their words and vectors."""

    def __init__(self, lines: Sequence[TrainingLine], vectors: Floats) -> None:
        self.lines, self.vectors = lines, vectors
        self.counts = [statement_words(line.phrase) for line in lines]
        self.holding: Counter[str] = Counter()
        for count in self.counts:
            self.holding.update(count.keys())
        self._lengths = np.array([sum(count.values()) for count in self.counts], np.float32)

    def document_frequency(self, word: str) -> int:
        """In how many lines a word stands, a Chinese one by its beginning."""
        return self.holding[stem(word) if word.isascii() else word[:2]]

    def words(self, asked: Asked) -> Floats:
        """BM25 of each line, with half of that of the line before it."""
        norm = 1.2 * (0.25 + 0.75 * self._lengths / max(1.0, float(self._lengths.mean())))
        scores = np.zeros(len(self.lines), np.float32)
        for word, weight in asked.weights.items():
            held = np.array([count[word] for count in self.counts], np.float32)
            scores += weight * held * 2.2 / (held + norm)
        return scores + 0.5 * np.concatenate([[0.0], scores[:-1]]).astype(np.float32)


def make_examples(
    lives: Lives, encoder: E5Embedder, cache: Path, foreign: float = 0.0, seed: int = 0
) -> list[Example]:
    """One for each question; a share ``foreign`` of the answerable ones is asked of another life of
    the same set as well, where nothing answers it. Vectors of lines are kept in ``cache``."""
    chance = random.Random(seed)
    searched = {
        name: _Searched(lines, _vectors(name, lines, encoder, cache))
        for name, lines in lives.lines.items()
    }
    return [
        _example(question, searched[question.life], encoder)
        for question in _with_foreign(lives, chance, foreign)
    ]


def _with_foreign(lives: Lives, chance: random.Random, share: float) -> Iterator[TrainingQuestion]:
    groups = {question.life: question.group for question in lives.questions}
    for question in lives.questions:
        yield question
        others = [life for life, group in groups.items() if group == question.group]
        others = [life for life in others if life != question.life]
        if others and question.answerable and chance.random() < share:
            yield replace(
                question, life=chance.choice(others), answerable=False, gold=(),
                group=f"{question.group}-foreign",
            )  # fmt: skip


def _vectors(name: str, lines: Sequence[TrainingLine], encoder: E5Embedder, cache: Path) -> Floats:
    path = cache / f"{name}-{encoder.name}-{len(lines)}.npy"
    if not path.exists():
        texts = [packing.beginning(line.phrase) for line in lines]
        parts = [encoder.embed_documents(texts[at : at + 256]) for at in range(0, len(texts), 256)]
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, np.concatenate(parts))
    vectors: Floats = np.load(path)
    return vectors


def _example(question: TrainingQuestion, life: _Searched, encoder: E5Embedder) -> Example:
    local = LocalTime.of(question.asked_at, question.timezone)
    plan = plan_of(question.text, local)
    text = with_english_words(life.document_frequency, question.text)  # as in the app
    question = replace(question, text=text)
    timed = plan.time is not None and plan.time.anchor is None
    cosines = life.vectors @ encoder.embed_query(question.text)
    holding = {word: life.holding[word] for word in question_words(question.text)}
    asked = Asked(question.text, holding, len(life.lines), timed)
    near = np.array(
        [in_time(plan, line.text, Span(line.at, line.at + _LINE)) for line in life.lines],
        np.float32,
    )
    fused = _standard(life.words(asked)) + _standard(cosines) + near
    best = np.argsort(-fused, kind="stable")[:POOLED]
    retrieved = (fused[best] - fused[best[-1]]) / (fused[best[0]] - fused[best[-1]] + 1e-6)
    statements = [
        Statement(
            life.lines[at].text, life.lines[at].speaker, life.lines[at].at, float(cosines[at]),
            float(rank), float(near[at]),
        )
        for at, rank in zip(best.tolist(), retrieved.tolist())
    ]  # fmt: skip
    pool = make_pool(asked, statements)
    read = [int(best[position]) for position in pool.positions]
    gold = tuple(read.index(at) for at in question.gold if at in read)
    return Example(question, pool, gold)


def _standard(values: Floats) -> Floats:
    standard: Floats = (values - values.mean()) / (values.std() + 1e-6)
    return standard


def pack_all(
    examples: Sequence[Example], encoder: E5Embedder, components: Floats
) -> dict[str, NDArray[Any]]:
    """All examples in arrays of one shape, halves where that is enough; see ``network.Inputs``."""
    n, q, t = len(examples), packing.QUESTION_TOKENS, packing.STATEMENT_TOKENS
    packed: dict[str, NDArray[Any]] = {
        "question": np.zeros((n, q, STATE), np.float16),
        "question_mask": np.zeros((n, q), bool),
        "statements": np.zeros((n, READ, t, STATE), np.float16),
        "statement_mask": np.zeros((n, READ, t), bool),
        "cosine": np.zeros((n, READ, q, t), np.float16),
        "equal": np.zeros((n, READ, q, t), bool),
        "signals": np.zeros((n, READ, SIGNALS), np.float32),
        "features": np.zeros((n, FEATURES), np.float32),
        "answerable": np.zeros(n, np.float32),
        "gold": np.zeros((n, READ), np.float32),
    }
    asked = _states(encoder, {e.question.text for e in examples}, "query", q)
    phrases = {packing.beginning(s.phrase) for e in examples for s in e.pool.statements}
    stated = _states(encoder, phrases, "passage", t)
    for row, example in enumerate(examples):
        states, tokens = asked[example.question.text]
        packed["question"][row, : len(states)] = packing.reduced(states, components)
        packed["question_mask"][row, : len(states)] = True
        for at, statement in enumerate(example.pool.statements):
            own, own_tokens = stated[packing.beginning(statement.phrase)]
            place = (row, at, slice(len(states)), slice(len(own)))
            packed["statements"][row, at, : len(own)] = packing.reduced(own, components)
            packed["statement_mask"][row, at, : len(own)] = True
            packed["cosine"][place] = packing.compare(packing.unit(states), packing.unit(own))
            packed["equal"][place] = packing.equal(tokens, own_tokens)
        packed["signals"][row, : len(example.pool.signals)] = example.pool.signals
        packed["features"][row] = example.pool.features
        packed["answerable"][row] = example.question.answerable
        packed["gold"][row, list(example.gold)] = 1.0
    return packed


def principal_components(states: Sequence[Floats]) -> Floats:
    """The directions (384, 96) in which standardised token states differ most."""
    rows = np.concatenate(states)
    rows = (rows - rows.mean(1, keepdims=True)) / (rows.std(1, keepdims=True) + 1e-6)
    _, directions = np.linalg.eigh(rows.T @ rows / len(rows))
    components: Floats = directions[:, ::-1][:, :STATE].astype(np.float32)
    return components


def _states(
    encoder: E5Embedder, texts: set[str], role: Any, most: int
) -> dict[str, tuple[Floats, list[str]]]:
    ordered, read = sorted(texts), {}
    for at in range(0, len(ordered), _BATCH):
        part = ordered[at : at + _BATCH]
        for text, encoded in zip(part, encoder.token_states(part, role)):
            read[text] = (encoded.states[:most], packing.token_texts(text, encoded.spans[:most]))
    return read
