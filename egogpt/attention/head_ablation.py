"""Ablate single heads of a decoder, and find those that its next words hang on most.

    prompts = AblatedPrompts(loaded, [ids, …])                # token ids, one text each
    effects = prompts.ships([(head,) for head in heads])      # KL in nats, each alone
    together = prompts.sahara(shortlist, 5)                    # heads that turn its states together
    prompts.replies(0, [(), together], 32, ("\n",))          # what it writes with all, and without

A head is ablated by scaling what it adds to the output projection (the paper's scaled contribution)
from the first token on in which the prompts differ; what they all begin with is read once.

Source: Zhou et al., On the Role of Attention Heads in Large Language Model Safety, ICLR 2025,
arXiv 2410.13708: Ships in 3.2, Sahara in 4.1 and its algorithm 1.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from typing import Any

import torch
from torch import Tensor, nn

from egogpt.runtime.decoder_layers import UnsupportedModel, find_decoder
from egogpt.runtime.generation import Loaded, cut_at, generated
from egogpt.sinks.head_search import Head

SCALE = 1e-5
"""What is left of an ablated head."""
_RANK = 4  # directions of the stacked states that are compared
_PROJECTIONS = ("o_proj", "out_proj", "dense", "c_proj", "wo")
_BATCH = 14  # rows that are read at once

Tell = Callable[[int, int], None]
"""Hears how many passes are over, and of how many."""


def every_head(model: Any) -> list[Head]:
    """The heads that can be ablated: those of layers that see the whole context."""
    decoder = find_decoder(model)
    layers = (layer.index for layer in decoder.layers if layer.attention is not None)
    return [(layer, head) for layer in layers for head in range(decoder.heads)]


@contextmanager
def ablated(model: Any, rows: Sequence[Collection[Head]], scale: float = SCALE) -> Iterator[None]:
    """Scale down what some heads contribute, in each row of a batch its own.

    Raises:
        UnsupportedModel: The output projection of a layer cannot be told.
    """
    decoder = find_decoder(model)
    factors = torch.ones(len(decoder.layers), len(rows), decoder.heads)
    for row, heads in enumerate(rows):
        for layer, head in heads:
            factors[layer, row, head] = scale
    hooks = [
        _projection(layer.attention).register_forward_pre_hook(partial(_scaled, of_layer))
        for layer, of_layer in zip(decoder.layers, factors, strict=True)
        if layer.attention is not None and bool((of_layer != 1).any())
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _projection(attention: nn.Module) -> nn.Module:
    for name in _PROJECTIONS:
        if isinstance(projection := getattr(attention, name, None), nn.Module):
            return projection
    raise UnsupportedModel(
        f"{type(attention).__name__} has no output projection called {', '.join(_PROJECTIONS)}: "
        "its heads cannot be told apart"
    )


def _scaled(factors: Tensor, module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    mixed, *others = inputs  # [rows, tokens, heads * channels]
    by_head = mixed.reshape(*mixed.shape[:-1], factors.shape[1], -1)
    return ((by_head * factors.to(by_head)[:, None, :, None]).flatten(-2), *others)


@dataclass
class AblatedPrompts:
    """Texts that a model reads with heads ablated.

    Attributes:
        ready: The model and its tokenizer.
        prompts: Token ids of each text, two or more that begin alike.
        states: Last-token states of each set of heads that was tried, [prompts, D].
    """

    ready: Loaded
    prompts: Sequence[Sequence[int]]
    states: dict[tuple[Head, ...], Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what all prompts begin with."""
        alike = takewhile(lambda column: len(set(column)) == 1, zip(*self.prompts))
        self._shared = min(sum(1 for _ in alike), min(map(len, self.prompts)) - 1)
        first = torch.tensor([self.prompts[0][: self._shared]], device=self.ready.device)
        with torch.inference_mode():
            self._begun = self.ready.model(input_ids=first, use_cache=True).cache

    def ships(self, sets: Sequence[tuple[Head, ...]], tell: Tell | None = None) -> list[float]:
        """Mean KL divergence (nats) of the next token, intact against each set of heads ablated."""
        rows = [(), *sets]
        sums, stacked = torch.zeros(len(sets)), []
        for number in range(len(self.prompts)):
            parts = []
            for start in range(0, len(rows), _BATCH):
                parts.append(self._last(number, rows[start : start + _BATCH]))
                if tell is not None:
                    tell(number * len(rows) + start, len(self.prompts) * len(rows))
            logs, states = (torch.cat(each) for each in zip(*parts))
            sums += (logs[0].exp() * (logs[0] - logs[1:])).sum(-1)
            stacked.append(states)
        self.states |= dict(zip(rows, torch.stack(stacked, 1)))
        return [float(total) / len(self.prompts) for total in sums]

    def sahara(self, heads: Sequence[Head], most: int) -> tuple[Head, ...]:
        """The heads, chosen one after the other, that together turn the stacked states furthest.

        The turn is the sum of the angles between the main directions of the intact and the
        ablated states.
        """
        chosen: tuple[Head, ...] = ()
        for _ in range(most):
            sets = [(*chosen, head) for head in heads if head not in chosen]
            self.ships([each for each in sets if each not in self.states])
            chosen = max(sets, key=lambda each: turn(self.states[()], self.states[each]))
        return chosen

    def replies(
        self, number: int, sets: Sequence[Collection[Head]], most: int, stop: Sequence[str]
    ) -> list[str]:
        """What the model writes behind a prompt, with each set of heads ablated."""
        ids = torch.tensor([self.prompts[number]] * len(sets), device=self.ready.device)
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        with ablated(self.ready.model, sets):
            texts = generated(self.ready, inputs | {"cache": self._cache(len(sets))}, most, stop)
        return [cut_at(text.lstrip(), stop).strip() for text in texts]

    def _last(self, number: int, rows: Sequence[Collection[Head]]) -> tuple[Tensor, Tensor]:
        """Log-probabilities of the next token [rows, vocabulary], and the states [rows, D]."""
        ids = torch.tensor([self.prompts[number][self._shared :]], device=self.ready.device)
        first = min((layer for heads in rows for layer, _ in heads), default=0)
        block = find_decoder(self.ready.model).layers[first].block
        # Before the first layer with an ablated head all rows are one.
        hook = block.register_forward_pre_hook(partial(_repeated, len(rows)), with_kwargs=True)
        try:
            with torch.inference_mode(), ablated(self.ready.model, rows):
                output = self.ready.model(
                    input_ids=ids, cache=self._cache(len(rows), first),
                    output_hidden_states=True, logits_to_keep=1,
                )  # fmt: skip
        finally:
            hook.remove()
        logs = output.logits[:, -1].float().log_softmax(-1)
        return logs.cpu(), output.hidden_states[-1][:, -1].float().cpu()

    def _cache(self, rows: int, first: int = 0) -> Any:
        """What was read of the prompts' beginning, for so many rows from a layer on."""
        cache = copy.deepcopy(self._begun)
        for layer in cache.layers[first:]:
            layer.batch_repeat_interleave(rows)
        return cache


def _repeated(rows: int, module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> Any:
    if inputs:
        return (inputs[0].expand(rows, -1, -1), *inputs[1:]), named
    return inputs, named | {"hidden_states": named["hidden_states"].expand(rows, -1, -1)}


def turn(intact: Tensor, changed: Tensor, rank: int = _RANK) -> float:
    """The sum of principal angles (radians) between the main directions of states [N, D]."""
    mine, theirs = (torch.linalg.svd(each, full_matrices=False).Vh[:rank] for each in
                    (intact, changed))  # fmt: skip
    return float(torch.linalg.svdvals(mine @ theirs.T).clamp(max=1).arccos().sum())
