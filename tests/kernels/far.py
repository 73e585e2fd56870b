"""A stand-in for an accelerator: tensors that say they are on another device.

They compute on the processor, but as on a real second device nothing mixes them with tensors of the
host: that is an error unless it is a copy from one to the other, and those are counted. What it
cannot show is a real device's own arithmetic, speed and streams.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("lazy")
"""A device type that torch knows by name and that needs no backend until something computes."""


class Far(Tensor):
    """A tensor on the other side."""

    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> Far:
        far: Far = Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls, inner.shape, strides=inner.stride(), dtype=inner.dtype, device=DEVICE
        )
        far.inner = inner
        return far

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise AssertionError("a far tensor was used outside of the other side's mode")


class OtherSide(TorchDispatchMode):
    """While it is on, far tensors can be computed with.

    Attributes:
        to_host: Numbers that were copied from there to the host.
        from_host: Numbers that were copied to there.
    """

    def __init__(self) -> None:
        super().__init__()
        self.to_host = self.from_host = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)]
        far = [x for x in tensors if isinstance(x, Far)]
        inner = func(*tree_map(_inner, args), **_without_device(tree_map(_inner, kwargs)))
        if func is torch.ops.aten._to_copy.default:
            there = kwargs.get("device", args[0].device) == DEVICE
            self.to_host += args[0].numel() if far and not there else 0
            self.from_host += args[0].numel() if there and not far else 0
            return Far(inner) if there else inner
        if func is torch.ops.aten.copy_.default and isinstance(args[0], Far) != bool(
            isinstance(args[1], Far)
        ):
            self.to_host += args[1].numel() if isinstance(args[1], Far) else 0
            self.from_host += args[1].numel() if isinstance(args[0], Far) else 0
            return args[0]
        if far and any(x.dim() and not isinstance(x, Far) for x in tensors):
            raise RuntimeError(f"{func}: tensors on two devices")
        if func is torch.ops.aten.copy_.default:
            return args[0]
        return tree_map(_outer, inner) if far or kwargs.get("device") == DEVICE else inner


def _inner(x: Any) -> Any:
    return x.inner if isinstance(x, Far) else x


def _outer(x: Any) -> Any:
    return Far(x) if isinstance(x, Tensor) else x


def _without_device(options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "device": torch.device("cpu")} if "device" in options else options
