"""Links between the nodes of a life: how well those of later days are foretold, and by counts.

A link is from a node to another of a given kind that a clip tells of with it. Each link of the
later days is judged once. Candidates are the nodes of the kind that the first days know, without
the other right ones; for a new link also without those that its node was linked with before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.days.occasions import Node, NodeKind, Occasion

Relation: TypeAlias = tuple[NodeKind, NodeKind]
RELATIONS: tuple[Relation, ...] = (
    ("person", "place"),
    ("place", "person"),
    ("thing", "place"),
    ("person", "activity"),
    ("activity", "hour"),
)
LEARNED_DAYS = 0.7
PRIOR, WALK = 2.0, 0.9  # chosen on the first days of TimelineQA and LLQA
Scores: TypeAlias = NDArray[np.float64]
Table: TypeAlias = Mapping[Relation, Scores]
"""Scores [nodes of the first kind, nodes of the second], in the order of `LifeGraph.of_kind`."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the later days; ``new`` where the first days have none such."""

    relation: Relation
    node: int
    other: int
    new: bool


class LifeGraph:
    """The nodes of some occasions, numbered by kind and name, and the days of the occasions."""

    def __init__(self, learned: Sequence[Occasion]) -> None:
        self.occasions = learned
        self.days = sorted({one.day for one in learned})
        self.nodes: list[Node] = sorted({node for one in learned for node in one.nodes})
        self.at: dict[Node, int] = {node: number for number, node in enumerate(self.nodes)}
        self._kinds: dict[NodeKind, NDArray[np.int64]] = {
            kind: np.array([n for n, node in enumerate(self.nodes) if node[0] == kind], np.int64)
            for relation in RELATIONS
            for kind in relation
        }

    def of_kind(self, kind: NodeKind) -> NDArray[np.int64]:
        """The numbers of the nodes of a kind."""
        return self._kinds[kind]

    def together(self, last: date | None = None) -> tuple[Scores, Scores]:
        """On how many days each two were together until the end of a day, and when last (as an
        ordinal, 0 for never): [nodes, nodes], symmetric, zeros on the diagonal."""
        met: dict[tuple[int, int], set[int]] = defaultdict(set)
        for one in self.occasions:
            rows = [self.at[node] for node in one.nodes] if not last or one.day <= last else []
            for row in rows:
                for other in rows:
                    if row != other:
                        met[row, other].add(one.day.toordinal())
        days, latest = np.zeros((2, len(self.nodes), len(self.nodes)))
        for pair, when in met.items():
            days[pair], latest[pair] = len(when), max(when)
        return days, latest

    def links(self, days: Scores, later: Iterable[Occasion]) -> list[Link]:
        """The links of later days between nodes that have been seen by then, each once."""
        seen, found = days.any(axis=1), dict[Link, None]()
        for one in later:
            rows = [self.at[node] for node in sorted(one.nodes) if node in self.at]
            known = [(row, self.nodes[row][0]) for row in rows if seen[row]]
            for relation in RELATIONS:
                for node in (row for row, kind in known if kind == relation[0]):
                    for other in (row for row, kind in known if kind == relation[1]):
                        found[Link(relation, node, other, not days[node, other])] = None
        return list(found)


def split(
    all_occasions: Sequence[Occasion], share: float = LEARNED_DAYS
) -> tuple[list[Occasion], list[Occasion]]:
    """The occasions of the first days, and those of the others."""
    days = sorted({one.day for one in all_occasions})
    first = set(days[: int(len(days) * share)])
    learned = [one for one in all_occasions if one.day in first]
    return learned, [one for one in all_occasions if one.day not in first]


def ranks(graph: LifeGraph, days: Scores, links: Sequence[Link], table: Table) -> list[float]:
    """The rank of each link among its candidates; of equals the mean."""
    right: dict[tuple[Relation, int], set[int]] = defaultdict(set)
    for link in links:
        right[link.relation, link.node].add(link.other)
    seen, found = days.any(axis=1), []
    for link in links:
        rows, nodes = (graph.of_kind(kind) for kind in link.relation)
        scores = table[link.relation][np.searchsorted(rows, link.node)]
        others = right[link.relation, link.node] - {link.other}
        out = ~seen[nodes] | np.isin(nodes, list(others))
        if link.new:
            out |= days[link.node, nodes] > 0
        own = scores[nodes == link.other][0]
        rest = scores[~out & (nodes != link.other)]
        found.append(1 + float((rest > own).sum()) + 0.5 * float((rest == own).sum()))
    return found


def each_relation(graph: LifeGraph, score: Callable[[Scores, Scores], Scores]) -> Table:
    """A table by a function of the numbers of the nodes of both kinds."""
    return {r: score(graph.of_kind(r[0]), graph.of_kind(r[1])) for r in RELATIONS}


def popularity(graph: LifeGraph, days: Scores) -> Table:
    """By on how many days something was seen with any of the kind that is asked of."""

    def popular(rows: Scores, columns: Scores) -> Scores:
        found: Scores = np.tile(days[np.ix_(rows, columns)].sum(axis=0), (len(rows), 1))
        return found

    return each_relation(graph, popular)


def ordered(graph: LifeGraph, days: Scores, by: Scores) -> Table:
    """By a number for each two nodes (the days together, the last day), else by popularity."""
    popular = popularity(graph, days)
    return {
        (kind, other): by[np.ix_(graph.of_kind(kind), graph.of_kind(other))]
        + shares / (1 + shares.max(initial=0))
        for (kind, other), shares in popular.items()
    }


def counts(graph: LifeGraph, days: Scores, prior: float = PRIOR, walk: float = WALK) -> Table:
    """Shares of days together, drawn to what is reached by two steps and to popularity.

    Args:
        graph: What the first days tell.
        days: On how many of them each two were together.
        prior: Days that the less detailed shares weigh as.
        walk: The share of the two steps in these; the others are popularity.
    """
    steps, popular = _shares(days), popularity(graph, days)
    both = steps @ steps
    found = {}
    for kind, other in RELATIONS:
        at = np.ix_(graph.of_kind(kind), graph.of_kind(other))
        general = walk * _shares(both[at]) + (1 - walk) * _shares(popular[kind, other])
        own = days[at]
        found[kind, other] = (own + prior * general) / (own.sum(axis=1, keepdims=True) + prior)
    return found


def _shares(values: Scores) -> Scores:
    shares: Scores = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-9)
    return shares
