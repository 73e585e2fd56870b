"""Estimate EgoGPT's memory in each form, and choose the form that suits a card.

Bytes are counted from the modules themselves, built on the meta device: nothing is allocated. The
language model is the larger part by far, so it is what is stored in fewer bits; the encoders are
small, work once for a clip, and can wait beside the card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from egogpt.egogpt_7b.config import EgoGPTConfig
from egogpt.protocols.errors import CannotRun

Towers: TypeAlias = Literal["resident", "in turn", "beside"]
"""The encoders: on the card, moved there for their own pass, or computing on the CPU."""

FRAMES = 30  # of a clip of 30 s, as in the model's training
PROMPT_TOKENS = 1024  # the words around a clip, and the reply
RESERVE = 1_200_000_000  # the driver's context, the libraries' workspaces, fragments
# What a weight takes in so many bits, its share of the scales included. NF4 has a scale for every
# 64 weights, of a byte, and one for every 256 of those; torchao's 4 bits take as much again.
STORED = {32: 4.0, 16: 2.0, 8: 1.01, 4: 0.54}
_HALF = 2
_MOST_CONTEXTS = 8  # in work at once, however much room there is
_FORMS: tuple[tuple[int, Towers], ...] = (
    (16, "resident"), (16, "in turn"), (8, "resident"), (8, "in turn"),
    (4, "resident"), (4, "in turn"), (4, "beside"),
)  # fmt: skip


class NotEnoughMemory(CannotRun):
    """No form of the model fits; the text says what the smallest one takes."""


@dataclass(frozen=True, slots=True)
class ParameterCounts:
    """Numbers of parameters: of the linear layers inside the language model, of the rest of it
    (words, output, norms), of the tower with its projector, of the speech encoder with its own."""

    linear: int
    words: int
    vision: int
    speech: int

    @property
    def total(self) -> int:
        """All parameters: 8.69 billion."""
        return self.linear + self.words + self.vision + self.speech


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """One way to hold the model.

    ``bits`` is how the language model's layers are stored, ``peak`` the bytes that the card needs
    while a clip of 30 frames is read, ``beside`` the bytes in main memory. ``tokens`` is how many
    tokens may be in work at once, all clips of a batch together.
    """

    bits: int
    towers: Towers
    peak: int
    beside: int
    tokens: int
    device: str = "cuda"


def count_parts(config: EgoGPTConfig) -> ParameterCounts:
    """How the parameters divide; nothing is allocated."""
    import torch
    from torch import nn

    from egogpt.egogpt_7b.model import EgoGPT

    with torch.device("meta"):
        model = EgoGPT(config)

    def size(*modules: nn.Module) -> int:
        return sum(weight.numel() for module in modules for weight in module.parameters())

    linear = sum(
        layer.weight.numel()
        for layer in model.llm.model.layers.modules()
        if isinstance(layer, nn.Linear)
    )
    return ParameterCounts(
        linear=linear,
        words=size(model.llm) - linear,
        vision=size(model.tower, model.projector) + model.image_newline.numel(),
        speech=size(model.speech_encoder, model.speech_projector),
    )


def plans(
    config: EgoGPTConfig, card: int | None = None, *, parts: ParameterCounts | None = None
) -> tuple[MemoryPlan, ...]:
    """Every form, the best first, with its bytes.

    ``card`` (bytes) sets how many tokens fit; ``parts`` saves counting them again.
    """
    parts = parts or count_parts(config)
    return tuple(_plan(config, parts, bits, towers, card) for bits, towers in _FORMS)


def choose_plan(
    config: EgoGPTConfig,
    card: int,
    *,
    bits: Sequence[int] = (16, 8, 4),
    parts: ParameterCounts | None = None,
) -> MemoryPlan:
    """The best form that fits a card of ``card`` bytes, among those stored in ``bits``.

    Raises NotEnoughMemory.
    """
    candidates = [plan for plan in plans(config, card, parts=parts) if plan.bits in bits]
    for plan in candidates:
        if plan.peak <= card:
            return plan
    least = min(candidates, key=lambda plan: plan.peak)
    raise NotEnoughMemory(
        f"EgoGPT takes at least {least.peak / 1e9:.1f} GB of a card's memory ({least.bits} bits, "
        f"encoders {least.towers}), and this one has {card / 1e9:.1f} GB. Close what else uses "
        "it, or choose a smaller model."
    )


def cpu_plan(
    config: EgoGPTConfig, free: int, *, bits: int = 0, parts: ParameterCounts | None = None
) -> MemoryPlan:
    """The whole model in main memory, computing there, with ``free`` bytes of it.

    ``bits`` 0 takes 32 where they fit, which processors are quickest with, and else 16.

    Raises NotEnoughMemory.
    """
    parts = parts or count_parts(config)
    for chosen in (bits,) if bits else (32, 16):
        whole = _plan(config, parts, chosen, "resident", None).peak - RESERVE
        if whole <= free:
            more = (free - whole) // token_bytes(config)
            tokens = min(clip_tokens(config) + more, _MOST_CONTEXTS * config.context_tokens)
            return MemoryPlan(chosen, "resident", 0, whole, tokens, "cpu")
    raise NotEnoughMemory(
        f"EgoGPT takes {whole / 1e9:.1f} GB of main memory where there is no CUDA card, and "
        f"{free / 1e9:.1f} GB are free. Close other programs, or choose a smaller model."
    )


def token_bytes(config: EgoGPTConfig) -> int:
    """What one more token takes while it is read: its keys and values, and its activations."""
    llm = config.llm
    head = llm.hidden_size // llm.num_attention_heads
    cache = llm.num_hidden_layers * 2 * llm.num_key_value_heads * head
    active = 6 * llm.hidden_size + 3 * llm.intermediate_size
    return int(cache + active) * _HALF


def clip_tokens(config: EgoGPTConfig) -> int:
    """What a clip of 30 frames with its sound, its prompt and its reply comes to."""
    return FRAMES * config.frame_tokens + config.speech_tokens + PROMPT_TOKENS


def _plan(
    config: EgoGPTConfig, parts: ParameterCounts, bits: int, towers: Towers, card: int | None
) -> MemoryPlan:
    other = 4 if bits == 32 else _HALF
    llm = int(parts.linear * STORED[bits]) + parts.words * other
    vision, speech = parts.vision * other, parts.speech * other
    fixed = llm + RESERVE + (vision + speech if towers == "resident" else 0)
    tokens = clip_tokens(config)
    if card is not None:
        tokens = max(
            tokens,
            min((card - fixed) // token_bytes(config), _MOST_CONTEXTS * config.context_tokens),
        )
    visitor = max(vision, speech) if towers == "in turn" else 0
    looking = 0 if towers == "beside" else _looking(config)
    least = max(clip_tokens(config) * token_bytes(config), visitor + looking)
    beside = 0 if towers == "resident" else vision + speech
    return MemoryPlan(bits=bits, towers=towers, peak=fixed + least, beside=beside, tokens=tokens)


def _looking(config: EgoGPTConfig) -> int:
    """What the tower's pass takes for its own values and for the projected map of all frames."""
    from egogpt.egogpt_7b.model import FRAMES_AT_ONCE

    patches = config.grid**2
    wide = 6 * config.vision.hidden_size + config.vision.intermediate_size
    seen = FRAMES * patches * config.llm.hidden_size
    return int(FRAMES_AT_ONCE * patches * wide + seen) * _HALF
