"""Compiles the kernels for a card that is not there: what can be known without one.

    python -m kernels.gpu.aot_check                      # sm_80 and sm_90, heads of 64 and 128
    python -m kernels.gpu.aot_check --targets 90 --sizes 256

A line says what a program of each kernel takes. Registers that do not suffice are kept in local
memory instead (`spilled`), which is slow; a program that takes more shared memory than its card
has (163 KiB on sm_80, 227 KiB on sm_90) is refused when it is launched.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from kernels.gpu import installed, interpreted

TYPES = {torch.bfloat16: "*bf16", torch.float16: "*fp16", torch.float32: "*fp32"}
SHARED_KIB = {80: 163, 86: 99, 89: 99, 90: 227}
"""What one program may take, by compute capability (CUDA C++ Programming Guide, table of them)."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A kernel for one card.

    Attributes:
        kernel: Its name and what it is for.
        target: Compute capability times 10.
        ptx: NVIDIA's assembly.
        cubin: The machine code.
        shared: Bytes of shared memory per program.
    """

    kernel: str
    target: int
    ptx: str
    cubin: bytes
    shared: int

    @property
    def matrix_products(self) -> int:
        """Instructions for the tensor cores."""
        return len(re.findall(r"\b(?:mma\.sync|wgmma\.mma_async)", self.ptx))

    def resources(self) -> tuple[int, int]:
        """Registers and spilled bytes per thread, as NVIDIA's `cuobjdump` says; it is in Triton."""
        import triton

        tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "kernel.cubin"
            path.write_bytes(self.cubin)
            output = subprocess.run(
                [tool, "--dump-resource-usage", path], capture_output=True, text=True, check=True
            ).stdout
        match = re.search(r"REG:(\d+) STACK:(\d+)", output)
        if match is None:
            raise RuntimeError(f"cuobjdump did not say what the kernel takes: {output}")
        return int(match[1]), int(match[2])


def attention(dtype: torch.dtype, size: int, groups: int, span: int, target: int) -> Compiled:
    """Compile the attention kernel.

    Args:
        dtype: Of queries, keys and values.
        size: Channels per head.
        groups: Query heads per key head.
        span: Queries per block; 1 to decode.
        target: Compute capability times 10.
    """
    from kernels.gpu.launch import arithmetic, power, tile
    from kernels.gpu.sparse_kernel import attend_listed

    rows, keys, warps = tile(span * groups, size, dtype)
    element = TYPES[dtype]
    tensors = {"query": element, "key": element, "value": element, "chosen": "*i64"}
    tensors |= {"mixed": "*fp32" if span == 1 else element, "log_sums": "*fp32"}
    fixed = {
        "groups": groups, "block": 16, "size": size, "value_size": size, "wide": power(size),
        "value_wide": power(size), "rows": rows, "keys": keys, **arithmetic(dtype),
    }  # fmt: skip
    aligned = [f"{x}_{axis}" for x in ("query", "key", "value") for axis in "bhn"]
    name = f"attend {_said(dtype, size)} {'one query' if span == 1 else f'{span} queries'}"
    return _compiled(name, attend_listed, tensors, fixed, aligned, warps, target)


def joining(dtype: torch.dtype, size: int, target: int) -> Compiled:
    """Compile the kernel that joins split parts; arguments as for `attention`."""
    from kernels.gpu.launch import MOST_SPLITS, power
    from kernels.gpu.sparse_kernel import join

    tensors = {"parts": "*fp32", "part_sums": "*fp32", "mixed": TYPES[dtype], "log_sums": "*fp32"}
    fixed = {"value_size": size, "value_wide": power(size), "most": MOST_SPLITS}
    return _compiled(f"join {_said(dtype, size)}", join, tensors, fixed, [], 4, target)


def scoring(dtype: torch.dtype, size: int, voices: int, target: int) -> Compiled:
    """Compile the kernel that scores blocks; `voices` queries ask, the rest as for `attention`."""
    from kernels.gpu.bounds import scored_together
    from kernels.gpu.bounds_kernel import score_bounds
    from kernels.gpu.launch import arithmetic, power

    rows, keys = scored_together(voices, size, dtype)
    tensors = {"query": TYPES[dtype], "known": TYPES[dtype], "stops": "*i32", "scores": "*fp32"}
    fixed = {
        "size": size, "wide": power(size), "rows": rows, "keys": keys, **arithmetic(dtype),
    }  # fmt: skip
    aligned = [f"query_{axis}" for axis in "bhqn"] + [f"known_{axis}" for axis in "bhn"]
    name = f"score {_said(dtype, size)} {voices} queries"
    return _compiled(name, score_bounds, tensors, fixed, aligned, 4, target)


def everything(targets: list[int], sizes: list[int]) -> Iterator[Compiled]:
    """Compile all that a model with heads of these sizes would launch, four to a key head."""
    for target in targets:
        for dtype in TYPES:
            for size in sizes:
                yield attention(dtype, size, 4, 1, target)
                yield attention(dtype, size, 4, 128, target)
                yield scoring(dtype, size, 4, target)
                yield scoring(dtype, size, 32, target)
                yield joining(dtype, size, target)


def main(arguments: list[str] | None = None) -> int:
    """Compile, and print what each kernel takes; 1 where one does not fit its card."""
    parser = argparse.ArgumentParser(prog="python -m kernels.gpu.aot_check", description=__doc__)
    parser.add_argument("--targets", type=int, nargs="+", default=[80, 90])
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128])
    options = parser.parse_args(arguments)
    if not installed() or interpreted():
        print("needs Triton (pip install triton), and TRITON_INTERPRET not set", file=sys.stderr)
        return 2
    fits = True
    for compiled in everything(options.targets, options.sizes):
        registers, spilled = compiled.resources()
        room = SHARED_KIB.get(compiled.target, 99)
        fits = fits and compiled.shared <= room * 1024
        print(
            f"sm_{compiled.target}  {compiled.kernel:36}  registers {registers:3}  "
            f"spilled {spilled:4}  "
            f"shared {compiled.shared / 1024:5.1f} of {room} KiB  "
            f"tensor-core instructions {compiled.matrix_products}",
            flush=True,
        )
    return 0 if fits else 1


def _said(dtype: torch.dtype, size: int) -> str:
    return f"{str(dtype).removeprefix('torch.')} d={size}"


def _compiled(
    name: str, kernel: Any, tensors: dict[str, str], fixed: dict[str, Any], aligned: list[str],
    warps: int, target: int,
) -> Compiled:  # fmt: skip
    """Compile with the alignment that torch's tensors have: 16 bytes, rows of whole 16 bytes."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    types = dict.fromkeys(kernel.arg_names, "i32") | {"scale": "fp32"} | tensors
    types |= dict.fromkeys(fixed, "constexpr")
    signature = {argument: types[argument] for argument in kernel.arg_names}
    places = [kernel.arg_names.index(argument) for argument in (*tensors, *aligned)]
    attributes = {(place,): [["tt.divisibility", 16]] for place in places}
    source = ASTSource(kernel, signature, fixed, attributes)
    binary = triton.compile(
        source, target=GPUTarget("cuda", target, 32),
        options={"num_warps": warps, "num_stages": 2, "enable_fp_fusion": True},
    )  # fmt: skip
    return Compiled(name, target, binary.asm["ptx"], binary.asm["cubin"], binary.metadata.shared)


if __name__ == "__main__":
    sys.exit(main())
