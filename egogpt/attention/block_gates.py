"""SeerAttention's gates of a model, kept by the model's fingerprint, and used.

    found = study_gates(model, tokenizer, seconds=1800)     # egogpt.long_context.gate_study
    save_gates(found)                                       # beside the model's heads
    with using(model, by_gates(model)): …                   # later, in any process

Only gates of layers are kept in which less attention was lost than by `spread`, on texts that
nothing was learned from; and none where the whole model's answers lose more with them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from egogpt.attention.retrieval_heads import HeadsUnknown, heads_file
from egogpt.runtime.decoder_layers import UnsupportedModel, find_decoder
from egogpt.runtime.model_fingerprint import fingerprint
from egogpt.weights.json_files import write_json
from kernels.layers.seer.gate import BlockGate, GateTable
from kernels.methods.seer import Seer

GATED, POOLED, SPREAD, QUEST = "gates", "mean key", "spread", "quest"
"""What is compared: trained gates, the same untrained, and the methods that need no training."""
_PARTS = ("query_weight", "key_weight")


class GatesUnknown(HeadsUnknown):
    """The gates of a model were not distilled yet, or their file is damaged; says what to do."""

    command = "gates"


@dataclass(frozen=True, slots=True)
class FoundGates:
    """Gates of a model, and what they were measured to lose on texts that they did not learn from.

    Attributes:
        model: The model's fingerprint.
        name: Its class, for people.
        gates: For each layer its gate, None where the layer goes by `spread`.
        divergence: Of the true shares of attention, mean of all layers, before and after training.
        missed: By way, for each layer the share of attention that is not seen; empty lists for
            layers that do not see their whole context.
        losses: By way, what answers lose (`egogpt.long_context.head_losses`); "gates" with those
            of the layers that have one. Empty where it was not measured.
        texts: How many it learned from.
        digest: SHA-256 of their file, once they are in one.
    """

    model: str
    name: str
    gates: tuple[BlockGate | None, ...]
    divergence: tuple[float, float]
    missed: dict[str, list[float | None]]
    losses: dict[str, float] = field(default_factory=dict)
    texts: int = 0
    digest: str = ""

    @property
    def layers(self) -> tuple[int, ...]:
        """Layers that go by their gate."""
        return tuple(layer for layer, gate in enumerate(self.gates) if gate is not None)

    @property
    def pay(self) -> bool:
        """Whether the whole model's answers lose less than by `spread`, as far as measured."""
        less = self.losses[GATED] < self.losses[SPREAD] if self.losses else True
        return bool(self.layers) and less

    def figures(self) -> dict[str, Any]:
        """All but the gates themselves."""
        return {
            "model": self.model, "name": self.name, "count": len(self.gates),
            "layers": self.layers, "divergence": self.divergence, "missed": self.missed,
            "losses": self.losses, "texts": self.texts,
        }  # fmt: skip


def new_gates(model: Any, block: int = Seer().block) -> list[BlockGate | None]:
    """Untrained gates of a model, None for layers that do not see their whole context.

    Raises:
        UnsupportedModel: The model's layers cannot be looked into, or its keys not turned back.
    """
    decoder, config = find_decoder(model), find_decoder(model).config
    heads = int(config.num_attention_heads)
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    sizes = (heads, int(config.num_key_value_heads), int(size), block, _frequencies(model))
    return [
        None if layer.attention is None else BlockGate(*sizes).to(model.device)
        for layer in decoder.layers
    ]


def _frequencies(model: Any) -> Callable[[], Tensor]:
    """Tells by what angles the model turns keys now, also after its positions were changed."""
    module = model.get_decoder()
    rope = getattr(module.config, "rope_parameters", None) or {}
    angles = getattr(getattr(module, "rotary_emb", None), "inv_freq", None)
    if angles is None or rope.get("rope_type") in ("dynamic", "longrope"):
        raise UnsupportedModel(
            f"{type(model).__name__} turns its keys in a way that cannot be turned back; gates "
            "look at them as they were before. Choose another attention, such as spread"
        )
    return lambda: module.rotary_emb.inv_freq.float()


def gates_file(model_hash: str) -> Path:
    """Where the gates of a model are kept: in the folder of its heads; figures lie beside."""
    return heads_file(model_hash).with_suffix(".gates.safetensors")


def save_gates(study: FoundGates) -> Path:
    """Write gates down in half precision, then their figures with the file's SHA-256."""
    from safetensors.torch import save

    tensors = {
        f"{layer}.{part}": getattr(gate, part).detach().half().cpu().contiguous()
        for layer, gate in enumerate(study.gates)
        for part in _PARTS
        if gate is not None
    }
    path, content = gates_file(study.model), save(tensors, {"model": study.model})
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".partial-{os.getpid()}")
    partial.write_bytes(content)
    os.replace(partial, path)
    digest = hashlib.sha256(content).hexdigest()
    write_json(path.with_suffix(".json"), study.figures() | {"sha256": digest})
    return path


def load_gates(model: Any) -> FoundGates:
    """Read what was distilled for a model.

    Raises:
        GatesUnknown: Nothing was, or a file is damaged, cannot be read, or is another model's.
        UnsupportedModel: See `new_gates`.
    """
    mine = fingerprint(model)
    path = gates_file(mine)
    figures = path.with_suffix(".json")
    try:
        read = json.loads(figures.read_text(encoding="utf-8"))
        content = path.read_bytes()
        if read["model"] != mine:
            raise GatesUnknown(f"the gates in {figures} are those of another model")
        if read["sha256"] != hashlib.sha256(content).hexdigest():
            raise GatesUnknown(f"{path} is damaged (its SHA-256 is not that in {figures.name})")
        return FoundGates(
            mine, str(read["name"]), _filled(model, content, read["layers"]),
            (float(read["divergence"][0]), float(read["divergence"][1])), dict(read["missed"]),
            {str(way): float(lost) for way, lost in read["losses"].items()}, int(read["texts"]),
            str(read["sha256"]),
        )  # fmt: skip
    except FileNotFoundError as error:
        raise GatesUnknown(
            f"those of this {type(model).__name__} were not distilled yet ({error.filename} is "
            "not there)"
        ) from None
    except OSError as error:
        raise GatesUnknown(f"{path} cannot be read: {error}") from error
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        if isinstance(error, UnsupportedModel):
            raise
        raise GatesUnknown(f"{figures} is damaged ({error})") from error


def _filled(model: Any, content: bytes, layers: list[int]) -> tuple[BlockGate | None, ...]:
    """A model's gates with the weights of a file; None where a layer has none."""
    from safetensors.torch import load

    tensors: Mapping[str, Tensor] = load(content)
    gates: list[BlockGate | None] = [None] * len(new := new_gates(model))
    for layer in layers:
        gate = new[layer]
        assert gate is not None
        gate.load_state_dict({part: tensors[f"{layer}.{part}"] for part in _PARTS})
        gates[layer] = gate.requires_grad_(False)
    return tuple(gates)


def by_gates(model: Any, **options: Any) -> Seer:
    """Build `seer` for a model from what was distilled for it.

    Raises:
        GatesUnknown: See `load_gates`.
        ValueError: An option is out of range.
    """
    found = load_gates(model)
    gates, name = (found.gates, found.digest[:8]) if found.pay else ((), "do not pay")
    return Seer(gates=GateTable(gates, name), **options)
