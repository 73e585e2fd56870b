"""A model that was trained on few tokens, and what it says of more."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from kernels.positions.options import KINDS, RENUMBERED
from tests.kernels.models import causal_model

TRAINED = 32
stretched = pytest.mark.parametrize("kind", [k for k in KINDS[1:] if k != RENUMBERED])


def short_model(family: str = "Llama", **changes: Any) -> Any:
    """One that was "trained" on 32 tokens, with two layers behind those that stay unscaled."""
    sizes = {"num_hidden_layers": 4, "max_position_embeddings": TRAINED}
    return causal_model(family, **{**sizes, **changes})


def logits(model: Any, ids: Tensor, **how: Any) -> Tensor:
    with torch.no_grad():
        found: Tensor = model(input_ids=ids, **how).logits
    return found
