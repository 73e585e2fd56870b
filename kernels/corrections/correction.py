"""An attention kernel with a correction on top, under a name that `transformers` knows.

    name = register_on_top("var", "sdpa")              # or any method of ours: "window", Window(…)
    install(module, correction)                        # on an attention module; `remove` ends it

`generate()` refuses keywords that it does not know, so a correction is kept on the module it
concerns. A module without one, or whose correction has nothing to do, runs the bare kernel: the
same bits and the same time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn

from kernels.base.attention_rows import Call
from kernels.base.method import Method
from kernels.base.sdpa_lse import sdpa_with_log_sums
from kernels.engine.transformers_attention import Attention
from kernels.registry import NameTaken, UnknownMethod, create, register

_SEAT = "_egobutler_correction"


class AttentionCorrection(Protocol):
    """Puts right what a kernel answered, in one layer; it keeps state from prompt to decoding."""

    def begin(self, batch: int, asked: int, total: int) -> int | None:
        """Called before the kernel.

        Returns:
            The position of the first query, or None when nothing is to be corrected.
        """

    def correct(self, call: Call) -> None:
        """Write into ``call.mixed``."""


@dataclass(frozen=True, slots=True)
class CorrectedAttention:
    """The attention function: a base kernel, then the correction that its module carries."""

    name: str
    base_name: str
    base: Callable[..., tuple[Tensor, Tensor | None]]

    def __call__(
        self,
        module: nn.Module,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attention_mask: Tensor | None,
        scaling: float | None = None,
        **options: Any,
    ) -> tuple[Tensor, Tensor | None]:
        """Attend, and correct; shapes as in `kernels.engine.transformers_attention.Attention`."""
        correction: AttentionCorrection | None = getattr(module, _SEAT, None)
        start = (
            None if correction is None
            else correction.begin(query.shape[0], query.shape[2], key.shape[2])
        )  # fmt: skip
        if correction is None or start is None:
            return self.base(module, query, key, value, attention_mask, scaling=scaling, **options)
        scale = query.shape[-1] ** -0.5 if scaling is None else scaling
        sums = None
        if self.base_name == "sdpa":
            mixed, sums = sdpa_with_log_sums(
                module, query, key, value, attention_mask, scale, **options
            )
        else:
            mixed = self.base(module, query, key, value, attention_mask, scaling=scale, **options)[
                0
            ]
        method = self.base.method if isinstance(self.base, Attention) else None
        layer = int(getattr(module, "layer_idx", None) or 0)
        correction.correct(
            Call(query, key, value, attention_mask, scale, start, mixed, sums, method, layer)
        )
        return mixed, None


def register_on_top(name: str, base: str | Method = "sdpa") -> str:
    """Make a correctable kernel known to `transformers`, with its base's mask function.

    Args:
        name: What the correction is called, e.g. "var".
        base: A method of ours, or the name of any attention function of `transformers`. "eager"
            is none: it is another function in each model.

    Returns:
        The name for `set_attn_implementation`: "var" on SDPA, else e.g. "var(window)".

    Raises:
        UnknownMethod: There is no such base, or it cannot be corrected.
        NameTaken: The name belongs to an attention function that is not ours.
    """
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    known = ALL_ATTENTION_FUNCTIONS.get(base) if isinstance(base, str) else None
    if isinstance(known, CorrectedAttention):
        base, known = known.base_name, ALL_ATTENTION_FUNCTIONS.get(known.base_name)
    if base == "eager":
        raise UnknownMethod('"eager" attention cannot be corrected; use "sdpa" beneath')
    if isinstance(base, str) and known is None:
        base = create(base)
    if isinstance(base, Method) and base.stands_in:
        raise UnknownMethod(
            f"{base.label!r} lets something stand in for the keys that it leaves out, and a "
            "correction moves weight between keys; choose a method that does not"
        )
    base_name = str(base) if known is not None else register(base)
    label = name if base_name == "sdpa" else f"{name}({base_name})"
    present = ALL_ATTENTION_FUNCTIONS.get(label)
    if present is not None and not isinstance(present, CorrectedAttention):
        raise NameTaken(f"transformers already has an attention function named {label!r}")
    function = CorrectedAttention(name, base_name, ALL_ATTENTION_FUNCTIONS[base_name])
    AttentionInterface.register(label, function)
    AttentionMaskInterface.register(label, ALL_MASK_ATTENTION_FUNCTIONS[base_name])
    return label


def install(module: nn.Module, correction: AttentionCorrection) -> None:
    """Let an attention module carry a correction.

    Raises:
        ValueError: It carries one already; corrections do not add up.
    """
    if hasattr(module, _SEAT):
        raise ValueError("this layer's attention is being corrected already; end that first")
    setattr(module, _SEAT, correction)


def remove(module: nn.Module) -> None:
    """Take the correction off an attention module; nothing is left on it."""
    if hasattr(module, _SEAT):
        delattr(module, _SEAT)
