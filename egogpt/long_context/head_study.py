"""A model's heads that look far, found before the first text that is long enough to need them.

It is also measured whether the model loses less when only they look far. Both together take about
as long as reading 12,000 tokens, once in the life of a model on a computer: what was found is kept
(`egogpt.attention.retrieval_heads`). Without it every head looks.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from egogpt.attention.default_attention import DENSE_BELOW, SHARE, half_far
from egogpt.attention.retrieval_heads import (
    BY_GATES,
    BY_HEADS,
    EVERY,
    LENGTH,
    PROMPTS,
    FoundHeads,
    HeadsUnknown,
    find_heads,
    load_heads,
    save_heads,
)
from egogpt.long_context import head_losses
from egogpt.long_context.long_reader import longest_of
from egogpt.long_context.protocol import Told
from egogpt.runtime.generation import Loaded
from kernels.base.method import Method
from kernels.methods.mean_range import Spread

_log = logging.getLogger(__name__)
TOKENS = LENGTH * PROMPTS + head_losses.LENGTH

Tell = Callable[[int], None]
"""Called with how many of TOKENS have been read."""
Gates = list[list[float | None]]
"""For each layer the gates of its key heads."""


def measure_head_losses(
    model: Any, tokenizer: Any, tell: Tell | None = None, gates: Gates | None = None
) -> FoundHeads:
    """Find a model's heads, and whether it loses less by them.

    Args:
        model: Any `transformers` model with a text decoder, in eval mode, attending by SDPA.
        tokenizer: Its tokenizer; without one, or where the model reads too little, losses are not
            measured.
        tell: Told of progress.
        gates: Of DuoAttention, where they were trained (`egogpt.long_context.duo_gates`).

    Raises:
        UnsupportedModel: The model's layers cannot be looked into.
    """

    def prompt(number: int, of: int) -> None:
        if tell is not None:
            tell((number - 1) * LENGTH)

    def text(done: int) -> None:
        if tell is not None:
            tell(PROMPTS * LENGTH + done)

    heads = find_heads(model, tokenizer, prompt)
    if gates is not None:
        heads.scores["gate"] = gates
    if tokenizer is None or longest_of(model) < head_losses.LENGTH + head_losses.ROOM:
        return heads
    budget = head_losses.BUDGET
    ways: dict[str, Method] = {EVERY: Spread(tokens=budget)}
    for name, kind in ((BY_HEADS, "needle"), (BY_GATES, "gate")):
        if kind in heads.scores:
            ways[name] = half_far(heads.best(kind, SHARE), budget)
    return replace(heads, losses=head_losses.losses(model, tokenizer, ways, text))


class _Over(Exception):
    """Nobody waits any more."""


def needs_heads(ready: Loaded, tokens: int) -> bool:
    """Whether a text of so many tokens would be read better if more were known of the heads."""
    if tokens <= DENSE_BELOW:
        return False
    try:
        return not load_heads(ready.model).losses
    except HeadsUnknown:
        return True


def find_them(
    ready: Loaded, tokens: int, on_progress: Told | None, over: threading.Event
) -> Told | None:
    """Find and keep the heads of a model.

    Where a model's heads cannot be looked at, or not be kept, the log says why and nothing else
    happens: it reads as it would without.

    Args:
        ready: The model.
        tokens: Of the text that is read next.
        on_progress: Hears how far it is; what is read to find the heads counts to the whole.
        over: Once set, the search ends, and begins anew with the next text.

    Returns:
        Who hears how far the text itself is read.
    """

    def tell(done: int) -> None:
        if over.is_set():
            raise _Over
        if on_progress is not None:
            on_progress(done, TOKENS + tokens)

    try:
        save_heads(measure_head_losses(ready.model, ready.tokenizer, tell))
    except _Over:
        return on_progress
    except (ValueError, LookupError, RuntimeError, OSError) as error:
        _log.warning("the heads that look far are not known; every head looks: %s", error)
    return None if on_progress is None else lambda done, of: on_progress(TOKENS + done, TOKENS + of)
