"""``egobutler heads``: finds which heads of a language model look far, for duo, razor and tidal."""

from __future__ import annotations

import time
from typing import Annotated, Any

from app.commands import base
from app.commands.options import CommandOptions, command, value, word
from app.presentation.progress_line import ReadingLine
from egogpt.protocols.model_names import GGUF, is_placed, kind_of, parse, without_option
from egogpt.weights.hub_cache import find
from egogpt.weights.store import WeightStore

ModelName = Annotated[str, word("MODEL", "KIND:PLACE, a folder, a .gguf file, or qwen-0.5b …")]


@command()
def heads(
    options: CommandOptions,
    model: ModelName,
    train: Annotated[
        float,
        value(
            "MINUTES",
            "optimise DuoAttention's gates for so long, to take them where they lose less",
        ),
    ] = 0.0,
) -> None:
    """Find which heads of a language model look far, for duo, razor and tidal, and keep them.

    Such as: egobutler heads qwen-0.5b
    """
    from egogpt.attention.retrieval_heads import save_heads
    from egogpt.long_context.head_study import TOKENS, measure_head_losses

    began = time.monotonic()
    loaded = load_model(model, WeightStore(options.settings().weights))
    if loaded.tokenizer is None:
        base.say("the model has no tokenizer: random tokens are told and copied")
    gates = _gates(loaded, train)
    with ReadingLine() as line:
        study = measure_head_losses(
            loaded.model, loaded.tokenizer, lambda done: line.show(done, TOKENS), gates
        )
    path = save_heads(study)
    half = study.best(study.kind, 0.5)
    options.result_line(
        {
            "model": study.model,
            "file": str(path),
            "needle_half": half,
            "kind": study.kind,
            "losses": study.losses,
            "pay": study.pay,
            "seconds": round(time.monotonic() - began, 1),
        }
    )
    best = sorted(
        ((score, layer, head) for layer, row in enumerate(study.scores[study.kind])
         for head, score in enumerate(row) if score is not None), reverse=True,
    )[:8]  # fmt: skip
    why, share = ("that looks most at what it copies", "share of attention to it")
    if study.kind == "gate":
        why, share = ("whose trained gates stayed open longest", "mean gate")
    strongest = ", ".join(f"{layer}.{head} {100 * score:.0f} %" for score, layer, head in best)
    options.show(f"{study.name}: {sum(map(len, half))} of its key heads, the half {why},")
    options.show(f"would look far. The strongest (layer.head, {share}):\n  {strongest}")
    if study.losses:
        who = "they look far and the others near" if study.pay else "every head looks for itself"
        lost = ", ".join(f"{name} {nats:.4f}" for name, nats in study.losses.items())
        options.show(f"Less is lost where {who}: long readings go by that.")
        options.show(f"KL to reading everything:\n  {lost}")
    options.show(f"Kept in {path}")


def load_model(name: str, weights: WeightStore) -> Any:
    """The model and its tokenizer, as whoever names it so will load it."""
    if not is_placed(name) or kind_of(name) == GGUF:
        from egogpt.llm.transformers_models import load_local_model

        return load_local_model(str(find(parse(name))) if is_placed(name) else name, weights)
    from egogpt.registry import load_chat
    from egogpt.vlm.base import VisionLanguageModel

    chat = load_chat(without_option(name, "attention"), weights)
    if not isinstance(chat, VisionLanguageModel):
        raise ValueError(f"{name} does not run in transformers: its heads cannot be looked at")
    return chat.language_model()


def _gates(loaded: Any, minutes: float) -> Any:
    """Gates trained for so many minutes; without, those that were trained before, if any."""
    from egogpt.attention.retrieval_heads import HeadsUnknown, load_heads

    if minutes <= 0:
        try:
            return load_heads(loaded.model).scores.get("gate")
        except HeadsUnknown:
            return None
    if loaded.tokenizer is None:
        raise ValueError("the model has no tokenizer: passkeys to train its gates on need words")
    from egogpt.long_context.duo_gates import train_gates

    def tell(step: int, distance: float, mean: float) -> None:
        if step % 10 == 0:
            base.say(f"{step} passkeys: distance {distance:.4f}, gates {mean:.2f} on average")

    return train_gates(loaded.model, loaded.tokenizer, seconds=60 * minutes, tell=tell)
