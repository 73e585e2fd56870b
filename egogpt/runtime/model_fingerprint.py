"""Fingerprint a model: heads and sinks found for one mean nothing for another."""

from __future__ import annotations

import hashlib
import json
from typing import Any

_SAMPLED = 64
_LOADING = ("_name_or_path", "dtype", "torch_dtype", "transformers_version")


def fingerprint(model: Any) -> str:
    """SHA-256 of a model's config, and of the name, shape and some values of each parameter.

    Values are compared as bfloat16, so that the precision in which a model was loaded does not
    make it another one. It reads a few kilobytes, however large the model is.
    """
    import torch

    digest = hashlib.sha256()
    # What changes with how the model was loaded, not with what it is.
    config = _without_loading(model.config.to_dict())
    digest.update(json.dumps(config, sort_keys=True, default=str).encode())
    for name, weight in model.named_parameters():
        values = weight.detach().flatten()
        step = max(1, values.numel() // _SAMPLED)
        sampled = values[::step][:_SAMPLED].to(torch.bfloat16).float().cpu()
        digest.update(f"{name}{tuple(weight.shape)}".encode())
        digest.update(sampled.numpy().tobytes())
    return digest.hexdigest()


def _without_loading(config: Any) -> Any:
    """A config, and those of its parts, without what depends on how the model was loaded."""
    if not isinstance(config, dict):
        return config
    return {key: _without_loading(part) for key, part in config.items() if key not in _LOADING}
