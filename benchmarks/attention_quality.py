"""What sparse attention loses on a real model: needles, chains of facts, distributions, mass.

Decoding: each text is read once, densely, and its keys are kept. Each question is then read, and
its answer told token by token, by each method on those kept keys; what follows a question is cut
off again. So it is decoding that is judged here, as of a day that was read once and is asked about
many times. An answer counts when each of its tokens is the likeliest after those before it, which
is what greedy decoding would write.

Prefill: the text itself is read by the method, and questions are asked densely. Needles hardly
tell prefill methods apart; chains and distributions do.

Methods meet at an equal budget of keys per key head and query. Attention mass is reported because
papers do; it does not predict answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from math import sqrt
from statistics import mean
from typing import Any

import torch
from torch import Tensor

from benchmarks.needles import Hay, Haystack, Question, Task, haystacks
from benchmarks.small_talk import lines
from kernels.cache import paged_cache
from kernels.method import Method
from kernels.registry import create, using
from kernels.visible import visible

Say = Callable[[str], None]


@dataclass(slots=True)
class Cell:
    """What one method did with the questions of one task at one length.

    Attributes:
        right: Whether each question was answered.
        tokens: Share of each answer's tokens that were the likeliest, 0..1.
        divergence: KL of dense attention's next-token distribution to the method's, nats, the mean
            over each answer's tokens.
        mass: Dense attention's mass on the keys that the method reads, the mean over layers and
            heads, at the second token of each answer, 0..1.
    """

    right: list[bool] = field(default_factory=list)
    tokens: list[float] = field(default_factory=list)
    divergence: list[float] = field(default_factory=list)
    mass: list[float] = field(default_factory=list)

    def add(self, answer: Sequence[int], told: Tensor, dense: Tensor, mass: float | None) -> None:
        """Count one question; log-probabilities are [answer, vocabulary]."""
        hits = told.argmax(dim=-1).cpu() == torch.tensor(answer)
        self.right.append(bool(hits.all()))
        self.tokens.append(float(hits.float().mean()))
        self.divergence.append(float((dense.exp() * (dense - told)).sum(dim=-1).mean()))
        if mass is not None:
            self.mass.append(mass)

    def row(self, dense: Cell) -> dict[str, object]:
        """The cell as JSON, beside dense attention's: shares in percent, intervals Wilson's."""
        count, hits = len(self.right), sum(self.right)
        low, high = wilson(hits, count)
        pairs = list(zip(dense.right, self.right, strict=True))
        return {
            "n": count,
            "accuracy": round(100 * hits / count, 1),
            "ci95": [round(100 * low, 1), round(100 * high, 1)],
            "points_below_dense": round(100 * (sum(dense.right) - hits) / count, 1),
            "lost": sum(theirs and not ours for theirs, ours in pairs),
            "won": sum(ours and not theirs for theirs, ours in pairs),
            "token_accuracy": round(100 * mean(self.tokens), 1),
            "kl": round(mean(self.divergence), 4),
            "mass": round(mean(self.mass), 3) if self.mass else None,
        }


@dataclass(frozen=True, slots=True)
class Reader:
    """A causal model of `transformers` and its tokenizer."""

    model: Any
    tokenizer: Any

    def read(self, context: Sequence[int], method: Method | None = None) -> Any:
        """Read a text at once, by a method or as the model does by itself. Returns the cache."""
        cache = paged_cache(self.model.config, capacity=len(context) + 256)
        with _by(self.model, method):
            self._step(cache, context)
        return cache

    def tell(
        self, cache: Any, question: Question, method: Method | None, *, weigh: bool = False
    ) -> tuple[Tensor, float | None]:
        """Ask about a text that was read; the cache is afterwards as it was.

        Args:
            cache: What `read` returned.
            question: Asked in one step; its answer is given token by token.
            method: What attends; None is the model's own.
            weigh: Whether the attention mass that is kept is measured.

        Returns:
            Log-probabilities before each token of the answer, float32 [answer, vocabulary]; and
            the mass.
        """
        begun = cache.get_seq_length()
        answer, mass = question.answer, None
        with _by(self.model, method):
            told = [self._step(cache, question.ids)]
            for place, token in enumerate(answer[:-1]):
                if weigh and method is not None and place == 0:
                    with weighed(method) as masses:
                        told.append(self._step(cache, [token]))
                    mass = mean(masses)
                else:
                    told.append(self._step(cache, [token]))
        cache.crop(begun - cache.get_seq_length())
        return torch.stack(told).float().log_softmax(dim=-1), mass

    def _step(self, cache: Any, tokens: Sequence[int]) -> Tensor:
        """Logits behind the last of some tokens, [vocabulary]."""
        ids = torch.tensor([list(tokens)], device=self.model.device)
        logits: Tensor = self.model(input_ids=ids, cache=cache, logits_to_keep=1).logits[0, -1]
        return logits


def measure(
    lengths: Sequence[int],
    methods: Sequence[Method],
    needles: int,
    reader: Reader,
    *,
    tasks: Sequence[Task] = ("facts", "vt"),
    prefill: bool = False,
    seed: int = 0,
    hay: Hay = lines,
    say: Say = lambda line: None,
) -> dict[str, object]:
    """Ask a model needles by every method and by dense attention.

    Args:
        lengths: Tokens of text, question and answer together.
        methods: What is compared; `at_budget` makes them equal.
        needles: Questions a cell, rounded up to whole texts.
        reader: The model.
        tasks: See `benchmarks.needles`.
        prefill: Whether methods read the text, and not question and answer.
        seed: Of the texts.
        hay: What the texts are made of.
        say: Is told each cell as a line.

    Returns:
        "phase" ("decode" or "prefill") and "cells": task, length, method and what `Cell.row` has.

    Raises:
        ValueError: A length has no room for the needles of a task.
    """
    rows: list[dict[str, object]] = []
    names = ["dense", *(method.label for method in methods)]
    with torch.inference_mode():
        for task in tasks:
            for length in lengths:
                cells = {name: Cell() for name in names}
                for one in haystacks(reader.tokenizer, task, length, needles, seed=seed, hay=hay):
                    (_read_sparsely if prefill else _told_sparsely)(reader, one, methods, cells)
                for name, cell in cells.items():
                    row = {"task": task, "length": length, "method": name}
                    rows.append(row | cell.row(cells["dense"]))
                    say(line(rows[-1]))
    return {"phase": "prefill" if prefill else "decode", "cells": rows}


def _told_sparsely(
    reader: Reader, haystack: Haystack, methods: Sequence[Method], cells: dict[str, Cell]
) -> None:
    cache = reader.read(haystack.context)
    for question in haystack.questions:
        dense, _ = reader.tell(cache, question, None)
        cells["dense"].add(question.answer, dense, dense, 1.0)
        for method in methods:
            told, mass = reader.tell(cache, question, method, weigh=True)
            cells[method.label].add(question.answer, told, dense, mass)


def _read_sparsely(
    reader: Reader, haystack: Haystack, methods: Sequence[Method], cells: dict[str, Cell]
) -> None:
    cache = reader.read(haystack.context)
    dense = [reader.tell(cache, question, None)[0] for question in haystack.questions]
    for question, theirs in zip(haystack.questions, dense, strict=True):
        cells["dense"].add(question.answer, theirs, theirs, None)
    for method in methods:
        cache = reader.read(haystack.context, method)
        for question, theirs in zip(haystack.questions, dense, strict=True):
            told, _ = reader.tell(cache, question, None)
            cells[method.label].add(question.answer, told, theirs, None)


def load(name: str = "smollm2") -> Reader:
    """Load a model that is bundled, or lies in a folder or a GGUF file.

    Raises:
        egogpt.local_models.LocalModelError: It cannot be loaded, or has no tokenizer.
        egogpt.weights.WeightError: It is not there; the text has the command that fetches it.
    """
    from egogpt.local_models import LocalModelError, load_local_model
    from egogpt.weights import WeightStore

    found = load_local_model(name, WeightStore())
    if found.tokenizer is None:
        raise LocalModelError(f"{name} has no tokenizer; needles are made of words")
    return Reader(found.model, found.tokenizer)


def at_budget(name: str, tokens: int, **options: Any) -> Method:
    """A method that reads so many keys per key head and query, where it has such a number.

    Raises:
        UnknownMethod: There is no such method.
        ValueError: The budget is too small for it.
    """
    plain = create(name, **options)
    if "tokens" in {field.name for field in fields(plain)}:
        return create(name, tokens=tokens, **options)
    if name == "window":
        return create(name, window=tokens - plain.sinks, **options)
    return plain


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval of a share (1927): honest for few tries and shares near 0 or 1."""
    share, spread = hits / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def line(row: dict[str, Any]) -> str:
    """A cell for people."""
    low, high = row["ci95"]
    return (
        f"{row['task']:9}{row['length']:>6} {row['method']:36}{row['accuracy']:6.1f} % "
        f"[{low:.0f}, {high:.0f}]  tokens {row['token_accuracy']:5.1f} %  KL {row['kl']:.4f}"
        + (f"  mass {row['mass']:.3f}" if row["mass"] is not None else "")
    )


@contextmanager
def weighed(method: Method) -> Iterator[list[float]]:
    """Collect, of each layer that attends by a method, the dense mass on the keys it reads.

    What is chosen is asked for once more, without what the method remembers of earlier steps.
    """
    from transformers import AttentionInterface
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    masses: list[float] = []
    real = ALL_ATTENTION_FUNCTIONS[method.label]

    def spy(module: Any, query: Tensor, key: Tensor, *rest: Any, **options: Any) -> Any:
        scale = options.get("scaling") or query.shape[-1] ** -0.5
        masses.append(_mass(method, query, key, int(module.layer_idx), scale))
        return real(module, query, key, *rest, **options)

    AttentionInterface.register(method.label, spy)
    try:
        yield masses
    finally:
        AttentionInterface.register(method.label, real)


def _mass(method: Method, query: Tensor, key: Tensor, layer: int, scale: float) -> float:
    """Dense attention's mass on what one query [B, Hq, 1, d] sees of the keys, mean over heads."""
    first = torch.zeros(1, dtype=torch.int64, device=key.device)
    start = key.shape[2] - 1
    seen = visible(query, key, None, method, first, None, start, layer, scale)
    if seen is None:
        return 1.0
    folded = query.float().unflatten(1, (key.shape[1], -1))
    weights = (folded @ key.float()[:, :, None].transpose(-1, -2) * scale).softmax(dim=-1)
    return float((weights * seen).sum(dim=-1).mean())


@contextmanager
def _by(model: Any, method: Method | None) -> Iterator[None]:
    """Attend by a method, or as the model does."""
    if method is None:
        yield
        return
    with using(model, method):
        yield
