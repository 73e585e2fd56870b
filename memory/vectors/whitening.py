"""Directions in which all vectors of a home differ count less: a likeness along them says little.

An embedder's cosines are mostly about what everything has in common. The vector that `turned` gives
ranks by dot products as likeness does after whitening (ZCA; the covariance shrunk to the identity,
Ledoit and Wolf 2004), but for the lengths of the whitened vectors: so an index stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST = 50  # vectors of which a covariance is told
_SHRUNK = 0.9  # share of the identity in the shrunk covariance
_LEAST = 1e-8  # variance, where all vectors are the same


@dataclass(frozen=True, slots=True)
class Whitening:
    """The mean (d,) of vectors, and the inverse (d, d) of their shrunk covariance."""

    mean: NDArray[np.float32]
    precision: NDArray[np.float32]

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> Whitening:
        """From vectors (n, d)."""
        mean = vectors.mean(axis=0)
        covariance = np.cov(vectors, rowvar=False, dtype=np.float32)
        identity = np.eye(len(mean), dtype=np.float32) * (np.trace(covariance) / len(mean) + _LEAST)
        return cls(mean, np.linalg.inv((1 - _SHRUNK) * covariance + _SHRUNK * identity))

    def turned(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """The unit vector with which vectors are compared instead of ``vector``."""
        direction = self.precision @ (vector - self.mean)
        unit: NDArray[np.float32] = direction / (np.linalg.norm(direction) + 1e-9)
        return unit
