"""Measure VAR and ACT where sinks were planted, and the cost of VAR beside plain SDPA.

    python -m benchmarks.sinks.redistribution --json

A tiny model is trained on the spot for each seed (`planted_sinks.py`). Times: the attention
function of one layer as `transformers` calls it, plain SDPA and SDPA with VAR on top in turn; with
one thread the clock is that thread's own.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import mean, median
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.attention.timing import DTYPES, Geometry
from benchmarks.sinks.act_unguarded import unguarded
from benchmarks.sinks.planted_sinks import SKY_DIMENSIONS, Batch, Task, planted
from egogpt.sinks.calibration import ActSettings, calibration
from egogpt.sinks.head_search import HeadSet, select_heads
from egogpt.sinks.redistribution import VarSettings, redistribution
from egogpt.sinks.sinks import SinkProfile
from kernels.corrections.attention_calibration import CalibrationRule
from kernels.corrections.correction import install, register_on_top, remove
from kernels.corrections.visual_redistribution import Redistribution, VisualRedistribution

BIASES = (0.0, 3.0, 4.0, 5.0)
RULES = ((0.3, 0.0), (0.6, 0.0), (1.0, 0.0), (0.6, 0.5), (0.6, 0.8))
PROFILE = SinkProfile(SKY_DIMENSIONS, 5.0, "planted")
# The guards' lengths fit long prompts; this one has 27 tokens.
GUARDED = CalibrationRule(beta=0.4, alpha=5.0, min_viewers=4, min_tokens=16)


@dataclass(frozen=True, slots=True)
class Layers(Geometry):
    """A model's attention, and how many layers' keys are cycled through, as when it writes."""

    layers: int = 4

    def layer(self, asked: int, total: int) -> tuple[Tensor, Tensor, Tensor]:
        """Random query, key and value of one layer, batch 1."""
        sizes = [(self.heads, asked), (self.kv_heads, total), (self.kv_heads, total)]
        query, key, value = (torch.randn(1, h, n, self.size, dtype=self.dtype) for h, n in sizes)
        return query, key, value


EGOGPT = Layers(heads=28, kv_heads=4, size=128)
TINY = Layers(heads=14, kv_heads=2, size=64)


def measure_var(task: Task, test: Batch) -> dict[str, dict[str, float]]:
    """Accuracy by bias, without VAR and by rule."""
    found: dict[str, dict[str, float]] = {}
    for bias in BIASES:
        mask = planted(test, bias)
        row = found[f"{bias:g}"] = {"off": task.accuracy(test, mask)}
        for p, rho in RULES:
            rule = Redistribution.from_paper(p, rho)
            settings = VarSettings(PROFILE, rule, first_layer=0, last_layer_too=True)
            with redistribution(task.model, settings, test.visual):
                row[f"p={p:g} rho={rho:g}"] = task.accuracy(test, mask)
    return found


def measure_act(task: Task, test: Batch, held_out: Batch) -> dict[str, dict[str, float]]:
    """Accuracy by bias: off, guarded and unguarded; and what the guarded detector finds."""
    heads = {layer: tuple(range(4)) for layer in range(3)}
    chosen = search_heads(task, held_out).by_layer()
    found: dict[str, dict[str, float]] = {}
    for bias in BIASES:
        mask = planted(test, bias, "all")
        row = found[f"{bias:g}"] = {"off": task.accuracy(test, mask)}
        for name, some in (("guarded, all heads", heads), ("guarded, found heads", chosen)):
            with calibration(task.model, ActSettings(some, GUARDED), ~test.visual) as layers:
                row[name] = task.accuracy(test, mask)
            if some is heads:
                row |= detected(test, [one.sinks for one in layers.values()])
        for looks in ("last row", "all rows"):
            with unguarded(task.model, looks, GUARDED.beta, GUARDED.alpha):  # type: ignore[arg-type]
                row[f"unguarded, {looks}"] = task.accuracy(test, mask)
    return found


def search_heads(task: Task, held_out: Batch, bias: float = 4.0) -> HeadSet:
    """Greedy forward selection over the tiny model's twelve heads."""
    mask = planted(held_out, bias, "all")
    every = [(layer, head) for layer in range(3) for head in range(4)]

    def score(heads: Sequence[tuple[int, int]]) -> float:
        settings = ActSettings(HeadSet("", "", heads=tuple(heads)).by_layer(), GUARDED)
        with calibration(task.model, settings, ~held_out.visual):
            return task.accuracy(held_out, mask)

    return select_heads(HeadSet("", ""), score, every, budget=len(every))


def detected(test: Batch, sinks: Sequence[Any]) -> dict[str, float]:
    """How many of the detector's sinks are sky, and how many of the sky patches it found."""
    both = sky = flagged = 0
    for one in sinks:
        flags = one.any(dim=1)
        both += int((flags & test.sky).sum())
        sky, flagged = sky + int(test.sky.sum()), flagged + int(flags.sum())
    return {"detector precision": both / max(1, flagged), "detector recall": both / sky}


def measure_overhead(
    geometry: Layers, tokens: int, text: int, repeats: int, mode: str
) -> dict[str, Any]:
    """Milliseconds of one layer's attention: plain, with VAR on top, and with VAR off.

    All three take turns in every round, in changing order; ratios are medians over rounds, so
    that a round in which the machine did something else counts as one.
    """
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS as FUNCTIONS

    asked, layers = (1, geometry.layers) if mode == "decode" else (tokens, 1)
    kept = [geometry.layer(asked, tokens) for _ in range(layers)]
    corrected = [_corrected(geometry, tokens, text, mode) for _ in kept]
    bare = _layer(geometry)
    plain, on_top = FUNCTIONS["sdpa"], FUNCTIONS[register_on_top("var")]

    def with_var() -> None:
        for (module, correction), tensors in zip(corrected, kept):
            correction.written = tokens - asked
            on_top(module, *tensors, None)

    calls = [
        lambda: [plain(bare, *tensors, None) for tensors in kept],
        with_var,
        lambda: [on_top(bare, *tensors, None) for tensors in kept],
    ]
    with torch.inference_mode():
        rounds = taken_turns(calls, repeats)
    plain_ms, var_ms, off_ms = (median(times) / layers for times in zip(*rounds))
    for module, correction in corrected:
        assert correction.times_chosen is None
        remove(module)
    return {
        "mode": mode,
        "heads": f"{geometry.heads}/{geometry.kv_heads}x{geometry.size}",
        "dtype": str(geometry.dtype).removeprefix("torch."),
        "tokens": tokens,
        "text_tokens": text,
        "sdpa_ms": round(plain_ms, 3),
        "var_ms": round(var_ms, 3),
        "off_ms": round(off_ms, 3),
        "ratio": round(median(one[1] / one[0] for one in rounds), 3),
        "ratio_off": round(median(one[2] / one[0] for one in rounds), 3),
    }


def taken_turns(calls: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Milliseconds of each call in each round; the first call of a round changes."""
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    found = []
    for number in range(rounds + 1):
        times = [0.0] * len(calls)
        for turn in range(len(calls)):
            place = (number + turn) % len(calls)
            begun = clock()
            calls[place]()
            times[place] = 1000 * (clock() - begun)
        found.append(times)
    return found[1:]


def _layer(geometry: Layers) -> nn.Module:
    module = nn.Module()
    module.num_key_value_groups = geometry.heads // geometry.kv_heads  # type: ignore[assignment]
    module.is_causal = True  # type: ignore[assignment]
    return module


def _corrected(
    geometry: Layers, tokens: int, text: int, mode: str, sinks: int = 20
) -> tuple[nn.Module, VisualRedistribution]:
    """A layer with a prompt: 20 tokens, a picture with sinks, the rest of the text."""
    length = tokens if mode == "prefill" else tokens - 8  # eight were decoded already
    visual = torch.zeros(1, length, dtype=torch.bool)
    visual[:, 20 : tokens - text + 20] = True
    asking = torch.zeros_like(visual)
    asking[:, tokens - text + 20 :] = True
    marked = torch.zeros_like(visual)
    marked[:, 0] = True
    marked[:, torch.randperm(tokens - text)[:sinks] + 20] = True
    rule = Redistribution.from_paper(p=0.6, rho=0.0)
    correction = VisualRedistribution(rule, visual, asking)
    correction.mark(marked)
    correction.begin(1, length, length)
    module = _layer(geometry)
    install(module, correction)
    return module, correction


def averaged(runs: Sequence[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """The mean over seeds."""
    return {
        bias: {name: round(mean(run[bias][name] for run in runs), 4) for name in runs[0][bias]}
        for bias in runs[0]
    }


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line; without --only everything is measured."""
    parser = argparse.ArgumentParser(prog="benchmarks.sinks.redistribution")
    parser.add_argument("--only", choices=("var", "act", "overhead"), nargs="+")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=300, help="of training, for each seed")
    parser.add_argument("--prompts", type=int, default=1000, help="that accuracy is measured on")
    parser.add_argument("--noise", type=float, default=0.4, help="of the patches (trained on 0.25)")
    parser.add_argument("--tokens", type=int, default=6144)
    parser.add_argument("--repeats", type=int, default=4, help="decoding takes ten times as many")
    parser.add_argument("--threads", type=int, default=1, help="more than 1: wall clock")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    return parser.parse_args(argv)


def overheads(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The table of times: EgoGPT's shape and a small one, much picture and half text."""
    found = []
    for dtype in DTYPES.values():
        for base, texts in ((EGOGPT, (140, options.tokens // 2)), (TINY, (140,))):
            geometry = replace(base, dtype=dtype)
            for text in texts:
                for mode in ("decode", "prefill"):
                    if mode == "prefill" and (text != 140 or base is TINY):
                        continue
                    repeats = options.repeats * 10 if mode == "decode" else options.repeats
                    row = measure_overhead(geometry, options.tokens, text, repeats, mode)
                    found.append(row)
                    print(row, file=sys.stderr)
    return found


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print: tables on standard error, with --json an object on standard output."""
    options = arguments(argv)
    only = options.only or ("var", "act", "overhead")
    torch.set_num_threads(options.threads)
    said: dict[str, Any] = {"threads": options.threads}
    by_seed: dict[str, list[dict[str, dict[str, float]]]] = {"var": [], "act": []}
    learnt = []
    for seed in range(options.seeds if {"var", "act"} & set(only) else 0):
        task = Task(seed)
        learnt.append(round(task.train(options.steps), 4))
        test, held_out = (
            task.batch(options.prompts, options.noise, torch.Generator().manual_seed(1000 + i))
            for i in range(2)
        )
        if "var" in only:
            by_seed["var"].append(measure_var(task, test))
        if "act" in only:
            by_seed["act"].append(measure_act(task, test, held_out))
    for name, runs in by_seed.items():
        if runs:
            said |= {name: averaged(runs), f"{name}_by_seed": runs, "learnt": learnt}
            for bias, row in said[name].items():
                print(f"{name} b={bias}: {row}", file=sys.stderr)
    if "overhead" in only:
        said["overhead"] = overheads(options)
    if options.json:
        print(json.dumps(said))


if __name__ == "__main__":
    main()
