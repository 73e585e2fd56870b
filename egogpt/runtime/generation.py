"""Greedy decoding with `transformers`: whole, piece by piece, or the first token's odds only.

A row stops at its end token, at a stop text, or when it begins to loop; the others of a batch go
on, so that what a clip is told does not depend on those beside it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from egogpt.runtime.cancellation import signal, take, until
from egogpt.runtime.repetition_stop import looping_block, without_loop

# What a checkpoint's own generation_config may ask for; we ask for the likeliest token.
_GREEDY: Mapping[str, Any] = {
    "do_sample": False,
    "num_beams": 1,
    "temperature": None,
    "top_p": None,
    "top_k": None,
    "repetition_penalty": 1.0,
    "use_cache": True,
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory with its tokenizer, where it runs, and what makes its inputs.

    ``model`` is anything with ``generate`` of `transformers`; ``maker`` is its kind's own affair.
    """

    model: Any
    tokenizer: Any
    device: str
    maker: Any = None


def generated(
    ready: Loaded,
    inputs: Mapping[str, Any],
    max_tokens: int,
    stop: Sequence[str],
    *,
    once: bool = False,
) -> list[str]:
    """The reply to each row, with what follows a stop text possibly still in it.

    Args:
        ready: the model.
        inputs: what its ``generate`` takes, [rows, ...].
        max_tokens: the most that a reply may have.
        stop: texts that end a reply.
        once: whether what a reply loops in is kept but once.
    """
    begun = _begun(inputs)
    watch = _RowStopper(ready, begun, stop, threading.Event())
    out = _run(ready, inputs, max_tokens, stopping_criteria=[watch])[:, begun:]
    if not once:
        return _decoded(ready, out)
    rows = [without_loop(_before_end(ready, row)) for row in out.tolist()]
    return [_decoded(ready, [row])[0] for row in rows]


def first_scores(ready: Loaded, inputs: Mapping[str, Any]) -> Any:
    """The logits of the first token of the reply, [vocabulary], float32."""
    output = _run(ready, inputs, 1, return_dict_in_generate=True, output_logits=True)
    return output.logits[0][0].float()


def yes_no_share(ready: Loaded, scores: Any) -> float:
    """P(yes) / (P(yes) + P(no)) over all tokens that spell either, 0..1."""
    import torch

    yes, no = (_spelling(ready.tokenizer, word) for word in ("yes", "no"))
    odds = torch.softmax(scores, dim=-1)
    agreed, denied = (float(odds[torch.tensor(ids, device=odds.device)].sum()) for ids in (yes, no))
    return agreed / (agreed + denied) if agreed + denied > 0 else 0.5


def cut_at(text: str, stop: Sequence[str]) -> str:
    """The text before the first of the stop texts."""
    places = [text.find(mark) for mark in stop if mark and mark in text]
    return text[: min(places)] if places else text


class TokenStreamer:
    """A reply as it is made: decoded token by token in one thread, taken in another."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = [mark for mark in stop if mark]
        self._queue: SimpleQueue[str | Exception | None] = SimpleQueue()
        self.over = threading.Event()
        """Set once nobody wants the reply any more."""

    def follow(self, ready: Loaded, inputs: Mapping[str, Any], max_tokens: int) -> None:
        """Makes the reply; what is certain of it goes into the queue at once."""
        begun = _begun(inputs)
        watch = _RowStopper(ready, begun, self._stop, self.over)
        sent = ""

        def tell(tokens: Any, *, last: bool = False) -> None:
            nonlocal sent
            text = cut_at(_decoded(ready, tokens)[0], self._stop).lstrip()
            sure = (text if last else _settled(text, self._stop)).rstrip()
            if len(sure) > len(sent) and sure.startswith(sent):
                self._queue.put(sure[len(sent) :])
                sent = sure

        out = _run(
            ready, inputs, max_tokens,
            stopping_criteria=[watch, _Each(lambda ids: tell(ids[:, begun:]))],
        )  # fmt: skip
        tell(out[:, begun:], last=True)

    def from_thread(self, run: Callable[[], None]) -> Generator[str, None, None]:
        """Yields what ``run`` makes; ends it when nobody takes it any more."""

        over = signal()

        def work() -> None:
            try:
                with until(over):
                    run()
            except Exception as error:
                self._queue.put(error)
            finally:
                self._queue.put(None)

        thread = threading.Thread(target=work, name="model-stream", daemon=True)
        thread.start()
        try:
            while (piece := take(self._queue)) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.over.set()
            thread.join()


class _RowStopper:
    """Tells which rows are to stop: those that loop, hold a stop text, or are not wanted."""

    def __init__(
        self, ready: Loaded, begun: int, stop: Sequence[str], over: threading.Event
    ) -> None:
        self._ready, self._begun, self._over = ready, begun, over
        self._stop = [mark for mark in stop if mark]

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch

        generated = input_ids[:, self._begun :]
        done = torch.full((input_ids.shape[0],), self._over.is_set(), device=input_ids.device)
        if self._stop:
            for row, text in enumerate(_decoded(self._ready, generated)):
                done[row] |= any(mark in text for mark in self._stop)
        for row, tokens in enumerate(generated.tolist()):
            done[row] |= looping_block(tokens) > 0
        return done


class _Each:
    """Shows every step's tokens to a listener, and stops nothing."""

    def __init__(self, listen: Callable[[Any], None]) -> None:
        self._listen = listen

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch

        self._listen(input_ids)
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)


def _run(ready: Loaded, inputs: Mapping[str, Any], max_tokens: int, **more: Any) -> Any:
    import torch

    tokenizer = ready.tokenizer
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    with torch.inference_mode():
        return ready.model.generate(
            **inputs, **_GREEDY, **more, max_new_tokens=max_tokens, pad_token_id=pad
        )


def _begun(inputs: Mapping[str, Any]) -> int:
    """How many tokens of what ``generate`` gives back are the prompt: none of one in vectors."""
    return int(inputs["input_ids"].shape[1]) if "input_ids" in inputs else 0


def _before_end(ready: Loaded, row: list[int]) -> list[int]:
    """A row without what fills it up after its end."""
    filling = set(ready.tokenizer.all_special_ids)
    while row and row[-1] in filling:
        row = row[:-1]
    return row


def _settled(text: str, stop: Sequence[str]) -> str:
    """The text without an end that may still change: half a character, or the start of a stop."""
    text = text.rstrip("\ufffd")
    starts = (word[:size] for word in stop for size in range(1, len(word)))
    return text[
        : len(text) - max((len(start) for start in starts if text.endswith(start)), default=0)
    ]


def _decoded(ready: Loaded, tokens: Any) -> list[str]:
    texts: list[str] = ready.tokenizer.batch_decode(tokens, skip_special_tokens=True)
    return texts


def _spelling(tokenizer: Any, word: str) -> list[int]:
    """The tokens that spell the word however it is written; its first token where none does."""
    spelling = [
        number
        for token, number in tokenizer.get_vocab().items()
        if token.strip("Ġ▁ ").lower() == word
    ]
    first = tokenizer(word.capitalize(), add_special_tokens=False)["input_ids"][0]
    return spelling or [first]
