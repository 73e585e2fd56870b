"""A weighted graph in coordinates, and the two ways in which relevance walks over it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Mass = NDArray[np.float64]
Edges = tuple[Numbers, Numbers, Mass]


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """``size`` nodes; edge i joins ``left[i]`` and ``right[i]`` both ways, by ``weight[i]`` > 0."""

    size: int
    left: Numbers
    right: Numbers
    weight: Mass
    degree: Mass

    @classmethod
    def of(cls, size: int, edges: Iterable[Edges]) -> Graph:
        """The graph of several groups of edges; several edges between two nodes add up."""
        groups = list(edges)
        left_nodes = np.concatenate([np.zeros(0, np.int64), *(group[0] for group in groups)])
        right = np.concatenate([np.zeros(0, np.int64), *(group[1] for group in groups)])
        weight = np.concatenate([np.zeros(0), *(group[2] for group in groups)])
        degree: Mass = np.bincount(left_nodes, weight, size).astype(np.float64)
        degree += np.bincount(right, weight, size)
        return cls(size, left_nodes, right, weight, degree)

    def step(self, mass: Mass) -> Mass:
        """Every node hands its mass to its neighbours, by weight; one without any keeps it."""
        share = np.divide(mass, self.degree, out=np.zeros_like(mass), where=self.degree > 0)
        moved = np.bincount(self.right, self.weight * share[self.left], self.size)
        moved += np.bincount(self.left, self.weight * share[self.right], self.size)
        return np.asarray(np.where(self.degree > 0, moved, moved + mass))


def unit(mass: Mass) -> Mass:
    """The same shares, summing to 1; nothing stays nothing."""
    total = mass.sum()
    return mass / total if total > 0 else mass


def page_rank(graph: Graph, seeds: Mass, damping: float, rounds: int = 20) -> Mass:
    """Personalised PageRank: with ``damping`` walk on, else begin again at the seeds.

    Source: Haveliwala 2002, "Topic-sensitive PageRank", section 3. What is left to move after
    ``rounds`` is damping to that power: a millionth for 0.5.
    """
    start = unit(seeds)
    mass = start
    for _ in range(rounds):
        mass = (1 - damping) * start + damping * graph.step(mass)
    return mass


def shallow_walk(graph: Graph, seeds: Mass, stay: float = 0.5, rounds: int = 2) -> Mass:
    """A walk of few steps in which the share ``stay`` remains where it is each time.

    Source: NodeRAG 2025, section 3.3 ("shallow PPR"); as released it mixes with the mass before,
    not with the seeds.
    """
    mass = unit(seeds)
    for _ in range(rounds):
        mass = stay * mass + (1 - stay) * graph.step(mass)
    return mass
