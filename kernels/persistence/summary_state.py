"""Summaries of blocks, kept with a saved cache: the first question need not read every key again.

A summary is taken up only where the function that made it is here and as it was then; otherwise
the blocks are summarised anew when a method asks.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from kernels.base.block_summaries import BlockSummaries
from kernels.base.summary_kinds import Kind

OURS = "kernels."


def summaries_of(pages: BlockSummaries, layer: int) -> Iterator[tuple[dict[str, Any], Tensor]]:
    """What is known of a layer's blocks, each with what must be written down about it."""
    for part, kind, block, source, known in pages.known():
        recipe = recipe_of(kind)
        if recipe is None or not known.shape[2]:
            continue
        about = {
            "layer": layer, "part": part, "kind": f"{kind.__module__}:{kind.__qualname__}",
            "recipe": recipe, "block": block, "source": source,
        }  # fmt: skip
        yield {**about, "tensor": _name(about)}, known


def take_summaries(
    pages: BlockSummaries, layer: int, abouts: list[dict[str, Any]], tensors: Mapping[str, Tensor]
) -> None:
    """Give a layer's pages what was known of its blocks, where that still holds."""
    for about in abouts:
        if about["layer"] != layer:
            continue
        kind = _kind(about["kind"])
        if kind is not None and recipe_of(kind) == about["recipe"]:
            part = None if about["part"] is None else tuple(about["part"])
            pages.learn(part, kind, about["block"], about["source"], tensors[about["tensor"]])


def recipe_of(kind: Kind) -> str | None:
    """Digest of the module that makes a summary; None for one that cannot be found by its name."""
    name, module = getattr(kind, "__qualname__", "."), getattr(kind, "__module__", "")
    if "." in name or not module.startswith(OURS):
        return None
    return hashlib.sha256(inspect.getsource(sys.modules[module]).encode()).hexdigest()[:16]


def _kind(name: str) -> Kind | None:
    """The function of this name; a file may name none but ours."""
    module, _, function = name.partition(":")
    if not module.startswith(OURS) or not function.isidentifier():
        return None
    try:
        candidate: Kind | None = getattr(importlib.import_module(module), function, None)
    except ImportError:
        return None
    return candidate if inspect.isfunction(candidate) else None


def _name(about: Mapping[str, Any]) -> str:
    part = "" if about["part"] is None else "." + "-".join(map(str, about["part"]))
    return f"{about['layer']}.{about['source']}.{about['kind']}.{about['block']}{part}"
