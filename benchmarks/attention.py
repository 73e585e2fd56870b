"""How much cheaper than dense attention each method is, measured side by side.

    python -m benchmarks.attention --json

Each method runs through the very function that `transformers` calls, in turn with dense attention
(torch's SDPA), so that whatever else the machine does falls on both. Decoding walks through
several layers' keys, as a model does, so that they do not stay in the processor's cache. With one
thread, the default, the clock is that thread's own, which other programs do not disturb.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median

import torch
from torch import Tensor, nn

from kernels.attention import Attention
from kernels.method import Method
from kernels.registry import METHODS, check_environment, create

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class Geometry:
    """The shape of one attention layer and how many layers' keys are cycled through."""

    heads: int = 8
    kv_heads: int = 2
    size: int = 64
    layers: int = 4
    dtype: torch.dtype = torch.bfloat16

    def layer(self, asked: int, total: int) -> tuple[Tensor, Tensor, Tensor]:
        """Random query, key and value of one layer, batch 1."""
        sizes = [(self.heads, asked), (self.kv_heads, total), (self.kv_heads, total)]
        query, key, value = (torch.randn(1, h, n, self.size, dtype=self.dtype) for h, n in sizes)
        return query, key, value


@dataclass(frozen=True, slots=True)
class Timing:
    """Median milliseconds of one call of one method at one length, and of dense beside it."""

    mode: str
    method: str
    length: int
    milliseconds: float
    dense_milliseconds: float

    @property
    def ratio(self) -> float:
        """How many times faster than dense."""
        return self.dense_milliseconds / self.milliseconds


def interleaved(calls: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Median milliseconds of each call, all called in turn in every round."""
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats + 1):
        for call, times in zip(calls, taken, strict=True):
            begun = clock()
            call()
            times.append(1000 * (clock() - begun))
    return [median(times[1:]) for times in taken]


def measure(
    mode: str, methods: Sequence[Method], length: int, geometry: Geometry, repeats: int
) -> list[Timing]:
    """Time the methods against dense at one length; mode is "decode" or "prefill"."""
    asked, layers = (1, geometry.layers) if mode == "decode" else (length, 1)
    kept = [geometry.layer(asked, length) for _ in range(layers)]
    module = nn.Module()
    module.num_key_value_groups = geometry.heads // geometry.kv_heads  # type: ignore[assignment]

    def call(method: Method) -> Callable[[], object]:
        attention = Attention(method)
        return lambda: [attention(module, *tensors, None) for tensors in kept]

    with torch.inference_mode():
        dense, *others = interleaved([call(m) for m in (create("dense"), *methods)], repeats)
    return [
        Timing(mode, method.label, length, round(taken / layers, 4), round(dense / layers, 4))
        for method, taken in zip(methods, others, strict=True)
    ]


def report(timings: Sequence[Timing]) -> dict[str, object]:
    """The JSON object: ratios of the first method by length, and every timing."""
    first = timings[0].method
    ratios = {
        f"{mode}_ratio": {
            str(t.length): round(t.ratio, 2)
            for t in timings
            if t.mode == mode and t.method == first
        }
        for mode in ("decode", "prefill")
    }
    rows = [{**asdict(timing), "ratio": round(timing.ratio, 2)} for timing in timings]
    return {**ratios, "method": first, "threads": torch.get_num_threads(), "timings": rows}


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line; without --decode or --prefill both are measured."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.attention", description=__doc__.partition("\n")[0] if __doc__ else None
    )

    parser.add_argument("--decode", action="store_true", help="only one query at a time")
    parser.add_argument("--prefill", action="store_true", help="only a whole prompt")
    parser.add_argument("--lengths", type=int, nargs="+", default=[1024, 4096, 16384])
    others = [name for name in METHODS if name != "dense"]
    parser.add_argument("--methods", nargs="+", default=others, choices=list(METHODS))
    parser.add_argument("--dtype", choices=list(DTYPES), default="bf16")
    parser.add_argument("--threads", type=int, default=1, help="more than 1: wall clock")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print: a table on standard error, with --json an object on standard output."""
    options = arguments(argv)
    check_environment()
    torch.set_num_threads(options.threads)
    geometry = Geometry(dtype=DTYPES[options.dtype])
    methods = [create(name) for name in options.methods]
    modes = [m for m in ("decode", "prefill") if getattr(options, m)] or ["decode", "prefill"]
    timings = []
    for mode in modes:
        for length in options.lengths:
            repeats = options.repeats * (5 if mode == "decode" else 1)
            for timing in measure(mode, methods, length, geometry, repeats):
                timings.append(timing)
                print(
                    f"{mode:8}{length:>8} {timing.method:16}{timing.milliseconds:10.3f} ms"
                    f"   dense {timing.dense_milliseconds:10.3f} ms   {timing.ratio:6.2f}x",
                    file=sys.stderr,
                )
    if options.json:
        print(json.dumps(report(timings)))


if __name__ == "__main__":
    main()
