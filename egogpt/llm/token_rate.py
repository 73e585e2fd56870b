"""The speed of a chat model on this machine, measured once and kept beside its weights.

    if stored_rate("qwen-1.5b", weights) is None:
        measure_rate("qwen-1.5b", weights)

A rate holds for one file (its SHA-256) and one number of cores. It is that of otherwise idle cores:
where others use them as well, the processor time that was spent is counted, not the clock.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from egogpt.llm.llama_cpp import LlamaChat
from egogpt.protocols.chat import Message
from egogpt.runtime.threads import thread_count
from egogpt.weights.store import WeightStore

TARGET = 10.0  # seconds that an answer may take
# Of one answer: notes and question behind the prompt's constant start, and what is written.
PROMPT_TOKENS, REPLY_TOKENS = 350, 16
_FILE = "token_rates.json"
_TOKENS = 64  # that are read, and as many written, to measure


@dataclass(frozen=True, slots=True)
class TokenRate:
    """Tokens a second that a model ``reads`` of a prompt, and ``writes`` of a reply."""

    reads: float
    writes: float

    @property
    def answer_seconds(self) -> float:
        """About how long an answer takes on otherwise idle cores."""
        return PROMPT_TOKENS / self.reads + REPLY_TOKENS / self.writes


def stored_rate(name: str, weights: WeightStore) -> TokenRate | None:
    """The rate that was measured of this file on so many cores; None where none was."""
    entry = _read(weights).get(_key(name, weights))
    return None if entry is None else TokenRate(entry["reads"], entry["writes"])


def measure_rate(name: str, weights: WeightStore) -> TokenRate | None:
    """Measures a model that is here, for some seconds, and keeps what it shows.

    None where it cannot be kept: it would be measured at every start. Raises as ``LlamaChat.load``.
    """
    if not os.access(weights.root, os.W_OK):
        return None
    chat = LlamaChat(weights.path(name), name=name, context_tokens=512)
    try:
        rate = _measured(chat)
    finally:
        chat.close()
    rates = _read(weights) | {_key(name, weights): asdict(rate)}
    (weights.root / _FILE).write_text(json.dumps(rates, indent=1), encoding="utf-8")
    return rate


def _measured(chat: LlamaChat) -> TokenRate:
    chat.complete([Message("user", "Hello")], max_tokens=1)  # brings the weights into memory
    task = [Message("user", "apple pear " * (_TOKENS // 2) + "Count from one to a hundred.")]
    reading = _spent(lambda: chat.complete(task, max_tokens=1))
    read = int(chat.timings["prompt_n"])
    writing = _spent(lambda: chat.complete(task, max_tokens=_TOKENS))  # the prompt is known now
    written = int(chat.timings["predicted_n"])
    return TokenRate(round(read / reading, 1), round(written / writing, 1))


def _spent(work: Callable[[], object]) -> float:
    """Seconds that it takes where nothing else runs."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return min(time.perf_counter() - wall, (time.process_time() - processor) / thread_count())


def _key(name: str, weights: WeightStore) -> str:
    return f"{name} {weights.catalogue.file(name).sha256} on {thread_count()} cores"


def _read(weights: WeightStore) -> dict[str, dict[str, float]]:
    try:
        return dict(json.loads((weights.root / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
