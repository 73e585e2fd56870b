"""``egobutler gates``: distils SeerAttention's gates for a language model, taken where they pay."""

from __future__ import annotations

import time
from typing import Annotated, Any

from app.commands import base
from app.commands.models.heads import ModelName, load_model
from app.commands.options import CommandOptions, command, value
from app.core.errors import PersonError
from egogpt.weights.store import WeightStore


@command()
def gates(
    options: CommandOptions,
    model: ModelName,
    minutes: Annotated[
        float, value("MINUTES", "read texts to learn from for so long at most")
    ] = 30.0,
) -> None:
    """Distil SeerAttention's gates, keep those of layers that lose less by them, and say what for.

    Such as: egobutler gates qwen-0.5b
    """
    from egogpt.attention.block_gates import save_gates
    from egogpt.long_context.gate_study import study_gates

    began = time.monotonic()
    loaded = load_model(model, WeightStore(options.settings().weights))
    if loaded.tokenizer is None:
        raise PersonError(f"{model} has no tokenizer: gates learn from texts of words")
    found = study_gates(loaded.model, loaded.tokenizer, seconds=60 * minutes, tell=base.say)
    path = save_gates(found)
    options.show("\n".join(_in_words(found)))
    options.show(f"Kept in {path} ({path.stat().st_size / 1e6:.1f} MB)")
    seconds = round(time.monotonic() - began, 1)
    options.result_line(found.figures() | {"file": str(path), "pay": found.pay, "seconds": seconds})


def _in_words(study: Any) -> list[str]:
    """What was measured, and what follows."""
    before, after = study.divergence
    said = [
        f"{study.name}: gates of {len(study.gates)} layers learned from {study.texts} texts.",
        "On texts that nothing was learned from, their shares of attention are off by a KL of "
        f"{after:.3f} nats; scores of mean keys, {before:.3f}.",
        "Attention that is not seen, at equal budget, the mean over layers and (by) layers where "
        "the gate misses less:",
    ]
    gated = study.missed["gates"]
    for way, shares in study.missed.items():
        known = [(share, mine) for share, mine in zip(shares, gated) if share is not None]
        better = sum(mine < share for share, mine in known)
        mean = sum(share for share, _ in known) / max(1, len(known))
        said.append(f"  {way:10} {100 * mean:.2f} %" + f"  ({better})" * (way != "gates"))
    said.append(f"Gates are taken in layers {', '.join(map(str, study.layers)) or '(none)'}.")
    if study.losses:
        lost = ", ".join(f"{way} {nats:.4f}" for way, nats in study.losses.items())
        said.append(f"What answers about a long text lose, KL to reading everything: {lost}.")
    if study.pay:
        said.append("Less is lost with gates than by spread: ?attention=seer goes by them.")
    else:
        said.append("No less is lost with gates as a whole: ?attention=seer keeps to spread.")
    return said
