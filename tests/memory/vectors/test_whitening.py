"""Queries turned by how vectors differ: what is the same in all of them counts less."""

from __future__ import annotations

import numpy as np
import pytest

from memory.vectors.whitening import Whitening

SIZE, LOUD = 384, 4


def vectors_with_loud_directions(count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors and the queries for them; in a few directions all differ much, by chance."""
    dice = np.random.default_rng(5)
    subject = dice.normal(size=(count, SIZE))
    loud = np.linalg.qr(dice.normal(size=(SIZE, LOUD)))[0].T

    def seen() -> np.ndarray:
        noise = dice.normal(size=(count, SIZE)) + 40 * dice.normal(size=(count, LOUD)) @ loud
        rows = subject + noise / 2 + 10
        return np.float32(rows / np.linalg.norm(rows, axis=1, keepdims=True))

    return seen(), seen()


def test_a_turned_query_finds_what_loud_directions_hide() -> None:
    vectors, queries = vectors_with_loud_directions()
    whitening, own = Whitening.of(vectors), np.arange(len(vectors))
    turned = np.stack([whitening.turned(query) for query in queries])
    plain = ((queries @ vectors.T).argmax(axis=1) == own).mean()
    assert 0 < plain < 0.5
    assert ((turned @ vectors.T).argmax(axis=1) == own).mean() > 2 * plain
    assert np.linalg.norm(turned, axis=1) == pytest.approx(1, abs=1e-5)


def test_what_is_alike_in_all_directions_only_loses_its_mean() -> None:
    vectors = np.concatenate([np.eye(SIZE), -np.eye(SIZE)]).astype(np.float32)
    assert Whitening.of(vectors).turned(vectors[3]) == pytest.approx(vectors[3], abs=1e-5)


def test_vectors_that_are_all_the_same_give_a_finite_query() -> None:
    same = np.full((60, SIZE), SIZE**-0.5, np.float32)
    assert np.isfinite(Whitening.of(same).turned(np.eye(SIZE, dtype=np.float32)[0])).all()
