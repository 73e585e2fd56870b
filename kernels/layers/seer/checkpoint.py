"""Gates of all layers of a model in one file, as SeerAttention releases them.

The released folders hold ``attn_gate_weights.pth``: the gate of layer i below
``model.layers.i.self_attn.attn_gate.``, and nothing of the base model.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from kernels.layers.checkpoint import WeightsDoNotFit, fit, named, read, write
from kernels.layers.seer.gate import DecodeGate, PrefillGate

FILE = "attn_gate_weights.pth"
Gate = PrefillGate | DecodeGate


def prefix(layer: int) -> str:
    """What stands before the names of a layer's gate."""
    return f"model.layers.{layer}.self_attn.attn_gate."


def load(gates: Sequence[Gate], path: Path) -> None:
    """Fill the gates of a model, one a layer, from a released file or one that `save` wrote.

    Args:
        gates: One gate a layer, of the sizes of the checkpoint.
        path: The file, or the folder that holds `FILE`.

    Raises:
        WeightsDoNotFit: The file is missing or damaged, a tensor is missing, unexpected or of
            another shape, or the file has gates for another number of layers.
    """
    path = path / FILE if path.is_dir() else path
    tensors = read(path)
    known = tuple(prefix(layer) for layer in range(len(gates)))
    strange = sorted(key for key in tensors if not key.startswith(known))
    if strange:
        raise WeightsDoNotFit(
            f"{path} holds {strange[0]} ({len(strange)} such), which no gate of a model of "
            f"{len(gates)} layers has. Give one gate for each layer of the checkpoint's model."
        )
    for layer, gate in enumerate(gates):
        fit(gate, tensors, path, prefix(layer), gate.PUBLISHED)


def save(gates: Sequence[Gate], path: Path) -> None:
    """Write the gates of a model, one a layer, under the released names."""
    tensors: dict[str, Tensor] = {}
    for layer, gate in enumerate(gates):
        tensors |= named(gate, prefix(layer), gate.PUBLISHED)
    write(tensors, path)
