"""The benchmark of a head on the embedder: what is learned is found again on later days."""

from __future__ import annotations

import numpy as np

from benchmarks.days.highlights import Clips
from benchmarks.training.embedder_head import heads, later_from, siamese, white

SIZE, LOUD, DAYS, PER_DAY = 384, 8, 10, 60
AXES = np.linalg.qr(np.random.default_rng(9).normal(size=(SIZE, LOUD)))[0].T


def life(seed: int = 0) -> Clips:
    """Runs of three clips that share something; in a few directions all differ more, by chance."""
    dice = np.random.default_rng(seed)
    vectors = np.repeat(dice.normal(size=(DAYS * PER_DAY // 3, SIZE)), 3, axis=0)
    vectors += 1.5 * dice.normal(size=vectors.shape)
    vectors += 10 * dice.normal(size=(len(vectors), LOUD)) @ AXES
    vectors -= vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    at = np.arange(len(vectors))
    start = at // PER_DAY * 86_400.0 + at % PER_DAY * 30 + at % PER_DAY // 3 * 600
    return Clips(start, start + 30, vectors.astype(np.float32), np.zeros(len(at)))


def nearest_is_beside(clips: Clips, head: np.ndarray) -> float:
    """How often the clip that is likest the first of a run, of all of the last days, follows it."""
    turned = clips.vectors[clips.start >= later_from(clips)] @ head
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    likeness = turned @ turned.T
    np.fill_diagonal(likeness, -1)
    return float((likeness[::3].argmax(axis=1) // 3 == np.arange(len(turned) // 3)).mean())


def test_a_head_of_the_first_days_finds_what_belongs_together_on_the_last() -> None:
    clips = life()
    found = {name: nearest_is_beside(clips, head) for name, head in heads(clips, 1).items()}
    assert 0.02 < found["none"] < 0.5, found
    assert min(found["siamese, then"], found["white, then"]) > 2 * found["none"], found


def test_heads_of_the_first_days_know_nothing_of_the_last() -> None:
    clips, other = life(), life(1)
    late = clips.start >= later_from(clips)
    mixed = np.where(late[:, None], other.vectors, clips.vectors)
    changed = heads(Clips(clips.start, clips.end, mixed, clips.speech), 1)
    known = heads(clips, 1)
    for name in ("white, then", "siamese, then"):
        np.testing.assert_array_equal(changed[name], known[name])
    assert not np.array_equal(changed["siamese 0"], known["siamese 0"])


def test_what_is_alike_in_all_directions_is_left_as_it_is() -> None:
    vectors = np.concatenate([np.eye(SIZE), -np.eye(SIZE)]).astype(np.float32)
    np.testing.assert_allclose(white(vectors), np.eye(SIZE), atol=1e-5)


def test_chance_decides_the_batches_alone() -> None:
    clips = life()
    first, second = clips.vectors[:300], clips.vectors[1:301]
    one, again, other = (siamese(first, second, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert 0 < np.abs(one - other).max() < 0.1
