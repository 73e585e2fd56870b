"""The whole of a call on a graphics card: what is dense and what is chosen, each in one launch."""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import EVERYTHING, Choice, Method, Scene
from kernels.base.partial_softmax import PartialSoftmax, merge
from kernels.gpu.block_choice import choose_all, runs, scenes
from kernels.gpu.launch import attend_sparse
from kernels.methods.streaming_window import Window


def attend_call(
    method: Method, query: Tensor, key: Tensor, value: Tensor, scale: float, layer: int,
    pages: BlockSummaries, dense: int,
) -> Tensor:  # fmt: skip
    """Attend causally for heads that see alike.

    Args:
        method: Which keys are seen.
        query: The last q tokens, [B, Hq, q, d].
        key: All k tokens, [B, Hkv, k, d].
        value: [B, Hkv, k, dv].
        scale: Factor on q·k.
        layer: Index of the layer.
        pages: What is kept of the keys.
        dense: Position up to which queries see everything before them; k, or a multiple of the
            method's query_block.

    Returns:
        [B, Hq, q, dv].
    """
    total = key.shape[2]
    start = total - query.shape[2]
    done = []
    if dense > start:
        done.append(_everything(query[:, :, : dense - start], key[:, :, :dense], value, scale))
    if dense < total:
        rows = query[:, :, max(0, dense - start) :]
        done += _chosen(method, rows, key, value, scale, layer, pages)
    return done[0] if len(done) == 1 else torch.cat(done, dim=2)


def _everything(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    """Dense and causal; queries are the last of the keys, values may go on behind."""
    total = key.shape[2]
    dense = Window(sinks=0, window=total, query_block=128)
    return attend_sparse(dense, None, query, key, value[:, :, :total], scale).mixed


def _chosen(
    method: Method, query: Tensor, key: Tensor, value: Tensor, scale: float, layer: int,
    pages: BlockSummaries,
) -> list[Tensor]:  # fmt: skip
    """Attend as the method chooses, run after run of queries."""
    start = key.shape[2] - query.shape[2]
    rests: list[PartialSoftmax] = []
    if type(method).compensate is Method.compensate:
        grouped = choose_all(method, query, key, scale, layer, pages)
    else:
        asked = list(scenes(method, query, key, scale, layer, pages))
        choices = [method.choose(scene) for scene in asked]
        grouped = runs(asked, choices)
        rests = [_rest(method, *pair, value) for pair in zip(asked, choices, strict=True)]
    done = []
    for first, last, chosen in grouped:
        rows = query[:, :, first - start : last - start]
        keys, values = key[:, :, :last], value[:, :, :last]
        if chosen is EVERYTHING:
            done.append(_everything(rows, keys, values, scale))
            continue
        seen = attend_sparse(method, chosen, rows, keys, values, scale)
        if rests:
            mixed, sums = (torch.cat(parts, 2)[:, :, first - start : last - start]
                           for parts in zip(*rests, strict=True))  # fmt: skip
            seen = merge([seen, PartialSoftmax(mixed, sums)])
        done.append(seen.mixed)
    return done


def _rest(method: Method, scene: Scene, chosen: Choice, value: Tensor) -> PartialSoftmax:
    """What stands for the keys that are not seen; the part over no key where nothing does."""
    rest = None
    if chosen is not EVERYTHING:
        rest = method.compensate(scene, value[:, :, : scene.first], chosen)
    if rest is not None:
        return PartialSoftmax(*rest)
    mixed = scene.query.new_zeros(*scene.query.shape[:3], value.shape[-1])
    return PartialSoftmax(mixed, mixed.new_full(mixed.shape[:3], -torch.inf, dtype=torch.float32))
