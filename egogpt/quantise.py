"""Linear layers stored in 8 or 4 bits, by bitsandbytes or torchao, whichever is installed.

A layer is quantised as soon as its weights have arrived, so the whole model never stands in 16
bits anywhere.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import nn

from egogpt.weight_errors import WeightError

Quantiser: TypeAlias = Callable[[nn.Module, torch.device], None]
"""Quantises all linear layers inside a module, which then stands on the device."""

_GROUP = 128  # weights that share a scale in torchao's 4 bits


class QuantiserMissing(WeightError):
    """Neither library is installed."""


def find_quantiser(bits: int, library: str | None = None) -> Quantiser:
    """What stores linear layers in ``bits`` (8 or 4), by the named library or the first there is.

    Raises QuantiserMissing, or ValueError for other bits.
    """
    if bits not in (8, 4):
        raise ValueError(f"weights are stored in 8 or 4 bits here, not in {bits}")
    known = {"bitsandbytes": _bitsandbytes, "torchao": _torchao}
    for name in [library] if library else list(known):
        if importlib.util.find_spec(name) is not None:
            return known[name](bits)
    raise QuantiserMissing(
        f"Storing the language model in {bits} bits needs {library or 'bitsandbytes or torchao'}, "
        f"which is not installed. Install it with: pip install {library or 'bitsandbytes'}"
    )


def _bitsandbytes(bits: int) -> Quantiser:
    def quantise(module: nn.Module, device: torch.device) -> None:
        for parent in list(module.modules()):
            for name, child in list(parent.named_children()):
                if type(child) is nn.Linear:
                    setattr(parent, name, _bnb_linear(child, bits))
        module.to(device)

    return quantise


def _bnb_linear(old: nn.Linear, bits: int) -> nn.Module:
    """The same layer as bitsandbytes keeps it; its weight is quantised when it is moved."""
    import bitsandbytes as bnb

    shape, bias = (old.in_features, old.out_features), old.bias is not None
    weight = old.weight.detach()
    new: nn.Module
    if bits == 8:
        new = bnb.nn.Linear8bitLt(*shape, bias=bias, has_fp16_weights=False, device="meta")
        new.weight = bnb.nn.Int8Params(weight, requires_grad=False, has_fp16_weights=False)
    else:
        new = bnb.nn.Linear4bit(
            *shape, bias=bias, compute_dtype=weight.dtype, quant_type="nf4", device="meta"
        )
        new.weight = bnb.nn.Params4bit(
            weight, requires_grad=False, quant_type="nf4", compress_statistics=True, module=new
        )
    new.bias = old.bias
    return new


def _torchao(bits: int) -> Quantiser:
    from torchao.quantization import (
        Int4WeightOnlyConfig,
        Int8WeightOnlyConfig,
        quantize_,
    )

    def quantise(module: nn.Module, device: torch.device) -> None:
        module.to(device)
        try:
            # Of torchao's layouts for 4 bits, the one that torch itself can multiply with.
            quantize_(
                module,
                Int8WeightOnlyConfig()
                if bits == 8
                else Int4WeightOnlyConfig(
                    group_size=_GROUP, int4_packing_format="tile_packed_to_4d"
                ),
            )
        except (ImportError, AssertionError, ValueError, NotImplementedError) as error:
            raise QuantiserMissing(
                f"torchao cannot store weights in {bits} bits on {device} ({error}). Install "
                "bitsandbytes, which is tried first: pip install bitsandbytes"
            ) from error

    return quantise
