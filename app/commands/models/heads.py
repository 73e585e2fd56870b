"""``egobutler heads``: finds the heads of a language model that look far, for duo and razor.

egobutler heads ~/models/SmolLM2-135M-Instruct        # a folder of safetensors
egobutler heads qwen-0.5b --json                      # a bundled model
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from app.commands import base
from app.core.errors import PersonError
from app.core.settings import Settings
from app.presentation.progress_line import ReadingLine
from egogpt.weights.store import WeightError, WeightStore


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    heads = verbs.add_parser("heads", parents=[common])
    heads.add_argument("model", metavar="MODEL", help="a folder, a .gguf file, or qwen-0.5b …")
    heads.add_argument("--json", action="store_true", help="a line of JSON instead of text")
    heads.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Finds heads, keeps them, and says which are best."""
    from egogpt.llm.transformers_models import load_local_model
    from egogpt.long_context.head_study import TOKENS, measure_head_losses
    from egogpt.long_context.retrieval_heads import save_heads

    began = time.monotonic()
    try:
        loaded = load_local_model(options.model, WeightStore(Settings.of_options(options).weights))
        if loaded.tokenizer is None:
            base.say("the model has no tokenizer: random tokens are told and copied")
        with ReadingLine() as line:
            study = measure_head_losses(
                loaded.model, loaded.tokenizer, lambda done: line.show(done, TOKENS)
            )
        path = save_heads(study)
    except (ValueError, LookupError, WeightError, OSError) as error:
        raise PersonError(str(error)) from error
    half = study.best("needle", 0.5)
    if options.json:
        base.result_line(
            {
                "model": study.model,
                "file": str(path),
                "needle_half": half,
                "losses": study.losses,
                "pay": study.pay,
                "seconds": round(time.monotonic() - began, 1),
            }
        )
        return 0
    best = sorted(
        ((score, layer, head) for layer, row in enumerate(study.scores["needle"])
         for head, score in enumerate(row) if score is not None), reverse=True,
    )[:8]  # fmt: skip
    print(f"{study.name}: {sum(map(len, half))} of its key heads, the half that looks most at what")
    print("it copies, would look far. The strongest (layer.head, share of attention to it):")
    print("  " + ", ".join(f"{layer}.{head} {100 * score:.0f} %" for score, layer, head in best))
    if study.losses:
        who = "they look far and the others near" if study.pay else "every head looks for itself"
        print(f"Less is lost where {who}: long readings go by that. KL to reading everything:")
        print("  " + ", ".join(f"{name} {lost:.4f}" for name, lost in study.losses.items()))
    print(f"Kept in {path}")
    return 0
