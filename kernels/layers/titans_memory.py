"""Titans' neural memory: a small network that learns, while it reads, what belongs to what.

A token is a pair of a key and a value. How wrong the memory is about it is its surprise; the
memory takes a step against it, with momentum, and forgets a little:

    S_t = η_t S_(t-1) − θ_t ∇ ‖M(k_t) − v_t‖²        M_t = (1 − α_t) M_(t-1) + S_t

The gates η, θ, α come from the token. Gradients are taken at the memory that a chunk of tokens
began with, which lets a chunk be computed at once; chunks of one token are the recurrence itself.
Every token reads the memory as it is after that token. The first memory is learned.

Source: Behrouz et al., Titans, arXiv 2501.00663, sections 3.1 (surprise, forgetting, retrieval)
and 3.2 (chunks). No weights were released.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import grad, vmap
from torch.nn import functional

Weights = tuple[Tensor, ...]


class Gates(NamedTuple):
    """How a token changes the memory, each [B, n].

    Attributes:
        step: θ, at least 0: how far it goes against the gradient.
        log_momentum: log η, at most 0: what stays of past surprise.
        log_kept: log(1 − α), at most 0: what stays of the memory.
    """

    step: Tensor
    log_momentum: Tensor
    log_kept: Tensor


class TitansMemory(NamedTuple):
    """A memory at some point of a text.

    Attributes:
        weights: M: one matrix a layer of the network, [B, in, out].
        surprise: S: the same shapes.
    """

    weights: Weights
    surprise: Weights


def recall(weights: Weights, keys: Tensor) -> Tensor:
    """What a memory says to keys: a network without biases, SiLU between its layers.

    Args:
        weights: [..., in, out] a layer.
        keys: [..., n, in of the first layer].

    Returns:
        [..., n, out of the last layer].
    """
    for layer, matrix in enumerate(weights):
        keys = (functional.silu(keys) if layer else keys) @ matrix
    return keys


def memorise(
    memory: TitansMemory, keys: Tensor, values: Tensor, gates: Gates
) -> tuple[Weights, TitansMemory]:
    """Learn one chunk of pairs.

    Args:
        memory: Before the chunk.
        keys: [B, n, in].
        values: [B, n, out].
        gates: [B, n] each.

    Returns:
        The memory's weights after each token, [B, n, in, out] a layer, and the memory after the
        last.
    """
    gradients = _gradients(memory.weights, keys, values)
    momentum, retention = _carried(gates.log_momentum), _carried(gates.log_kept)
    weights, surprises = [], []
    for before, past, gradient in zip(memory.weights, memory.surprise, gradients, strict=True):
        steps = -gates.step[..., None, None] * gradient
        surprise = _accumulated(momentum, past, steps)
        surprises.append(surprise[:, -1])
        weights.append(_accumulated(retention, before, surprise))
    last = TitansMemory(tuple(x[:, -1] for x in weights), tuple(surprises))
    return tuple(weights), last


@torch.no_grad()
def surprises(
    vectors: Tensor, *, step: float = 0.01, momentum: float = 0.5, forgetting: float = 0.003,
    chunk: int = 20,
) -> Tensor:  # fmt: skip
    """How wrong a memory is about each vector before it learns it, without any training.

    The memory is one matrix that begins at nothing; each vector is key and value at once.

    Args:
        vectors: [n, width], unit vectors in order of time.
        step: θ of every vector.
        momentum: η.
        forgetting: α.
        chunk: Vectors that are judged by one memory, and then learned.

    Returns:
        [n], 0 where the memory knows a vector, 1 where it holds nothing like it.
    """
    width = vectors.shape[1]
    memory = TitansMemory(*((vectors.new_zeros(1, width, width),) for _ in range(2)))
    constants = torch.tensor([step, momentum, 1 - forgetting], dtype=vectors.dtype)
    parts = []
    for start in range(0, len(vectors), chunk):
        part = vectors[None, start : start + chunk]
        parts.append((recall(memory.weights, part) - part).square().sum(dim=-1)[0])
        gates = Gates(
            *(one.expand(1, part.shape[1]) for one in (constants[0], *constants[1:].log()))
        )
        memory = memorise(memory, part, part, gates)[1]
    return torch.cat(parts) if parts else vectors.new_zeros(0)


class TitansState(NamedTuple):
    """Where a text was left.

    Attributes:
        memory: What the memory had become.
        tail: The last inputs of the convolutions over queries, keys and values, [B, width - 1, 3d].
    """

    memory: TitansMemory
    tail: Tensor


class NeuralMemory(nn.Module):
    """A layer whose memory is the past."""

    def __init__(
        self, width: int, *, depth: int = 2, inner: int | None = None, chunk: int = 16,
        kernel: int = 4, most: float = 1.0,
    ) -> None:  # fmt: skip
        """Make a layer.

        Args:
            width: Channels of the input, the keys and the values.
            depth: Layers of the memory; 1 is a matrix, and the delta rule with momentum.
            inner: Channels between the memory's layers, by default 2 · width.
            chunk: Tokens whose gradients are taken at one memory. It changes the result, as in the
                paper; 1 is the recurrence.
            kernel: Tokens that the depthwise convolutions after the projections see.
            most: The greatest step θ.

        Raises:
            ValueError: A size is less than one.
        """
        super().__init__()
        if min(width, depth, chunk, kernel) < 1:
            raise ValueError("Width, depth, chunk and kernel are at least 1")
        self.width, self.chunk, self.kernel, self.most = width, chunk, kernel, most
        self.into = nn.Linear(width, 3 * width, bias=False)
        self.near = nn.Conv1d(3 * width, 3 * width, kernel, groups=3 * width, bias=False)
        self.gates = nn.Linear(width, 3)
        sizes = [width, *[inner or 2 * width] * (depth - 1), width]
        self.first = nn.ParameterList(
            torch.randn(a, b) * a**-0.5 for a, b in itertools.pairwise(sizes)
        )
        self.out = nn.Linear(width, width, bias=False)
        with torch.no_grad():  # at first: small steps, much momentum, next to no forgetting
            self.gates.bias.copy_(torch.tensor([-2.0, 2.0, -5.0]))

    def fresh(self, batch: int) -> TitansState:
        """The beginning of a text."""
        weights = tuple(matrix.expand(batch, -1, -1) for matrix in self.first)
        tail = self.out.weight.new_zeros(batch, self.kernel - 1, 3 * self.width)
        return TitansState(TitansMemory(weights, tuple(torch.zeros_like(x) for x in weights)), tail)

    def forward(self, x: Tensor, reading: TitansState | None = None) -> tuple[Tensor, TitansState]:
        """Read tokens; the memory learns them on the way, also without training.

        Args:
            x: [B, n, width], the tokens after those of ``reading``.
            reading: Where the text was left. A call begins a chunk, so that a text cut between
                chunks gives what the whole gives.

        Returns:
            [B, n, width], and where the text is left.
        """
        reading = reading or self.fresh(x.shape[0])
        query, key, value, tail = self._projected(x, reading.tail)
        gates, memory, parts = self._gates(x), reading.memory, []
        for start in range(0, x.shape[1], self.chunk):
            rows = slice(start, start + self.chunk)
            weights, memory = memorise(
                memory, key[:, rows], value[:, rows], Gates(*(gate[:, rows] for gate in gates))
            )
            parts.append(recall(weights, query[:, rows, None])[:, :, 0])
        mixed = torch.cat(parts, dim=1) if parts else x
        return self.out(mixed), TitansState(memory, tail)

    def _projected(self, x: Tensor, tail: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        joined = torch.cat([tail, self.into(x)], dim=1)
        if x.shape[1] == 0:
            return x, x, x, tail
        near = functional.silu(self.near(joined.transpose(1, 2)).transpose(1, 2))
        query, key, value = near.chunk(3, dim=-1)
        query, key = functional.normalize(query, dim=-1), functional.normalize(key, dim=-1)
        return query, key, value, joined[:, joined.shape[1] - self.kernel + 1 :]

    def _gates(self, x: Tensor) -> Gates:
        step, momentum, forgetting = self.gates(x).unbind(dim=-1)
        return Gates(
            step.sigmoid() * self.most,
            functional.logsigmoid(momentum),
            functional.logsigmoid(-forgetting),
        )


def _gradients(weights: Weights, keys: Tensor, values: Tensor) -> Weights:
    """Gradient of each token's loss at the same weights, [B, n, in, out] a layer."""

    def loss(weights: Weights, key: Tensor, value: Tensor) -> Tensor:
        return (recall(weights, key[None])[0] - value).square().sum()

    of_a_text = vmap(grad(loss), in_dims=(None, 0, 0))
    gradients: Weights = vmap(of_a_text)(weights, keys, values)
    return gradients


def _carried(logs: Tensor) -> Tensor:
    """How much of step j is left at step i: exp of the logs between them.

    Args:
        logs: Log of what each step keeps, [B, n], at most 0.

    Returns:
        [B, n, n + 1]: column 0 is what was there before, column j + 1 what step j added; 0 where
        it has not yet been.
    """
    sums = logs.cumsum(dim=1)
    since = torch.cat([torch.zeros_like(sums[:, :1]), sums], dim=1)
    between = (sums[:, :, None] - since[:, None]).clamp(max=0)
    count = logs.shape[1]
    been = torch.ones(count, count + 1, dtype=torch.bool, device=logs.device).tril(diagonal=1)
    return between.exp() * been


def _accumulated(carried: Tensor, before: Tensor, added: Tensor) -> Tensor:
    """x_i = kept_i · x_(i-1) + added_i for a whole chunk, [B, n, in, out]."""
    terms = torch.cat([before[:, None], added], dim=1)
    return (carried @ terms.flatten(2)).view_as(added)
