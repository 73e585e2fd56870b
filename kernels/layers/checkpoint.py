"""Published weights for the modules here: which tensor of a file is which parameter.

A module names its parameters in its own words; its `PUBLISHED` table says what the released
checkpoints call them. A file is read as data only, so a pickle cannot run anything.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

NESTED = ("model", "state_dict", "model_state_dict")
"""Where training scripts put the weights beside their optimiser's state."""


class WeightsDoNotFit(ValueError):
    """A file of weights that is not for this module; the text names the file and the tensors."""


def read(path: Path) -> dict[str, Tensor]:
    """Read the named tensors of a .safetensors file, or of a pickle of PyTorch's.

    Raises:
        WeightsDoNotFit: The file is missing or damaged, or holds more than tensors.
    """
    if not path.is_file():
        raise WeightsDoNotFit(f"{path} is missing. Fetch this file of the checkpoint.")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # safetensors has errors of its own, and pickle has many
        kinds = (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError)
        if not isinstance(error, kinds) and type(error).__name__ != "SafetensorError":
            raise
        raise WeightsDoNotFit(
            f"{path} is damaged, or holds more than tensors ({str(error).splitlines()[0]}). "
            "Fetch it anew."
        ) from error
    for name in NESTED:
        if isinstance(content, dict) and isinstance(content.get(name), dict):
            content = content[name]
    tensors = dict(content) if isinstance(content, dict) else {}
    tensors = {key: value for key, value in tensors.items() if isinstance(value, Tensor)}
    if not tensors:
        raise WeightsDoNotFit(f"{path} holds no named tensors. Fetch it anew.")
    return tensors


def write(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write named tensors: safetensors by the file's ending, else a pickle of PyTorch's."""
    content = {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}
    if path.suffix == ".safetensors":
        from safetensors.torch import save_file

        save_file(content, path)
    else:
        torch.save(content, path)


def fit(
    module: nn.Module, tensors: Mapping[str, Tensor], path: Path, prefix: str,
    published: Mapping[str, str],
) -> None:  # fmt: skip
    """Fill a module's parameters with those that a file has below a prefix.

    Args:
        module: What is filled, in its own type and on its own device.
        tensors: What the file holds.
        path: The file, for the message.
        prefix: What stands before the module's names, with the last dot: "layers.3.attn.".
        published: The released name of each parameter, below the prefix, by the module's name.

    Raises:
        WeightsDoNotFit: A tensor is missing, left over below the prefix, or of another shape; the
            module is then as it was.
    """
    names = {name: prefix + published[name] for name, _ in module.named_parameters()}
    here = {key for key in tensors if key.startswith(prefix)}
    missing = sorted(set(names.values()) - here)
    unexpected = sorted(here - set(names.values()))
    problems = [f"lacks {_listed(missing)}"] * bool(missing)
    problems += [f"holds {_listed(unexpected)}, which this module has not"] * bool(unexpected)
    for name, parameter in module.named_parameters():
        tensor = tensors.get(names[name], parameter)
        if tensor.shape != parameter.shape:
            problems.append(
                f"has {names[name]} as {list(tensor.shape)}, where {list(parameter.shape)} is "
                "expected"
            )
    if problems:
        raise WeightsDoNotFit(
            f"{path} {'; and '.join(problems)}. Build the module with the sizes of that "
            "checkpoint, or give its own file."
        )
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(tensors[names[name]])


def named(module: nn.Module, prefix: str, published: Mapping[str, str]) -> dict[str, Tensor]:
    """A module's parameters under the released names, as `fit` takes them."""
    return {prefix + published[name]: value for name, value in module.named_parameters()}


def _listed(names: list[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
