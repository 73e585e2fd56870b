"""A small graph attention over a life, with and without contrast of perturbed occasions.

Attention: Veličković et al. 2018, "Graph Attention Networks", with the logarithm of the days
together beside what the nodes are. Contrast: Wang et al. 2024, "Perturbation Ontology based Graph
Attention Networks" (POGAT), arXiv 2411.18520: the smallest whole contexts, here occasions, are told
from those in which a node was replaced by another of its kind, as wholes and by the node.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.days.link_ranking import (
    RELATIONS,
    LifeGraph,
    Relation,
    Table,
    counts,
    ranks,
    split,
)

_WIDE, _HEADS, _RATE, _DECAY = 8, 2, 5e-3, 1e-2
_ROUNDS, _EACH = 160, 20  # rounds of training at most, and between two trials
_CUTS = (0.3, 0.45, 0.6, 0.75, 0.9)  # shares of the first days after which links are asked for
_VALIDATED = 0.75  # of the first days are learned from when the rounds are chosen
_BATCH, _LEAST = 128, 1e-4


@dataclass(frozen=True, slots=True)
class Variant:
    """A model: whether it corrects the counts, and how much the contrast weighs in training."""

    on_counts: bool = False
    contrast: float = 0.0

    @property
    def name(self) -> str:
        """As a table calls it."""
        what = "attention on counts" if self.on_counts else "attention"
        return f"{what}, contrast" if self.contrast else what


VARIANTS = (Variant(), Variant(contrast=0.3), Variant(True), Variant(True, 0.3))


class GraphAttention(nn.Module):
    """Two layers of attention over embeddings of the nodes, and scores of each relation."""

    def __init__(self, nodes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(nodes, _WIDE)
        nn.init.normal_(self.embedding.weight, std=0.03)
        self.layers = nn.ModuleList(_Layer() for _ in range(2))
        self.often = nn.Parameter(torch.zeros(nodes))
        self.relations = nn.Parameter(torch.ones(len(RELATIONS), _WIDE))
        self.direct = nn.Parameter(torch.ones(len(RELATIONS)))
        self.context = nn.Parameter(torch.ones(_WIDE))

    def forward(self, known: Tensor) -> Tensor:
        """What the nodes are, [nodes, width], by how often they were together, [nodes, nodes]."""
        state: Tensor = self.embedding.weight
        for layer in self.layers:
            state = state + layer(state, known)
        return state

    def scores(self, state: Tensor, relation: int, part: _Asked) -> Tensor:
        """Scores of a relation, [nodes of the first kind, nodes of the second]."""
        found = (state[part.rows] * self.relations[relation]) @ state[part.columns].T
        return found + self.often[part.columns] + self.direct[relation] * part.direct

    def fits(self, state: Tensor, members: Tensor, inside: Tensor) -> Tensor:
        """How well each member fits the others of its occasion, [occasions, most]."""
        each = state[members] * inside[..., None]
        count = (inside.sum(dim=1, keepdim=True) - 1).clamp(min=1)
        others = (each.sum(dim=1, keepdim=True) - each) / count[..., None]
        return (each * self.context * others).sum(dim=-1)


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.values = nn.Linear(_WIDE, _WIDE, bias=False)
        self.own, self.other = nn.Linear(_WIDE, _HEADS), nn.Linear(_WIDE, _HEADS)
        self.days = nn.Parameter(torch.ones(_HEADS))

    def forward(self, state: Tensor, known: Tensor) -> Tensor:
        values, linked = self.values(state), known > 0
        logits = self.own(state).T[:, :, None] + self.other(state).T[:, None, :]
        logits = functional.leaky_relu(logits, 0.2) + self.days[:, None, None] * known
        weights = logits.masked_fill(~linked, -1e9).softmax(dim=-1) * linked
        parts = values.view(len(values), _HEADS, -1).transpose(0, 1)
        return functional.elu((weights @ parts).transpose(0, 1).reshape(len(values), -1))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A relation after a cut: its nodes, what counts say, whom to choose from, what came true."""

    rows: Tensor
    columns: Tensor
    direct: Tensor
    seen: Tensor
    right: Tensor


@dataclass(frozen=True, slots=True)
class _Cut:
    """What was known by a day, and what is asked of the days after."""

    known: Tensor
    asked: tuple[_Asked, ...]


class Material:
    """What a model of a graph learns from: earlier days ask for later ones, all of them first."""

    def __init__(self, graph: LifeGraph) -> None:
        self.graph = graph
        count = len(graph.days)
        ends = sorted({max(1, int(count * share)) for share in _CUTS if count > 1})
        self._ends = [graph.days[end - 1] for end in ends if end < count]

    @cached_property
    def whole(self) -> _Cut:
        """All days known, and nothing asked."""
        return self._cut(len(self.graph.days))

    @cached_property
    def cuts(self) -> list[_Cut]:
        """What is learned from."""
        return [self._cut(self.graph.days.index(end) + 1) for end in self._ends]

    def _cut(self, days: int) -> _Cut:
        last = self.graph.days[days - 1]
        together, _ = self.graph.together(last)
        later = [one for one in self.graph.occasions if one.day > last]
        right = {relation: np.zeros_like(together) for relation in RELATIONS}
        for link in self.graph.links(together, later):
            right[link.relation][link.node, link.other] = 1
        shares, seen = counts(self.graph, together), together.any(axis=1)
        asked = []
        for relation in RELATIONS:
            rows, columns = (self.graph.of_kind(kind) for kind in relation)
            asked.append(
                _Asked(
                    torch.tensor(rows),
                    torch.tensor(columns),
                    torch.tensor(np.log(shares[relation] + _LEAST), dtype=torch.float32),
                    torch.tensor(seen[columns]),
                    torch.tensor(right[relation][np.ix_(rows, columns)], dtype=torch.float32),
                )
            )
        return _Cut(torch.tensor(np.log1p(together), dtype=torch.float32), tuple(asked))

    @cached_property
    def members(self) -> tuple[Tensor, Tensor]:
        """The nodes of each occasion with three or more, [occasions, most], and which there are."""
        at, occasions = self.graph.at, self.graph.occasions
        rows = [sorted(at[node] for node in one.nodes) for one in occasions if len(one.nodes) > 2]
        most = max(map(len, rows), default=0)
        members = torch.tensor([row + [0] * (most - len(row)) for row in rows])
        inside = torch.tensor([[1.0] * len(row) + [0.0] * (most - len(row)) for row in rows])
        return members, inside


def train(material: Material, variant: Variant, seed: int, rounds: int = _ROUNDS) -> list[Table]:
    """The scores of a model after every 20 rounds of training."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    model = GraphAttention(len(material.graph.nodes))
    if not variant.on_counts:
        model.direct.data.zero_()
        model.direct.requires_grad_(False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=_DECAY)
    tables = []
    for number in range(1, rounds + 1):
        model.train()
        cut = material.cuts[int(chance.integers(len(material.cuts)))]
        state = model(cut.known)
        loss = _missed(model, state, cut)
        if variant.contrast and len(material.members[0]):
            loss = loss + variant.contrast * _contrast(model, material, state, chance)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if number % _EACH == 0:
            tables.append(_table(model, material.whole))
    return tables


class Trainer:
    """Trains models of a life; the later of its first days say for how long."""

    def __init__(self, graph: LifeGraph) -> None:
        earlier, self._later = split(graph.occasions, _VALIDATED)
        self._first, self._all = Material(LifeGraph(earlier)), Material(graph)

    def fitted(self, variant: Variant, seed: int) -> Table:
        """The scores of a model."""
        graph = self._first.graph
        days, _ = graph.together()
        links = graph.links(days, self._later)
        good = []
        for table in train(self._first, variant, seed):
            groups: dict[tuple[Relation, bool], list[float]] = defaultdict(list)
            for link, rank in zip(links, ranks(graph, days, links, table), strict=True):
                groups[link.relation, link.new].append(1 / rank)
            good.append(float(np.mean([np.mean(group) for group in groups.values()])))
        return train(self._all, variant, seed, _EACH * (1 + int(np.argmax(good))))[-1]


@torch.no_grad()
def _table(model: GraphAttention, cut: _Cut) -> Table:
    model.eval()
    state = model(cut.known)
    return {
        relation: model.scores(state, number, cut.asked[number]).double().numpy()
        for number, relation in enumerate(RELATIONS)
    }


def _missed(model: GraphAttention, state: Tensor, cut: _Cut) -> Tensor:
    """The cross entropy of the links that came true, the mean over relations."""
    losses = []
    for number, asked in enumerate(cut.asked):
        some = asked.right.sum(dim=1) > 0
        if bool(some.any()):
            scores = model.scores(state, number, asked).masked_fill(~asked.seen, -1e9)[some]
            likely, right = scores.log_softmax(dim=-1), asked.right[some]
            losses.append(-(right * likely).sum() / right.sum())
    return torch.stack(losses).mean() if losses else 0 * state.sum()


def _contrast(
    model: GraphAttention, material: Material, state: Tensor, chance: np.random.Generator
) -> Tensor:
    """Tell occasions, and members, from those with a member replaced by another of its kind."""
    graph, (members, inside) = material.graph, material.members
    some = torch.tensor(chance.integers(len(members), size=_BATCH))
    true, there, row = members[some], inside[some], torch.arange(_BATCH)
    at = torch.tensor(chance.integers(there.sum(dim=1).long().numpy()))
    false = true.clone()
    for n in range(_BATCH):
        kind = graph.nodes[int(true[n, at[n]])][0]
        false[n, at[n]] = int(chance.choice(graph.of_kind(kind)))
    changed = (false[row, at] != true[row, at]).float()
    good, bad = model.fits(state, true, there), model.fits(state, false, there)
    whole = functional.softplus(-good.sum(dim=1)) + functional.softplus(bad.sum(dim=1)) * changed
    part = functional.softplus(-good[row, at]) + functional.softplus(bad[row, at]) * changed
    return (whole + part).mean()
