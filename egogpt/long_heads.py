"""A model's heads that look far, found before the first text that is long enough to need them.

It takes about as long as reading 8,000 tokens, once in the life of a model on a computer: what was
found is kept (`egogpt.retrieval_heads`). Without it every head searches for itself, and finds less
(`docs/attention.md`).
"""

from __future__ import annotations

import logging
import threading

from egogpt.default_attention import DENSE_BELOW
from egogpt.generating import Loaded
from egogpt.long_prompt import Told
from egogpt.retrieval_heads import (
    LENGTH,
    PROMPTS,
    HeadsUnknown,
    find_heads,
    load_heads,
    save_heads,
)

_log = logging.getLogger(__name__)
_TOKENS = LENGTH * PROMPTS


class _Over(Exception):
    """Nobody waits any more."""


def needs_heads(ready: Loaded, tokens: int) -> bool:
    """Whether a text of so many tokens would be read better if the heads were known."""
    if tokens <= DENSE_BELOW:
        return False
    try:
        load_heads(ready.model)
    except HeadsUnknown:
        return True
    return False


def find_them(ready: Loaded, tokens: int, told: Told | None, over: threading.Event) -> Told | None:
    """Find and keep the heads of a model.

    Where a model's heads cannot be looked at, or not be kept, the log says why and nothing else
    happens: it reads as it would without.

    Args:
        ready: The model.
        tokens: Of the text that is read next.
        told: Hears how far it is; what is read to find the heads counts to the whole.
        over: Once set, the search ends, and begins anew with the next text.

    Returns:
        Who hears how far the text itself is read.
    """

    def tell(number: int, of: int) -> None:
        if over.is_set():
            raise _Over
        if told is not None:
            told((number - 1) * LENGTH, _TOKENS + tokens)

    try:
        save_heads(find_heads(ready.model, ready.tokenizer, tell))
    except _Over:
        return told
    except (ValueError, LookupError, OSError) as error:
        _log.warning("the heads that look far are not known; every head looks: %s", error)
    return None if told is None else lambda done, of: told(_TOKENS + done, _TOKENS + of)
