"""How much cheaper than dense attention each method is, measured side by side.

    python -m benchmarks.attention --json
    python -m benchmarks.attention --decode --lengths 16384 65536 --methods quest quest:block=64

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

from benchmarks import attention_decode
from benchmarks.attention_report import line, report
from benchmarks.attention_timing import DTYPES, Geometry, Timing, bandwidth, interleaved
from kernels.attention import Attention
from kernels.method import Method
from kernels.registry import METHODS, check_environment, create


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
        Timing("prefill", method.label, length, round(taken, 4), round(dense, 4), "dense")
        for method, taken in zip(methods, others, strict=True)
    ]


def named(text: str) -> Method:
    """A method as the command line names it: NAME or NAME:option=number,option=number."""
    name, _, options = text.partition(":")
    pairs = (pair.partition("=") for pair in options.split(",") if pair)
    try:
        return create(name, **{option: int(number) for option, _, number in pairs})
    except (LookupError, TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line; without --decode or --prefill both are measured."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.attention", description=__doc__.partition("\n")[0] if __doc__ else None
    )
    parser.add_argument("--decode", action="store_true", help="only one query at a time")
    parser.add_argument("--prefill", action="store_true", help="only a whole prompt")
    parser.add_argument("--lengths", type=int, nargs="+", default=[1024, 4096, 16384])
    others = [create(name) for name in METHODS if name != "dense"]
    parser.add_argument(
        "--methods", nargs="+", type=named, default=others, metavar="NAME[:OPTION=NUMBER,…]",
        help=f"of {', '.join(METHODS)}; the first is the one whose ratios are told",
    )  # fmt: skip
    parser.add_argument("--dtype", choices=list(DTYPES), default="bf16")
    parser.add_argument("--size", type=int, default=64, help="elements of a key")
    parser.add_argument("--threads", type=int, default=1, help="more than 1: wall clock")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print: a table on standard error, with --json an object on standard output."""
    options = arguments(argv)
    check_environment()
    torch.set_num_threads(options.threads)
    geometry = Geometry(size=options.size, dtype=DTYPES[options.dtype])
    speed = bandwidth()
    both = options.decode == options.prefill
    timings = []
    for length in options.lengths if options.decode or both else ():
        timings += attention_decode.measure(
            options.methods, length, geometry, options.repeats, speed
        )
        _say(timings[-len(options.methods) :])
    for length in options.lengths if options.prefill or both else ():
        timings += prefill(options.methods, length, geometry, options.repeats)
        _say(timings[-len(options.methods) :])
    if options.json:
        print(json.dumps(report(timings, geometry, speed)))


def _say(timings: Sequence[Timing]) -> None:
    for timing in timings:
        print(line(timing), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
