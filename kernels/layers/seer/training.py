"""Training of SeerAttention's gates: they learn from the dense attention of the model itself.

The model stays as it is; each layer's gate is drawn to the peaks of its attention by the
Kullback–Leibler divergence. The first quarter of the rows is left out, where there is next to
nothing to choose.

    gates = decode_gates(model, block=64)
    losses = distil(model, gates, batches)
    save(gates, Path("attn_gate_weights.pth"))

Source: Gao et al., SeerAttention, arXiv 2410.13276, section 3.2; Gao et al., SeerAttention-R,
arXiv 2506.08889, section 2 (AdamW, 1e-3, cosine decay).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from kernels.layers.seer.checkpoint import Gate
from kernels.layers.seer.gate import DecodeGate, PrefillGate
from kernels.layers.seer.teacher import Lesson, listen, targets_of_blocks, targets_of_tokens

LEFT_OUT = 0.25
"""Share of the first rows that teach nothing."""


def decode_gates(model: Any, *, block: int = 64, gate_size: int | None = None) -> list[DecodeGate]:
    """Untrained decode gates for a model of `transformers`, one a layer.

    Args:
        model: A causal model with a Llama-like configuration.
        block: Tokens per block.
        gate_size: Channels of the gate; by default those of a head, which lets the gate turn with
            the model's own RoPE frequencies.

    Returns:
        Gates on the model's device, float32.
    """
    sizes = _sizes(model, block, gate_size)
    return [DecodeGate(**sizes).to(model.device) for _ in _layers(model)]


def prefill_gates(
    model: Any, *, block: int = 64, gate_size: int | None = None
) -> list[PrefillGate]:
    """Untrained prefill gates for a model, one a layer; arguments as `decode_gates` has them."""
    sizes = _sizes(model, block, gate_size)
    return [PrefillGate(**sizes, project_queries=True).to(model.device) for _ in _layers(model)]


def loss(gate: Gate, lesson: Lesson) -> Tensor:
    """Divergence of a gate's softmax from the true peaks, a mean over rows.

    Args:
        gate: The gate of the lesson's layer.
        lesson: What dense attention did, with the gate's block.

    Returns:
        Scalar; 0 where the sequence is too short to have anything to choose.
    """
    logits, target = _question(gate, lesson)
    first = int(LEFT_OUT * logits.shape[2])
    logits, target = logits[:, :, first:], target[:, :, first:]
    asked = target.sum(dim=-1) > 0
    if not bool(asked.any()):
        return logits.new_zeros((), requires_grad=True)
    logs = logits[asked].log_softmax(dim=-1).clamp(min=-1e4)  # 0 · -inf is no number
    return nn.functional.kl_div(logs, target[asked], reduction="batchmean")


def distil(
    model: Any, gates: Sequence[Gate], batches: Iterable[Tensor], *, steps: int,
    learning_rate: float = 1e-3,
) -> list[float]:  # fmt: skip
    """Train the gates of a model on its dense attention.

    Args:
        model: The model, as `listen` takes it; its weights are not changed.
        gates: One gate a layer; trained in place.
        batches: Token ids, int64 [B, n] without padding; at least one, gone through again and
            again until ``steps`` are done.
        steps: Batches to learn from.
        learning_rate: The first one; it falls to 0 along a cosine.

    Returns:
        The loss at each step, summed over layers.

    Raises:
        ValueError: There is no batch, or there are not as many gates as layers.
    """
    examples = list(batches)
    if not examples:
        raise ValueError("The gates need at least one batch of token ids to learn from")
    parameters = [parameter for gate in gates for parameter in gate.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    losses = []
    for step in range(steps):
        lessons = _lessons(model, gates, examples[step % len(examples)])
        total = torch.stack([loss(gate, lesson) for gate, lesson in zip(gates, lessons)]).sum()
        optimiser.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        losses.append(total.item())
    return losses


@torch.no_grad()
def recall(model: Any, gates: Sequence[Gate], ids: Tensor, blocks: int) -> float:
    """Share of each row's truly best blocks that the gates choose too.

    Args:
        model: The model.
        gates: One gate a layer.
        ids: int64 [B, n], without padding.
        blocks: How many are chosen; rows that have no more than these to choose from don't count.

    Returns:
        Between 0 and 1, a mean over layers, heads and rows.

    Raises:
        ValueError: No row has more blocks than are chosen.
    """
    hits, relevant = 0, 0
    for gate, lesson in zip(gates, _lessons(model, gates, ids), strict=True):
        logits, target = _question(gate, lesson)
        rows = (logits > -torch.inf).sum(dim=-1) > blocks
        if not bool(rows.any()):
            raise ValueError(f"{ids.shape[1]} tokens have no row with more than {blocks} blocks")
        true = target[rows].topk(blocks, dim=-1).indices
        chosen = logits[rows].topk(blocks, dim=-1).indices
        hits += int((true[:, :, None] == chosen[:, None]).sum())
        relevant += true.numel()
    return hits / relevant


def _question(gate: Gate, lesson: Lesson) -> tuple[Tensor, Tensor]:
    """What a gate says and what is true, both [B, H, rows, blocks]."""
    logits = gate(lesson.query.float(), lesson.key.float())
    if isinstance(gate, DecodeGate):
        return logits, targets_of_tokens(lesson.peaks, lesson.key.shape[1], gate.block)
    return logits, targets_of_blocks(lesson.peaks, gate.block)


def _lessons(model: Any, gates: Sequence[Gate], ids: Tensor) -> list[Lesson]:
    lessons = listen(model, ids, gates[0].block if gates else 1)
    if len(lessons) != len(gates):
        raise ValueError(f"{len(gates)} gates for a model of {len(lessons)} layers")
    return lessons


def _layers(model: Any) -> range:
    return range(model.config.num_hidden_layers)


def _sizes(model: Any, block: int, gate_size: int | None) -> dict[str, Any]:
    config = model.config
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    gate_size = gate_size or size
    turning = model.get_decoder().rotary_emb.inv_freq if gate_size == size else None
    return {
        "size": size,
        "heads": config.num_attention_heads,
        "key_heads": config.num_key_value_heads,
        "block": block,
        "gate_size": gate_size,
        "per_position": turning,
    }
