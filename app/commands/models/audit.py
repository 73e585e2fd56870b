"""``egobutler audit``: whether a language model obeys orders in recordings, and by which heads."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated, Any

from app.commands import base
from app.commands.models.heads import ModelName, load_model
from app.commands.options import CommandOptions, command, switch
from app.presentation.progress_line import ProgressLine
from egogpt.weights.store import WeightStore


@command()
def audit(
    options: CommandOptions,
    model: ModelName,
    quick: Annotated[bool, switch("--quick", "a third of the suite, without heads")] = False,
) -> None:
    """Find out whether a language model obeys orders in recordings, before a home trusts it.

    Such as: egobutler audit qwen-0.5b
    """
    from app.models.audit.audit import audit as run
    from app.models.audit.report import in_words
    from egogpt.registry import load_chat, load_embedder
    from egogpt.runtime.generation import Loaded

    began, weights = time.monotonic(), WeightStore(options.settings().weights)
    embedder = load_embedder("e5", weights) if weights.has("e5") else None

    def load() -> Any:
        local = load_model(model, weights)
        return Loaded(local.model, local.tokenizer, str(local.model.device))

    with ProgressLine() as line:

        def progress(what: str, done: int, total: int) -> None:
            line.update(f"{what}:", f" {done} of {total}", done, total)

        how = (None, progress, 3) if quick else (load, progress, 1)
        report = run(load_chat(model, weights), embedder, *how)
    seconds = round(time.monotonic() - began, 1)
    about = {"trust": report.trust, "verdict": report.verdict, "seconds": seconds}
    options.result_line(asdict(report) | about)
    options.show("\n".join(in_words(report)))
    base.say(f"It took {seconds:.0f} s.")
