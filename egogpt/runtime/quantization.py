"""The language model's layers stored in 8 or 4 bits, so that a model fits a smaller card.

EgoGPT's are quantised one by one as their weights arrive, by bitsandbytes or torchao, whichever is
installed. Models of `transformers` are, by its own reader, with bitsandbytes. So no model ever
stands in 16 bits as a whole. What 4 bits are is the same for both: NF4.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch
from torch import nn

from egogpt.protocols.errors import CannotRun

Quantiser: TypeAlias = Callable[[nn.Module, torch.device], None]
"""Quantises all linear layers inside a module, which then stands on the device."""

_LIBRARIES = ("bitsandbytes", "torchao")
_FOR_TRANSFORMERS = ("bitsandbytes", "accelerate")
_GROUP = 128  # weights that share a scale in torchao's 4 bits


def find_quantiser(bits: int, library: str | None = None) -> Quantiser:
    """What stores linear layers in ``bits`` (8 or 4), by the named library or the first there is.

    Raises CannotRun, or ValueError for other bits.
    """
    if bits not in (8, 4):
        raise ValueError(f"weights are stored in 8 or 4 bits here, not in {bits}")
    known = {"bitsandbytes": _bitsandbytes, "torchao": _torchao}
    for name in [library] if library else _LIBRARIES:
        if _is_installed(name):
            return known[name](bits)
    raise CannotRun(
        f"Storing the language model in {bits} bits needs {library or 'bitsandbytes or torchao'}, "
        f"which is not installed. Install it with: pip install {library or 'bitsandbytes'}"
    )


def can_quantise() -> bool:
    """Whether either library is installed."""
    return any(map(_is_installed, _LIBRARIES))


def can_quantise_transformers() -> bool:
    """Whether what 8 and 4 bits of models of `transformers` need is installed."""
    return all(map(_is_installed, _FOR_TRANSFORMERS))


def for_transformers(bits: int, device: str, unquantized: Sequence[str]) -> dict[str, Any]:
    """What ``from_pretrained`` is told for ``bits`` (8 or 4); the modules ``unquantized`` keep 16.

    Raises CannotRun where there is no NVIDIA GPU, or a package is missing.
    """
    missing = [name for name in _FOR_TRANSFORMERS if not _is_installed(name)]
    if missing or not device.startswith("cuda"):
        raise CannotRun(
            f"Weights of {bits} bits need an NVIDIA GPU and the packages bitsandbytes and "
            f"accelerate (pip install {' '.join(missing or _FOR_TRANSFORMERS)}). Or leave out "
            f"bits={bits}."
        )
    import transformers

    settings: Any = transformers.BitsAndBytesConfig
    how: dict[str, Any] = {"llm_int8_skip_modules": list(unquantized)}
    if bits == 8:
        how["load_in_8bit"] = True
    else:
        how |= {
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_use_double_quant": True,
            "bnb_4bit_compute_dtype": torch.bfloat16,
        }
    return {"quantization_config": settings(**how), "device_map": {"": device}}


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


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
            raise CannotRun(
                f"torchao cannot store weights in {bits} bits on {device} ({error}). Install "
                "bitsandbytes, which is tried first: pip install bitsandbytes"
            ) from error

    return quantise
