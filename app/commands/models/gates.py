"""``egobutler gates``: distils SeerAttention's gates for a language model, taken where they pay.

egobutler gates qwen-0.5b                             # a bundled model, 30 minutes of reading
egobutler gates ~/models/SmolLM2-135M-Instruct --minutes 10
egobutler gates "egogpt:/models/EgoGPT-7b?bits=4"     # a model that sees, as it is loaded by name
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from app.commands import base
from app.commands.models.heads import load_model
from app.core.errors import PersonError
from app.core.settings import Settings
from egogpt.protocols.chat import ChatError
from egogpt.weights.store import WeightError, WeightStore


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    gates = verbs.add_parser("gates", parents=[common])
    gates.add_argument("model", metavar="MODEL", help="a folder, a .gguf file, or qwen-0.5b …")
    gates.add_argument(
        "--minutes", type=float, default=30.0, metavar="MINUTES",
        help="read texts to learn from for so long at most (default: 30)",
    )  # fmt: skip
    gates.add_argument("--json", action="store_true", help="a line of JSON instead of text")
    gates.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Distils gates, keeps those of layers that lose less by them, and says what was measured."""
    from egogpt.attention.block_gates import save_gates
    from egogpt.long_context.gate_study import study_gates

    began = time.monotonic()
    try:
        loaded = load_model(options.model, WeightStore(Settings.of_options(options).weights))
        if loaded.tokenizer is None:
            raise PersonError(f"{options.model} has no tokenizer: gates learn from texts of words")
        found = study_gates(
            loaded.model, loaded.tokenizer, seconds=60 * options.minutes, tell=base.say
        )
        path = save_gates(found)
    except (ValueError, LookupError, WeightError, OSError, ChatError) as error:
        raise PersonError(str(error)) from error
    if options.json:
        seconds = round(time.monotonic() - began, 1)
        base.result_line(
            found.figures() | {"file": str(path), "pay": found.pay, "seconds": seconds}
        )
        return 0
    print("\n".join(_in_words(found)))
    print(f"Kept in {path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


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
