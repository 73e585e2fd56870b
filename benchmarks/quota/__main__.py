"""Measure QuoTA: a needle read at a fraction of the tokens, and what fewer tokens save.

    python -m benchmarks.quota --json

The needle is made (`needle.py`, `coverage.py`), so it says what the allocators do, not how good a
model is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch

from benchmarks.quota.coverage import Coverage, coverages
from benchmarks.quota.layout import Saving, as_rows, savings, sizing_cost
from benchmarks.quota.needle import FULL, NEEDLES, WAYS, Setting, accuracies

QUARTER = FULL // 4
BUDGETS = (48, 192, QUARTER)
NOISES = (0.0, 0.25, 0.5, 1.0)


def needle_settings() -> list[Setting]:
    """Every needle at every budget and error of the scorer, and everything shown in full."""
    found = [
        Setting(needle, tokens, noise)
        for needle in NEEDLES
        for tokens in BUDGETS
        for noise in NOISES
    ]
    return [*found, *(Setting(needle, FULL) for needle in NEEDLES)]


def needle_rows(trials: int) -> list[dict[str, Any]]:
    """The part of clips whose mark is read, by setting."""
    rows = []
    for setting, read in accuracies(needle_settings(), trials=trials).items():
        rows.append({**asdict(setting), **{name: round(part, 3) for name, part in read.items()}})
    return rows


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.quota.__main__", description=__doc__)
    parser.add_argument("--only", choices=["needle", "layout", "coverage"], help="one part")
    parser.add_argument("--trials", type=int, default=300, help="clips for each needle")
    parser.add_argument("--clips", type=int, default=20, help="clips for each kind's processor")
    parser.add_argument("--shares", type=float, nargs="+", default=[1.0, 0.5, 0.25])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="more than 1: wall clock")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print: tables on standard error, with --json an object on standard output."""
    options = arguments(argv)
    torch.set_num_threads(options.threads)
    report: dict[str, Any] = {"threads": options.threads}
    if options.only in (None, "coverage"):
        shown = coverages(clips=options.clips)
        report["coverage"] = [asdict(one) for one in shown]
        _print_coverage(shown)
    if options.only in (None, "needle"):
        report |= {"trials": options.trials, "needle": needle_rows(options.trials)}
        _print_needle(report["needle"])
    if options.only in (None, "layout"):
        found = savings(options.shares, options.repeats)
        report |= {"layout": as_rows(found), "sizing": sizing_cost()}
        _print_savings(found)
        print(f"sizing {report['sizing']}", file=sys.stderr)
    if options.json:
        print(json.dumps(report))


def _print_needle(rows: Sequence[dict[str, Any]]) -> None:
    names = [way.name for way in WAYS]
    print(
        f"{'needle':8}{'tokens':>7}{'noise':>7}" + "".join(f"{n:>13}" for n in names),
        file=sys.stderr,
    )
    for row in rows:
        head = f"{row['needle']:8}{row['tokens']:>7}{row['scorer_noise']:>7.2f}"
        print(head + "".join(f"{row[name]:>13.3f}" for name in names), file=sys.stderr)


def _print_coverage(rows: Sequence[Coverage]) -> None:
    for row in rows:
        print(
            f"{row.kind:16}{row.way:22}{row.frames:>4} frames, needle seen in {row.seen:>4.0%}, "
            f"{row.needle_tokens:>6} tokens for it, {row.spent:>6.0f} in all",
            file=sys.stderr,
        )


def _print_savings(savings: Sequence[Saving]) -> None:
    for one in savings:
        print(
            f"{one.way:12}{one.visual_tokens:>7} tokens{one.seconds:>9.2f} s"
            f"{one.times_faster:>7.2f}x"
            f"   7B: {one.tera_flops_7b:>6.1f} TFLOP, {one.work_saved:>6.1%} saved,"
            f" {one.cache_mb_7b:>5} MB of keys and values",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
