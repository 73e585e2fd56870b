"""Measure the cost of a generated token in a whole model, against stock `transformers`.

The model has the geometry of SmolLM2-135M (30 layers, 9 query and 3 key heads of 64) and random
weights, since neither changes what a token costs; its caches are filled with random keys and
values instead of a prompt that would take hours to read at 128 k.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import torch

from kernels.base.method import Method
from kernels.cache.paged_cache import paged_cache
from kernels.registry import using

GEOMETRY = {
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "vocab_size": 49152,
    "max_position_embeddings": 1 << 20,
    "tie_word_embeddings": True,
}


@dataclass(frozen=True, slots=True)
class TokenCost:
    """Median milliseconds of one generated token, and of stock `transformers` beside it."""

    method: str
    length: int
    milliseconds: float
    stock_milliseconds: float

    @property
    def ratio(self) -> float:
        """How many times faster than the stock cache under dense SDPA."""
        return self.stock_milliseconds / self.milliseconds


def small_model(dtype: torch.dtype = torch.bfloat16, **changes: Any) -> Any:
    """A random Llama of SmolLM2's geometry."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(**{**GEOMETRY, **changes})
    model = LlamaForCausalLM._from_config(config, attn_implementation="sdpa", dtype=dtype)
    return model.eval()


def fill(cache: Any, model: Any, length: int) -> Any:
    """Write random keys and values for `length` tokens into each layer."""
    config = model.config
    size = config.hidden_size // config.num_attention_heads
    noise = torch.Generator().manual_seed(0)
    for layer in range(config.num_hidden_layers):
        shape = (1, config.num_key_value_heads, length, size)
        keys, values = (
            torch.randn(shape, generator=noise).to(model.dtype) for _ in ("keys", "values")
        )
        cache.update(keys, values, layer)
    return cache


def measure(
    methods: Mapping[str, Method], length: int, model: Any, tokens: int = 5
) -> list[TokenCost]:
    """Generate tokens behind a context, each way in turn.

    Args:
        methods: What to measure, by the name to print.
        length: Tokens in the context.
        model: A causal language model.
        tokens: Measured tokens of each way; one more is generated first and not counted.
    """
    from transformers import DynamicCache

    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    stock = fill(DynamicCache(config=model.config), model, length)
    paged = fill(paged_cache(model.config, capacity=length + 8), model, length)
    word = torch.ones(1, 1, dtype=torch.int64)

    def written(cache: Any) -> float:
        begun = clock()
        model(word, cache=cache)
        taken = 1000 * (clock() - begun)
        cache.crop(-1)
        return taken

    def by(method: Method) -> Callable[[], float]:
        def call() -> float:
            with using(model, method):
                return written(paged)

        return call

    ways: dict[str, Callable[[], float]] = {"stock": lambda: written(stock)}
    ways |= {name: by(method) for name, method in methods.items()}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    with torch.inference_mode():
        for _ in range(tokens + 1):
            for name, way in ways.items():
                taken[name].append(way())
    middle = {name: round(median(times[1:]), 2) for name, times in taken.items()}
    return [TokenCost(name, length, middle[name], middle["stock"]) for name in methods]


def line(cost: TokenCost) -> str:
    """One row of the table."""
    return (
        f"token   {cost.length:>8} {cost.method:28}{cost.milliseconds:10.2f} ms   "
        f"stock {cost.stock_milliseconds:10.2f} ms   {cost.ratio:7.2f}x"
    )


def rows(costs: Sequence[TokenCost]) -> list[dict[str, object]]:
    """The costs as JSON objects."""
    return [{**asdict(cost), "ratio": round(cost.ratio, 2)} for cost in costs]
