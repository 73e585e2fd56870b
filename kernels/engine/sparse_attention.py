"""Attention that reads only the keys a method lets each block of queries see.

The work is (keys seen) and not (keys there are), and no T × T mask exists. The queries of grouped
heads are folded into rows, so that keys are never repeated. Key heads that see by different
methods are attended to one after the other, as views: nothing is copied for it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kernels import gpu
from kernels.base.block_summaries import BlockSummaries
from kernels.base.method import EVERYTHING, Method, Scene, head_runs
from kernels.base.partial_softmax import PartialSoftmax, merge
from kernels.engine.chunked_attention import attend_dense
from kernels.engine.decode import attend_one
from kernels.engine.fused_decode import attend_at_once
from kernels.engine.prefill import attend_block
from kernels.engine.seen_spans import spans_read
from kernels.positions.key_turning import KeyTurning


class CannotRenumber(ValueError):
    """A method that reads everything: there is nothing between that numbers could leave out."""

    def __init__(self, label: str) -> None:
        super().__init__(
            f"{label} reads everything, also of a text that is longer than the model was trained "
            "to read; choose a method that reads a part (spread, quest, hip, tokenselect, window)"
        )


def attend(
    method: Method, query: Tensor, key: Tensor, value: Tensor, scale: float, layer: int = 0,
    pages: BlockSummaries | None = None, turning: KeyTurning | None = None,
) -> Tensor:  # fmt: skip
    """Attend causally under a method, for rows without padding.

    Args:
        method: Which keys are seen.
        query: The last q tokens, [B, Hq, q, d].
        key: All k tokens, [B, Hkv, k, d], Hkv dividing Hq.
        value: [B, Hkv, k, dv].
        scale: Factor on q·k.
        layer: Index of the layer, handed to the method.
        pages: What a paged cache keeps of these keys; without it, it is made for this call.
        turning: Of a model that numbers anew what queries beyond its trained length see.

    Returns:
        [B, Hq, q, dv] in the query's dtype.

    Raises:
        CannotRenumber: A query beyond that length sees everything.
    """
    if turning is not None and key.shape[2] <= turning.trained:
        turning = None
    pages = BlockSummaries(key, value) if pages is None else pages
    mixed = _by_heads(method, query, key, value, scale, layer, pages, turning)
    if pages.keeper is not None:
        pages.keeper.settle()
    return mixed


def _by_heads(
    method: Method, query: Tensor, key: Tensor, value: Tensor, scale: float, layer: int,
    pages: BlockSummaries, turning: KeyTurning | None,
) -> Tensor:  # fmt: skip
    groups = query.shape[1] // key.shape[1]
    runs = head_runs(method, layer, key.shape[1], query.shape[2])
    if query.shape[2] == 1 and pages.keeper is None and turning is None:
        together = attend_at_once(runs, query, key, value, scale, pages)
        if together is not None:
            return together
    if len(runs) == 1:
        return _run(runs[0][1], query, key, value, scale, layer, pages, turning)
    mixed = []
    for heads, own in runs:
        asked = query[:, heads.start * groups : heads.stop * groups]
        part = pages.part(slice(None), heads)
        mixed.append(_run(own, asked, key[:, heads], value[:, heads], scale, layer, part, turning))
    return torch.cat(mixed, dim=1)


def _run(
    method: Method, query: Tensor, key: Tensor, value: Tensor, scale: float, layer: int,
    pages: BlockSummaries, turning: KeyTurning | None,
) -> Tensor:  # fmt: skip
    """Attend for heads that see alike: what is dense at once, the rest block by block."""
    count, total = query.shape[2], key.shape[2]
    start = total - count
    dense = _dense_end(method, total)
    if turning is not None and dense > turning.trained:
        raise CannotRenumber(method.label)
    if turning is None and pages.keeper is None and gpu.serves(query, key, value):
        from kernels.gpu.attend import attend_call

        return attend_call(method, query, key, value, scale, layer, pages, dense)
    if dense >= total:
        return attend_dense(query, key, value, scale, pages)
    done = []
    if dense > start:
        rows = query[:, :, : dense - start]
        done.append(attend_dense(rows, key[:, :, :dense], value[:, :, :dense], scale, pages))
    first = max(start, dense)
    while first < total:
        last = min(total, (first // method.query_block + 1) * method.query_block)
        rows = query if count == 1 else query[:, :, first - start : last - start]
        scene = Scene(rows, key[:, :, :first], layer, scale, pages)
        keys, values = (x if last == total else x[:, :, :last] for x in (key, value))
        beyond = turning is not None and last > turning.trained
        done.append(_block(method, scene, keys, values, turning if beyond else None))
        first = last
    return torch.cat(done, dim=2) if len(done) > 1 else done[0]


def _block(
    method: Method, scene: Scene, key: Tensor, value: Tensor, turning: KeyTurning | None
) -> Tensor:
    """Attend for one block of queries, the last ones of `key`."""
    chosen = method.choose(scene)
    pages = scene.pages
    assert pages is not None
    if chosen is EVERYTHING:
        if turning is not None:
            raise CannotRenumber(method.label)
        return attend_dense(scene.query, key, value, scene.scale, pages)
    if pages.keeper is not None:
        rows, heads = key.shape[:2]
        pages.read(spans_read(method, chosen, rows, heads, scene.first, scene.last))
    if turning is None and scene.query.shape[2] == 1:
        part = attend_one(method, chosen, scene.query, key, value, scene.scale)
    else:
        part = attend_block(method, chosen, scene.query, key, value, scene.scale, turning)
    if type(method).compensate is Method.compensate:  # a view less for each token
        return part.mixed
    rest = method.compensate(scene, value[:, :, : scene.first], chosen)
    return part.mixed if rest is None else merge([part, PartialSoftmax(*rest)]).mixed


def _dense_end(method: Method, total: int) -> int:
    """Up to where every query sees everything; a multiple of query_block, or the whole."""
    if method.sees_all(total):
        return total
    block = method.query_block
    return max(method.dense_below, method.sinks + method.window) // block * block
