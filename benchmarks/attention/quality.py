"""Measure what sparse attention loses on a real model: needles, chains, distributions, mass.

Decoding: each text is read once, densely, and its keys are kept. Each question is then read, and
its answer told token by token, by each method on those kept keys; what follows a question is cut
off again. So it is decoding that is judged here, as of a day that was read once and is asked about
many times. An answer is right when each of its tokens is the likeliest after those before it, which
is what greedy decoding would write.

Prefill: the text itself is read by the method, and questions are asked densely. Needles hardly
tell prefill methods apart; chains and distributions do.

Methods meet at an equal budget of keys per key head and query, and how many they did read is told.
Attention mass is reported because papers do; it does not predict answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from statistics import mean
from typing import Any

import torch
from torch import Tensor

from benchmarks.attention.needles import Hay, Haystack, Question, Task, haystacks
from benchmarks.attention.quality_cells import Cell, Seen, line
from egogpt.attention.retrieval_heads import BY_STUDY, by_heads
from egogpt.long_context.haystack import lines
from kernels.base.method import Method
from kernels.base.visibility import visible
from kernels.cache.paged_cache import paged_cache
from kernels.registry import create, using

Say = Callable[[str], None]


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
    ) -> tuple[Tensor, Seen | None]:
        """Ask about a text that was read; the cache is afterwards as it was.

        Args:
            cache: What `read` returned.
            question: Asked in one step; its answer is given token by token.
            method: What attends; None is the model's own.
            weigh: Whether it is measured what the method sees.

        Returns:
            Log-probabilities before each token of the answer that counts, float32 [counted,
            vocabulary]; and what was seen.
        """
        begun = cache.get_seq_length()
        answer, seen = question.answer, None
        with _by(self.model, method):
            told = [self._step(cache, question.ids)]
            for place, token in enumerate(answer[:-1]):
                if weigh and method is not None and place == 0:
                    with weighed(method) as layers:
                        told.append(self._step(cache, [token]))
                    seen = Seen(mean(one.mass for one in layers), mean(one.keys for one in layers))
                else:
                    told.append(self._step(cache, [token]))
        cache.crop(begun - cache.get_seq_length())
        counted = torch.stack(told)[torch.tensor(question.counts, device=told[0].device)]
        return counted.float().log_softmax(dim=-1), seen

    def _step(self, cache: Any, tokens: Sequence[int]) -> Tensor:
        """Logits behind the last of some tokens, [vocabulary]."""
        ids = torch.tensor([list(tokens)], device=self.model.device)
        logits: Tensor = self.model(input_ids=ids, cache=cache, logits_to_keep=1).logits[0, -1]
        return logits


def measure(
    lengths: Sequence[int],
    methods: Mapping[str, Method],
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
        methods: What is compared, by the names to report; `at_budget` makes them equal. "dense" is
            always among them, and is not told apart from the model's own.
        needles: Questions a cell, rounded up to whole texts.
        reader: The model.
        tasks: See `benchmarks.attention.needles`.
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
    methods = {name: method for name, method in methods.items() if name != "dense"}
    with torch.inference_mode():
        for task in tasks:
            for length in lengths:
                cells = {name: Cell() for name in ("dense", *methods)}
                for one in haystacks(reader.tokenizer, task, length, needles, seed=seed, hay=hay):
                    (_read_sparsely if prefill else _told_sparsely)(reader, one, methods, cells)
                for name, cell in cells.items():
                    row = {"task": task, "length": length, "method": name}
                    rows.append(row | cell.row(cells["dense"]))
                    say(line(rows[-1]))
    return {"phase": "prefill" if prefill else "decode", "cells": rows}


def counted(question: Question) -> list[int]:
    """The answer's tokens that count."""
    pairs = zip(question.answer, question.counts, strict=True)
    return [token for token, counts in pairs if counts]


def _told_sparsely(
    reader: Reader, haystack: Haystack, methods: Mapping[str, Method], cells: dict[str, Cell]
) -> None:
    cache = reader.read(haystack.context)
    for question in haystack.questions:
        dense, _ = reader.tell(cache, question, None)
        everything = Seen(1.0, cache.get_seq_length() + len(question.ids) + 1)
        cells["dense"].add(counted(question), dense, dense, everything)
        for name, method in methods.items():
            told, seen = reader.tell(cache, question, method, weigh=True)
            cells[name].add(counted(question), told, dense, seen)


def _read_sparsely(
    reader: Reader, haystack: Haystack, methods: Mapping[str, Method], cells: dict[str, Cell]
) -> None:
    cache = reader.read(haystack.context)
    dense = [reader.tell(cache, question, None)[0] for question in haystack.questions]
    for question, theirs in zip(haystack.questions, dense, strict=True):
        cells["dense"].add(counted(question), theirs, theirs)
    for name, method in methods.items():
        cache = reader.read(haystack.context, method)
        for question, theirs in zip(haystack.questions, dense, strict=True):
            told, _ = reader.tell(cache, question, None)
            cells[name].add(counted(question), told, theirs)


def load(name: str = "smollm2") -> Reader:
    """Load a model that is bundled, or lies in a folder or a GGUF file.

    Raises:
        egogpt.llm.transformers_models.LocalModelError: It cannot be loaded, or has no tokenizer.
        egogpt.weights.store.WeightError: It is not there; the text has the command that fetches it.
    """
    from egogpt.llm.transformers_models import LocalModelError, load_local_model
    from egogpt.weights.store import WeightStore

    found = load_local_model(name, WeightStore())
    if found.tokenizer is None:
        raise LocalModelError(f"{name} has no tokenizer; needles are made of words")
    return Reader(found.model, found.tokenizer)


def at_budget(spec: str, tokens: int, model: Any = None) -> Method:
    """A method that reads so many keys per key head and query, where it can be told to.

    Args:
        spec: A registered name, with options behind it: "spread", "spread:query_block=1",
            "razor:share=15", "duo:share=25" (percent of the key heads, which see all) or
            "duo:share=25,within=spread" (which share what the other heads leave of the budget);
            "kind=gate" goes by trained gates, and "tidal:share=25" by so many choosing layers.
        tokens: The budget.
        model: Needed by "duo", "razor" and "tidal", whose heads have been found for it.

    Raises:
        UnknownMethod: There is no such method.
        egogpt.attention.retrieval_heads.HeadsUnknown: The text has the command that finds them.
        ValueError: The budget is too small for it, or an option is none.
    """
    name, _, rest = spec.partition(":")
    given = dict(pair.split("=", 1) for pair in rest.split(",") if rest)
    if name in BY_STUDY:
        return _by_heads(name, tokens, model, given)
    options: dict[str, Any] = {key: int(value) for key, value in given.items()}
    plain = create(name, **options)
    if "tokens" in {one.name for one in fields(plain)}:
        options.setdefault("tokens", tokens)
    elif name == "window":
        options.setdefault("window", tokens - plain.sinks)
    return create(name, **options)


def _by_heads(name: str, tokens: int, model: Any, arguments: dict[str, str]) -> Method:
    usual = {"duo": 50, "razor": 15, "tidal": 25}[name]
    share = int(arguments.pop("share", usual)) / 100
    within, kind = arguments.pop("within", None), arguments.pop("kind", "")
    options: dict[str, Any] = {key: int(value) for key, value in arguments.items()}
    if name == "tidal":
        return by_heads(model, name, share, tokens=tokens, **options)
    plain = by_heads(model, name, share, kind, **options)
    if within is not None:
        near = plain.sinks + plain.window
        left = round((tokens - (1 - share) * near) / share)
        options["within"] = create(within, tokens=left)
    return by_heads(model, name, share, kind, **options)


@contextmanager
def weighed(method: Method) -> Iterator[list[Seen]]:
    """Collect what a method sees of each layer that attends by it, one query at a time.

    What is chosen is asked for once more, without what the method remembers of earlier steps.
    """
    from transformers import AttentionInterface
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    layers: list[Seen] = []
    real = ALL_ATTENTION_FUNCTIONS[method.label]

    def spy(module: Any, query: Tensor, key: Tensor, *rest: Any, **options: Any) -> Any:
        scale = options.get("scaling") or query.shape[-1] ** -0.5
        layers.append(_seen(method, query, key, int(module.layer_idx), scale))
        return real(module, query, key, *rest, **options)

    AttentionInterface.register(method.label, spy)
    try:
        yield layers
    finally:
        AttentionInterface.register(method.label, real)


def _seen(method: Method, query: Tensor, key: Tensor, layer: int, scale: float) -> Seen:
    """What one query [B, Hq, 1, d], the last of the keys, sees; means over heads."""
    first, total = torch.zeros(1, dtype=torch.int64, device=key.device), key.shape[2]
    seen = visible(query, key, None, method, first, None, total - 1, layer, scale)
    if seen is None:
        return Seen(1.0, total)
    folded = query.float().unflatten(1, (key.shape[1], -1))
    weights = (folded @ key.float()[:, :, None].transpose(-1, -2) * scale).softmax(dim=-1)
    return Seen(float((weights * seen).sum(-1).mean()), float(seen.float().sum(-1).mean()))


@contextmanager
def _by(model: Any, method: Method | None) -> Iterator[None]:
    """Attend by a method, or as the model does."""
    if method is None:
        yield
        return
    with using(model, method):
        yield
