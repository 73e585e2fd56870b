"""Measure the memory of keys and values by method, length and placement.

    python -m benchmarks.attention.memory --lengths 65536 1048576 --budget-mb 64 --json
    python -m benchmarks.attention.memory --methods razor critic --placements memory shrunk

Placements of the same cache are filled in chunks, as a prompt is read, and then decoded from: the
stock cache of `transformers`, a paged one in memory, one in files with a budget, and one from which
`razor` drops tokens (15 % of the heads keep all) or that `critic` cuts to 2,048 a head. Each runs
in a process of its own, so that no peak hides behind another's. The peak is the system's own record
of the most memory that the process held, file pages included, over what it held before.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.scoring.measuring import run_apart

PLACEMENTS = ("stock", "memory", "files")
SHRUNK, CRITIC, FAR = "shrunk", "critic", 0.15
DTYPES = {"fp32": "float32", "bf16": "bfloat16"}
FIELDS = (
    "placement", "method", "length", "budget", "kv", "resident", "resident_peak", "peak",
    "decode_ms",
)  # fmt: skip
CHUNK, LAST_CHUNK = 4096, 128


@dataclass(frozen=True, slots=True)
class Case:
    """One cache to fill and decode from.

    Attributes:
        placement: One of PLACEMENTS, or SHRUNK for razor and critic.
        method: Name of an attention method, or CRITIC, which decodes densely.
        length: Tokens in the cache.
        budget: Bytes of keys and values that may be held; for "files" only.
        folder: Where the files lie.
        layers: Layers that are cycled through.
        heads: Query heads.
        kv_heads: Key heads.
        size: Numbers per head.
        dtype: "fp32" or "bf16".
        decoded: Tokens that are decoded.
    """

    placement: str
    method: str
    length: int
    budget: int
    folder: str
    layers: int = 2
    heads: int = 8
    kv_heads: int = 2
    size: int = 64
    dtype: str = "bf16"
    decoded: int = 16


def measure(
    lengths: Sequence[int], methods: Sequence[str], budget: int, folder: str | Path,
    placements: Sequence[str] = PLACEMENTS, **geometry: Any,
) -> list[dict[str, Any]]:  # fmt: skip
    """Measure every placement of every method at every length, each in its own process.

    Args:
        lengths: Tokens.
        methods: Names of attention methods.
        budget: Bytes of keys and values that the one in files may hold.
        folder: On a disk; the files have no name there and are gone afterwards.
        placements: Some of PLACEMENTS.
        **geometry: More of `Case`.

    Returns:
        Each case's placement, method, length and budget, with bytes: `kv` of keys and values,
        `resident` held at the end and `resident_peak` at most of them, `peak` of the process over
        what it held before (None where the system does not say); and `decode_ms` for a token and
        layer.
    """
    rows = []
    for length in lengths:
        for method in methods:
            for placement in placements:
                case = Case(placement, method, length, budget, str(folder), **geometry)
                row = run_apart("benchmarks.attention.memory", ["--case", json.dumps(asdict(case))])
                rows.append({name: row[name] for name in FIELDS})
    return rows


def run(case: Case) -> dict[str, Any]:
    """Fill one cache in this process and decode from it."""
    import torch

    torch.set_num_threads(1)
    with torch.inference_mode():
        _Run(replace(case, length=2 * CHUNK)).measured()  # what is loaded only once is no peak
        return _Run(case).measured()


class _Run:
    def __init__(self, case: Case) -> None:
        import torch
        from transformers import DynamicCache

        from kernels.cache.paged_cache import paged_cache
        from kernels.engine.razor_cache import adopt
        from kernels.engine.transformers_attention import Attention
        from kernels.methods.razor_attention import Razor
        from kernels.offload.offload import Offload
        from kernels.registry import create

        self.case, self.dtype = case, getattr(torch, DTYPES[case.dtype])
        options = {"heads": self._far()} if case.method == "razor" else {}
        method = create("dense" if case.method == CRITIC else case.method, **options)
        self.attention, self.module = Attention(method), torch.nn.Module()
        self.module.num_key_value_groups = case.heads // case.kv_heads  # type: ignore[assignment]
        self.room = Offload(case.folder, case.budget) if case.placement == "files" else None
        self.cache: Any = DynamicCache()
        if case.placement == "memory":
            self.cache = paged_cache(capacity=case.length + case.decoded)
        elif self.room is not None:
            self.cache = paged_cache(room=self.room)
        elif case.placement == SHRUNK and isinstance(method, Razor):
            adopt(self.cache, method)
        elif case.placement == SHRUNK:
            self.cache = paged_cache()
        self.most = 0

    def _far(self) -> tuple[tuple[int, ...], ...]:
        """Heads that look far, spread over the layers."""
        layers, heads = self.case.layers, self.case.kv_heads
        chosen = [round(n / FAR) for n in range(round(FAR * layers * heads))]
        return tuple(
            tuple(at % heads for at in chosen if at // heads == layer) for layer in range(layers)
        )

    def measured(self) -> dict[str, Any]:
        """Fill and decode; returns what `measure` promises."""
        before = _start_record()
        asked = LAST_CHUNK if self.case.placement == SHRUNK else 0
        for begin in range(0, self.case.length - LAST_CHUNK, CHUNK):
            self._step(min(CHUNK, self.case.length - LAST_CHUNK - begin), asked)
        self._step(min(LAST_CHUNK, self.case.length), LAST_CHUNK)
        if self.case.placement == SHRUNK and self.case.method == CRITIC:
            self._compress()
        taken = [self._step(1, 1) for _ in range(self.case.decoded)]
        peak = _recorded()
        tokens = self.case.layers * self.cache.get_seq_length()
        kv = 2 * tokens * self.case.kv_heads * self.case.size * self.dtype.itemsize
        return {
            "placement": self.case.placement, "method": self.case.method,
            "length": self.case.length, "kv": kv, "resident": self._resident(),
            "resident_peak": self.most,
            "budget": self.case.budget if self.room is not None else None,
            "peak": None if peak is None or before is None else peak - before,
            "decode_ms": round(1000 * median(taken) / self.case.layers, 3),
        }  # fmt: skip

    def _step(self, count: int, asked: int) -> float:
        """Write tokens in all layers, and attend with the last of them. Returns the seconds."""
        import torch

        case, seconds = self.case, 0.0
        for layer in range(case.layers):
            new = (torch.randn(1, case.kv_heads, count, case.size).to(self.dtype) for _ in "kv")
            query = torch.randn(1, case.heads, min(asked, count), case.size).to(self.dtype)
            key_states, value_states = new
            begun = time.perf_counter()
            keys, values = self.cache.update(key_states, value_states, layer)
            if asked:
                self.attention(self.module, query, keys, values, None)
            seconds += time.perf_counter() - begun
            self.most = max(self.most, self._resident())
        return seconds

    def _compress(self) -> None:
        """Keep of each head as many tokens as `critic` does, here any."""
        import torch

        from kernels.cache.eviction import compress

        worth = [torch.rand(layer.keys.shape[:3]) for layer in self.cache.layers]
        compress(self.cache, worth, min(2048, self.case.length))

    def _resident(self) -> int:
        """Bytes of keys and values in memory: as the system says, or the room that was taken."""
        if self.room is not None:
            return self.room.resident()
        if self.case.placement == SHRUNK and self.case.method == "razor":
            return sum(layer.bytes for layer in self.cache.layers)
        states = [x for layer in self.cache.layers for x in (layer.keys, layer.values)]
        return sum(x.untyped_storage().nbytes() for x in states)


def _start_record() -> int | None:
    """Begin a new record of the most memory held. Returns what is held now."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return None
    return _status("VmRSS")


def _recorded() -> int | None:
    """The most memory that was held since."""
    return _status("VmHWM")


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"the system does not say {name}")


def default_folder() -> str:
    """A folder for temporary files that is no memory, where the system has one."""
    return "/var/tmp" if os.path.isdir("/var/tmp") else tempfile.gettempdir()


def line(row: dict[str, Any]) -> str:
    """One row of the table."""
    peak = "?" if row["peak"] is None else f"{row['peak'] / 2**20:9.1f}"
    return (
        f"{row['length']:>9} {row['method']:14}{row['placement']:8}"
        f"{row['kv'] / 2**20:9.1f}{row['resident'] / 2**20:10.1f}"
        f"{row['resident_peak'] / 2**20:11.1f}{peak:>10}{row['decode_ms']:10.3f}"
    )


HEAD = "   length method        where       KV MB  resident  res. peak  proc.peak  ms/token"


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print: a table on standard error, with --json an object on standard output."""
    parser = argparse.ArgumentParser(prog="benchmarks.attention.memory")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--lengths", type=int, nargs="+", default=[4096, 65536, 262144])
    parser.add_argument("--methods", nargs="+", default=["quest"])
    parser.add_argument(
        "--placements",
        nargs="+",
        default=PLACEMENTS,
        choices=(*PLACEMENTS, SHRUNK),
    )
    parser.add_argument("--budget-mb", type=float, default=64.0, help="of keys and values in files")
    parser.add_argument("--folder", default=default_folder(), help="on a disk")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--dtype", choices=list(DTYPES), default="bf16")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    options = parser.parse_args(argv)
    if options.case:
        print(json.dumps(run(Case(**json.loads(options.case)))))
        return
    rows = measure(
        options.lengths, options.methods, int(options.budget_mb * 2**20), options.folder,
        options.placements, layers=options.layers, dtype=options.dtype,
    )  # fmt: skip
    print("\n".join([HEAD, *map(line, rows)]), file=sys.stderr)
    if options.json:
        print(json.dumps({"memory": rows}))


if __name__ == "__main__":
    main()
