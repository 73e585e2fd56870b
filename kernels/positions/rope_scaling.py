"""Long positions for a model that is already loaded, without training.

    from kernels.positions.rope_scaling import positioned, reposition
    reposition(model, "yarn:4")                 # four times as many tokens from now on
    with positioned(model, "entropy-abf:4"): …  # or for a while; afterwards all is as it was

Frequencies are those of `transformers`' own rope types, computed from the model's config:

- `linear`: positions are divided. Chen et al., arXiv 2306.15595.
- `ntk`: the base is raised, so that slow frequencies stretch and fast ones stay. Peng et al.,
  YaRN, arXiv 2309.00071, section 3.1.
- `dynamic`: the same, by as much as the text is too long. Keys that are in a cache keep the
  rotation of the length at which they were written, so beyond the trained length reading in
  pieces is not quite reading at once. Same paper, section 3.3.
- `yarn`: each frequency by its wave length, and a temperature. Same paper, section 3.4.
- `entropy-abf`: the base raised, and logits scaled with the number of keys from the third layer
  on. Zhang et al., arXiv 2401.07004, section 3. Their base of 500,000 for 10,000 comes with
  tuning; untrained, the base is raised as by `ntk`.
- `renumbered`: frequencies stay. What a query beyond the trained length sees, of which a sparse
  method lets be little, is numbered one key behind the other up to the query, so that no distance
  is longer than the model was trained for. Lee et al., InfiniteHiP, arXiv 2502.08910, section 3.3;
  Wu et al., TokenSelect, arXiv 2411.02886, section 4. Up to the trained length nothing changes.

`fp32` computes angles and rotation in float32 and rounds once. Wang et al., When Precision Meets
Position, arXiv 2411.13476, section 3: in bfloat16 the logit of two tokens changes with where both
stand. A model whose buffers were cast with its weights gets its frequencies back as well.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from kernels.positions.key_turning import MARK, key_turning, turning_of
from kernels.positions.options import RENUMBERED, Positions
from kernels.positions.rope_rotation import NoRotation, RotationSettings, during, rotating, scale_of

UNSCALED_LAYERS = 2
"""The first layers, whose attention is spread anyway; arXiv 2401.07004, section 3.2."""
_MARK = "kernels_positions"  # on a rotary embedding that was built here


class Repositioned:
    """A model with other positions; `undo` gives it back its own.

    Attributes:
        positions: What was applied.
        trained: Tokens that the model reads by itself, from its config; 0 where that is not told.
        longest: Tokens that it reads now, likewise.
    """

    def __init__(self, model: Any, positions: Positions) -> None:
        """Applies them; see `reposition`."""
        self.positions = positions
        self._config: Any = model.config.get_text_config(decoder=True)
        self.trained = int(getattr(self._config, "max_position_embeddings", None) or 0)
        self.longest = positions.longest(self.trained)
        self._scales = threading.local()
        self._hooks: list[Any] = []
        self._before: list[tuple[Any, str, Any]] = []
        if positions == Positions():
            return
        try:
            self._apply(model)
        except BaseException:
            self.undo()
            raise

    def _apply(self, model: Any) -> None:
        if self.positions.kind == RENUMBERED:
            self._number_anew(model)
            return
        rotary = _rotaries(model, self._config)
        layers = rotating(model, self._config.model_type) if self._at_rotation else []
        config = self._new_config()
        for parent, name, old in rotary:
            self._set(parent, name, self._built(old, config))
        self._set(self._config, "rope_parameters", copy.deepcopy(config.rope_parameters))
        # By this number the dynamic type measures what is too long.
        if self.positions.kind not in ("native", "dynamic"):
            self._set(self._config, "max_position_embeddings", self.longest)
        for layer in layers:
            self._hooks += during(layer, self._turn_of(layer.layer_idx))

    def _number_anew(self, model: Any) -> None:
        """Tell the layers how to turn keys; attention of `kernels.engine` does it."""
        turning = key_turning(model)
        for layer in rotating(model, self._config.model_type):
            self._before.append((layer, MARK, turning_of(layer)))
            setattr(layer, MARK, turning)
        self._set(self._config, "max_position_embeddings", self.longest)

    def undo(self) -> None:
        """Put everything back; a second time does nothing."""
        while self._hooks:
            self._hooks.pop().remove()
        while self._before:
            owner, name, value = self._before.pop()
            setattr(owner, name, value)

    @property
    def _scaled(self) -> bool:
        return self.positions.kind == "entropy-abf"

    @property
    def _at_rotation(self) -> bool:
        return self.positions.exact or self._scaled

    def _set(self, owner: Any, name: str, value: Any) -> None:
        self._before.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def _new_config(self) -> Any:
        """A copy of the language model's config with the frequencies that were chosen."""
        config = copy.deepcopy(self._config)
        rope = config.rope_parameters
        kind, factor = self.positions.kind, self.positions.factor
        if kind == "native":
            return config
        if not self.trained:
            raise NoRotation("the model's config does not say how many tokens it was trained on")
        if rope["rope_type"] != "default":
            raise NoRotation(
                f"the model's positions are already stretched ({rope['rope_type']}); choose "
                "native, with which it reads what its maker promises"
            )
        if kind in ("ntk", "entropy-abf"):
            rope["rope_theta"] = raised_base(rope["rope_theta"], factor, _rotated(config))
        else:
            rope.update(rope_type=kind, factor=factor)
        if kind == "yarn":
            rope["original_max_position_embeddings"] = self.trained
        return config

    def _built(self, old: nn.Module, config: Any) -> nn.Module:
        kind: Any = type(old)
        new: nn.Module = kind(config=config).to(old.get_buffer("inv_freq").device)
        new.train(old.training)
        setattr(new, _MARK, self.positions.label)
        new.register_forward_pre_hook(self._before_angles, with_kwargs=True)
        return new

    def _before_angles(
        self, rotary: Any, args: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Runs once in each forward of the model, before the layers."""
        places: Tensor = named["position_ids"] if "position_ids" in named else args[1]
        if self._scaled:
            # Of a picture's three coordinates the largest is that of the text around it.
            axis = places.amax(dim=0) if places.dim() == 3 else places
            self._scales.now = scale_of(axis, self.trained)
        if self.positions.kind == "dynamic" and bool((places == 0).any()):
            # A text begins: what was read before must not change what it is answered.
            rotary.inv_freq = rotary.original_inv_freq.to(rotary.inv_freq.device)
            rotary.max_seq_len_cached = rotary.original_max_seq_len
        if self.positions.exact:  # cos and sin come in the precision of the first argument
            args = (args[0].new_empty(0, dtype=torch.float32), *args[1:])
        return args, named

    def _turn_of(self, layer: Any) -> Any:
        scaled = self._scaled and int(layer) >= UNSCALED_LAYERS
        return lambda: RotationSettings(self._scales.now if scaled else None)


def reposition(model: Any, positions: str | Positions) -> Repositioned:
    """Let a loaded model of `transformers` read longer texts than it was trained on.

    Its rotary embedding is built anew, its config tells so, and a cache begun before must not be
    used after. `native` changes nothing.

    Args:
        model: A causal language model, or one that also sees or hears; of that the text part.
        positions: As `Positions`, or its name: "yarn:4".

    Returns:
        What undoes it, and how many tokens are read now.

    Raises:
        UnknownPositions: There are none of this name.
        NoRotation: The model has no rotary embedding, one that differs by layer, or one that is
            already stretched.
    """
    return Repositioned(
        model, Positions.parse(positions) if isinstance(positions, str) else positions
    )


@contextmanager
def positioned(model: Any, positions: str | Positions) -> Iterator[Repositioned]:
    """`reposition` for a block; raises as it does."""
    changed = reposition(model, positions)
    try:
        yield changed
    finally:
        changed.undo()


def raised_base(base: float, factor: float, rotated: int) -> float:
    """The base at which the slowest of the frequencies turns `factor` times slower.

    Source: Peng et al., arXiv 2309.00071, section 3.1, definition 1.

    Args:
        base: Of the rotation, as trained.
        factor: How many times as many tokens.
        rotated: Numbers of a head that are rotated, d.
    """
    return float(base * factor ** (rotated / (rotated - 2)))


def _rotated(config: Any) -> int:
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(size * config.rope_parameters.get("partial_rotary_factor", 1.0))


def _rotaries(model: Any, text: Any) -> list[tuple[nn.Module, str, Any]]:
    """The rotary embeddings of the language model: whose part, by which name, and itself."""
    rotaries = [
        (parent, name, part)
        for parent in model.modules()
        for name, part in parent.named_children()
        if any(buffer.endswith("inv_freq") for buffer, _ in part.named_buffers(recurse=False))
        and getattr(getattr(part, "config", None), "model_type", None) == text.model_type
    ]
    if not rotaries or isinstance(getattr(rotaries[0][2], "rope_type", None), dict):
        how = "different rotations in different layers" if rotaries else "no rotary embedding"
        raise NoRotation(f"{type(model).__name__} has {how}; only native positions fit it")
    if label := getattr(rotaries[0][2], _MARK, None):
        raise NoRotation(f"the model has the positions {label} already; undo those first")
    return rotaries
