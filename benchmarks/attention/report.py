"""Report of `benchmarks.attention`: a line for each timing, and the JSON object at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import torch

from benchmarks.attention.timing import Geometry, Timing
from kernels.native import build as library


def line(timing: Timing) -> str:
    """One row of the table."""
    text = (
        f"{timing.mode:8}{timing.length:>8} {timing.method:28}{timing.milliseconds:10.3f} ms   "
        f"dense {timing.dense_milliseconds:10.3f} ms   {timing.ratio:7.2f}x"
    )
    if timing.compiled_dense_milliseconds is not None:
        text += f"   compiled dense {timing.compiled_dense_milliseconds:9.3f} ms"
    if timing.limit_milliseconds:
        text += f"   {timing.milliseconds / timing.limit_milliseconds:5.2f}x the byte limit"
    return text


def report(timings: Sequence[Timing], geometry: Geometry, speed: float) -> dict[str, object]:
    """The JSON object: ratios of the first method by length, and every timing."""
    first = timings[0].method if timings else None
    ratios = {
        f"{mode}_ratio": {
            str(t.length): round(t.ratio, 2)
            for t in timings
            if t.mode == mode and t.method == first
        }
        for mode in ("decode", "prefill")
    }
    return {
        **ratios,
        "method": first,
        "threads": torch.get_num_threads(),
        "heads": geometry.heads,
        "kv_heads": geometry.kv_heads,
        "size": geometry.size,
        "dtype": str(geometry.dtype).removeprefix("torch."),
        "bandwidth": round(speed),
        "compiled": library.why_not() or "yes",
        "timings": [{**asdict(t), "ratio": round(t.ratio, 2), **_to_limit(t)} for t in timings],
    }


def _to_limit(timing: Timing) -> dict[str, float]:
    if not timing.limit_milliseconds:
        return {}
    return {"times_limit": round(timing.milliseconds / timing.limit_milliseconds, 2)}
