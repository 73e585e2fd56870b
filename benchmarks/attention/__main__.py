"""Compare the cost of each attention method with dense attention, side by side.

    python -m benchmarks.attention --json
    python -m benchmarks.attention --decode --lengths 16384 65536 --methods quest quest:block=64
    python -m benchmarks.attention --tokens --lengths 32768 131072 --methods dense spread
    python -m benchmarks.attention --quality --lengths 2048 4096 8192 --specs spread duo:share=25
    python -m benchmarks.attention --memory --lengths 65536 --methods spread --budget-mb 16

Each method runs through the very function that `transformers` calls, in turn with torch's dense
attention, so that whatever else the machine does falls on both. With one thread, the default, the
clock is that thread's own, which other programs do not disturb.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence

import torch
from torch import nn

from benchmarks.attention import (
    decode as attention_decode,
)
from benchmarks.attention import (
    memory as attention_memory,
)
from benchmarks.attention import (
    quality as attention_quality,
)
from benchmarks.attention import (
    tokens as attention_tokens,
)
from benchmarks.attention.default_method import DEFAULT, default_for, shown
from benchmarks.attention.needles import TASKS
from benchmarks.attention.report import line, report
from benchmarks.attention.timing import DTYPES, Geometry, Timing, bandwidth, interleaved
from kernels.base.method import Method
from kernels.engine.transformers_attention import Attention
from kernels.registry import METHODS, create, parse

SPECS = (
    "window", "quest", "spread", "spread:block=8", "hip", "tokenselect", "tidal", "recycled",
    "duo:share=25", "duo:share=25,within=spread", "duo:share=50,within=spread", "razor",
)  # fmt: skip
"""What quality is measured of unless told, as `attention_quality.at_budget` reads it."""


def prefill(
    methods: Sequence[Method], length: int, geometry: Geometry, repeats: int
) -> list[Timing]:
    """Time the methods against dense attention on one prompt of one layer."""
    sizes = [geometry.heads, geometry.kv_heads, geometry.kv_heads]
    tensors = [torch.randn(1, h, length, geometry.size, dtype=geometry.dtype) for h in sizes]
    query, key, value = tensors
    module = nn.Module()
    module.num_key_value_groups = geometry.heads // geometry.kv_heads  # type: ignore[assignment]

    def call(method: Method) -> list[Callable[[], object]]:
        attention = Attention(method)
        return [lambda: attention(module, query, key, value, None)]

    with torch.inference_mode():
        contestants = [call(method) for method in (create("dense"), *methods)]
        dense, *others = interleaved(contestants, repeats)
    return [
        Timing("prefill", shown(method), length, round(taken, 4), round(dense, 4), "dense")
        for method, taken in zip(methods, others, strict=True)
    ]


def named(text: str) -> Method | str:
    """A method as the command line names it: NAME or NAME:option=number,option=number."""
    if text == DEFAULT:
        return text  # it depends on the geometry
    try:
        name, options = parse(text)
        return create(name, **options)
    except (LookupError, TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line; without a part named, decode and prefill are measured."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.attention",
        description=__doc__.partition("\n")[0] if __doc__ else None,
    )
    parser.add_argument("--decode", action="store_true", help="only one query at a time")
    parser.add_argument("--prefill", action="store_true", help="only a whole prompt")
    parser.add_argument("--tokens", action="store_true", help="a token in a whole model")
    parser.add_argument("--memory", action="store_true", help="what keys and values take")
    parser.add_argument("--quality", action="store_true", help="needles on a real model")
    parser.add_argument("--lengths", type=int, nargs="+", default=[1024, 4096, 16384])
    others = [DEFAULT, *(create(name) for name in METHODS if name not in ("dense", "duo", "razor"))]
    parser.add_argument(
        "--methods", nargs="+", type=named, default=others, metavar="NAME[:OPTION=NUMBER,…]",
        help=f"default, {', '.join(METHODS)}; the first is the one whose ratios are told",
    )  # fmt: skip
    parser.add_argument("--dtype", choices=list(DTYPES), default="bf16")
    parser.add_argument("--size", type=int, default=64, help="elements of a key")
    parser.add_argument("--threads", type=int, default=1, help="more than 1: wall clock")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--budget-mb", type=int, default=64, help="of keys and values in files")
    parser.add_argument("--model", default="smollm2", help="whose needles are asked for")
    parser.add_argument("--needles", type=int, default=50, help="questions of each kind and length")
    parser.add_argument("--budget", type=int, default=2048, help="keys a query reads, for quality")
    parser.add_argument(
        "--specs", nargs="+", default=list(SPECS), metavar="NAME[:OPTION=VALUE,…]",
        help="methods whose quality is measured, at one budget",
    )  # fmt: skip
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=["facts", "vt"])
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print: a table on standard error, with --json an object on standard output."""
    options = arguments(argv)
    torch.set_num_threads(options.threads)
    geometry = Geometry(size=options.size, dtype=DTYPES[options.dtype])
    speed = bandwidth()
    parts = (options.decode, options.prefill, options.tokens, options.memory, options.quality)
    usual = not any(parts)
    timings: list[Timing] = []
    methods = _methods(options, geometry.kv_heads)
    for length in options.lengths if options.decode or usual else ():
        timings += attention_decode.measure(methods, length, geometry, options.repeats, speed)
        _say(timings[-len(methods) :])
    for length in options.lengths if options.prefill or usual else ():
        timings += prefill(methods, length, geometry, options.repeats)
        _say(timings[-len(methods) :])
    more: dict[str, object] = {}
    if options.tokens:
        more["tokens"] = _tokens(options)
    if options.memory:
        more["memory"] = attention_memory.measure(
            options.lengths, [method.name for method in methods],
            options.budget_mb << 20, attention_memory.default_folder(),
        )  # fmt: skip
    if options.quality:
        more["quality"] = _quality(options)
    if options.json:
        print(json.dumps(report(timings, geometry, speed) | more))


def _methods(options: argparse.Namespace, kv_heads: int, layers: int = 1) -> list[Method]:
    return [default_for(kv_heads, layers) if one == DEFAULT else one for one in options.methods]


def _tokens(options: argparse.Namespace) -> list[dict[str, object]]:
    model = attention_tokens.small_model(DTYPES[options.dtype])
    kv_heads, layers = model.config.num_key_value_heads, model.config.num_hidden_layers
    methods = {shown(method): method for method in _methods(options, kv_heads, layers)}
    costs = []
    for length in options.lengths:
        costs += attention_tokens.measure(methods, length, model, options.repeats)
        for cost in costs[-len(methods) :]:
            print(attention_tokens.line(cost), file=sys.stderr, flush=True)
    return attention_tokens.rows(costs)


def _quality(options: argparse.Namespace) -> dict[str, object]:
    reader = attention_quality.load(options.model)
    methods = {
        spec: attention_quality.at_budget(spec, options.budget, reader.model)
        for spec in options.specs
    }
    return attention_quality.measure(
        options.lengths, methods, options.needles, reader, tasks=options.tasks,
        say=lambda text: print(text, file=sys.stderr, flush=True),
    )  # fmt: skip


def _say(timings: Sequence[Timing]) -> None:
    for timing in timings:
        print(line(timing), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
