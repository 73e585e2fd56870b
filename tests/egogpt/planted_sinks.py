"""Attention sinks in the weights of a tiny checkpoint, where training puts them in a large one.

One dimension of the hidden states is enormous in two kinds of tokens: the letter that our texts
begin with, and what the projector makes of some patches of a picture. In each layer one head of
four looks at what is enormous there and one at pictures; nothing writes to that dimension.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

DIMENSION, _IN_WORDS = 17, 4  # of the hidden states; the second is the same in all words
_LETTER, _ENORMOUS, _OF_A_PATCH = "O", 2000.0, 3.0
_HEADS, _GROUPS, _STRONG = 4, 2, 8.0
_LEFT_OF_LAYERS = 0.2  # so that they do not drown what is planted
_PROJECTOR = re.compile(r"visual\.merger\.(mlp\.2|linear_fc2)\.(weight|bias)$")


def plant_sinks(folder: Path) -> None:
    """Changes the weights of a Qwen model in ``folder``."""
    words = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    letter = words["model"]["vocab"][_LETTER]
    for file in folder.glob("*.safetensors"):
        weights = load_file(file)
        for name, weight in weights.items():
            _plant(name, weight, letter)
        save_file(weights, file, metadata={"format": "pt"})


def _plant(name: str, weight: Tensor, letter: int) -> None:
    if name.endswith("embed_tokens.weight"):
        weight[:, _IN_WORDS] = 1.0
        weight[letter, DIMENSION] = _ENORMOUS
    elif name.endswith(("self_attn.o_proj.weight", "mlp.down_proj.weight")):
        weight *= _LEFT_OF_LAYERS
        weight[[DIMENSION, _IN_WORDS]] = 0.0
    elif name.endswith("self_attn.q_proj.weight"):
        for head in (0, 2):
            weight[_slowest(weight, head, _HEADS), _IN_WORDS] = _STRONG
    elif name.endswith("self_attn.k_proj.weight"):
        weight[:, DIMENSION] = 0.0
        weight[_slowest(weight, 0, _GROUPS), DIMENSION] = _STRONG
        weight[_slowest(weight, 1, _GROUPS), _IN_WORDS] = -_STRONG
    elif _PROJECTOR.search(name):
        weight[DIMENSION] *= _OF_A_PATCH


def _slowest(weight: Tensor, head: int, heads: int) -> int:
    """The row of a head that turns least with the distance of two tokens."""
    rows = weight.shape[0] // heads
    return head * rows + rows // 2 - 1
