"""The whole of a call on a graphics card: what is dense and what is chosen, each in one launch."""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.gpu.choice import choose_all, scenes, side_by_side
from kernels.gpu.sparse import attend_sparse
from kernels.method import Method
from kernels.partial import Part, merge
from kernels.summaries import Pages
from kernels.window import Window


def attend_call(
    method: Method, query: Tensor, key: Tensor, value: Tensor, scale: float, layer: int,
    pages: Pages, dense: int,
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
        rows, end = query[:, :, : dense - start], min(dense, total)
        everything = Window(sinks=0, window=end, query_block=128)
        seen = attend_sparse(everything, None, rows, key[:, :, :end], value[:, :, :end], scale)
        done.append(seen.mixed)
    if dense < total:
        rows = query[:, :, max(0, dense - start) :]
        done.append(_chosen(method, rows, key, value, scale, layer, pages))
    return done[0] if len(done) == 1 else torch.cat(done, dim=2)


def _chosen(
    method: Method, query: Tensor, key: Tensor, value: Tensor, scale: float, layer: int,
    pages: Pages,
) -> Tensor:  # fmt: skip
    if type(method).compensate is Method.compensate:
        chosen = choose_all(method, query, key, scale, layer, pages)
        return attend_sparse(method, chosen, query, key, value, scale).mixed
    choices: list[Tensor | None] = []
    instead = []
    for scene in scenes(method, query, key, scale, layer, pages):
        choices.append(method.choose(scene))
        rest = method.compensate(scene, value[:, :, : scene.first], choices[-1])
        instead.append(_nothing(scene.query, value) if rest is None else Part(*rest))
    seen = attend_sparse(method, side_by_side(choices), query, key, value, scale)
    mixed, log_sums = (torch.cat(parts, dim=2) for parts in zip(*instead, strict=True))
    return merge([seen, Part(mixed, log_sums)]).mixed


def _nothing(query: Tensor, value: Tensor) -> Part:
    """The part over no key, for these queries."""
    mixed = query.new_zeros(*query.shape[:3], value.shape[-1])
    return Part(mixed, mixed.new_full(query.shape[:3], -torch.inf, dtype=torch.float32))
