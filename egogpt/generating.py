"""Greedy decoding with `transformers`: whole, piece by piece, or the first token's odds only.

A row stops at its end token, at a stop text, or when it begins to loop; the others of a batch go
on, so that what a clip is told does not depend on those beside it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from queue import SimpleQueue
from typing import Any

from egogpt.omni_loading import Loaded
from egogpt.repetition import loops

_EVERY = 4  # tokens between two looks for loops and stop texts
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


def generated(
    ready: Loaded,
    inputs: Mapping[str, Any],
    max_tokens: int,
    stop: Sequence[str],
    extras: Mapping[str, Any],
) -> list[str]:
    """The reply to each row, with what follows a stop text possibly still in it."""
    begun = inputs["input_ids"].shape[1]
    watch = _Watch(ready, begun, stop, threading.Event())
    out = _run(ready, inputs, max_tokens, extras, stopping_criteria=[watch])
    return [str(text) for text in _decoded(ready, out[:, begun:])]


def first_scores(ready: Loaded, inputs: Mapping[str, Any], extras: Mapping[str, Any]) -> Any:
    """The logits of the first token of the reply, [vocabulary], float32."""
    found = _run(ready, inputs, 1, extras, return_dict_in_generate=True, output_logits=True)
    return found.logits[0][0].float()


def yes_no_share(ready: Loaded, scores: Any) -> float:
    """P(yes) / (P(yes) + P(no)) over all tokens that spell either, 0..1."""
    import torch

    yes, no = (_spelling(ready.processor.tokenizer, word) for word in ("yes", "no"))
    odds = torch.softmax(scores, dim=-1)
    agreed, denied = (float(odds[torch.tensor(ids, device=odds.device)].sum()) for ids in (yes, no))
    return agreed / (agreed + denied) if agreed + denied > 0 else 0.5


def cut_at(text: str, stop: Sequence[str]) -> str:
    """The text before the first of the stop texts."""
    places = [text.find(one) for one in stop if one and one in text]
    return text[: min(places)] if places else text


class Pieces:
    """A reply as it is made: decoded token by token in one thread, taken in another."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = [one for one in stop if one]
        self._held = max((len(one) for one in self._stop), default=1) - 1
        self._queue: SimpleQueue[str | Exception | None] = SimpleQueue()
        self._over = threading.Event()

    def follow(
        self, ready: Loaded, inputs: Mapping[str, Any], max_tokens: int, extras: Mapping[str, Any]
    ) -> None:
        """Makes the reply; what is certain of it goes into the queue at once."""
        begun = inputs["input_ids"].shape[1]
        watch = _Watch(ready, begun, self._stop, self._over)
        said = ""

        def tell(tokens: Any, *, last: bool = False) -> None:
            nonlocal said
            text = cut_at(_decoded(ready, tokens)[0], self._stop).lstrip()
            # A character of several tokens is not yet one, and a stop text may have begun.
            sure = (
                text.rstrip() if last else text[: len(text) - self._held].rstrip("\ufffd").rstrip()
            )
            if len(sure) > len(said) and sure.startswith(said):
                self._queue.put(sure[len(said) :])
                said = sure

        out = _run(
            ready, inputs, max_tokens, extras,
            stopping_criteria=[watch, _Each(lambda ids: tell(ids[:, begun:]))],
        )  # fmt: skip
        tell(out[:, begun:], last=True)

    def from_thread(self, run: Callable[[], None]) -> Generator[str, None, None]:
        """Yields what ``run`` makes; ends it when nobody takes it any more."""

        def work() -> None:
            try:
                run()
            except Exception as error:
                self._queue.put(error)
            finally:
                self._queue.put(None)

        thread = threading.Thread(target=work, name="model-stream", daemon=True)
        thread.start()
        try:
            while (piece := self._queue.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self._over.set()
            thread.join()


class _Watch:
    """Tells which rows are to stop: those that loop, hold a stop text, or are not wanted."""

    def __init__(
        self, ready: Loaded, begun: int, stop: Sequence[str], over: threading.Event
    ) -> None:
        self._ready, self._begun, self._over = ready, begun, over
        self._stop = [one for one in stop if one]

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch

        made = input_ids[:, self._begun :]
        done = torch.full((input_ids.shape[0],), self._over.is_set(), device=input_ids.device)
        if self._stop:
            for row, text in enumerate(_decoded(self._ready, made)):
                done[row] |= any(one in text for one in self._stop)
        if made.shape[1] % _EVERY == 0:
            for row, tokens in enumerate(made.tolist()):
                done[row] |= loops(tokens)
        return done


class _Each:
    """Shows every step's tokens to a listener, and stops nothing."""

    def __init__(self, listen: Callable[[Any], None]) -> None:
        self._listen = listen

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch

        self._listen(input_ids)
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)


def _run(
    ready: Loaded,
    inputs: Mapping[str, Any],
    max_tokens: int,
    extras: Mapping[str, Any],
    **more: Any,
) -> Any:
    import torch

    tokenizer = ready.processor.tokenizer
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    with torch.inference_mode():
        return ready.model.generate(
            **inputs, **extras, **_GREEDY, **more, max_new_tokens=max_tokens, pad_token_id=pad
        )


def _decoded(ready: Loaded, tokens: Any) -> list[str]:
    texts: list[str] = ready.processor.tokenizer.batch_decode(tokens, skip_special_tokens=True)
    return texts


def _spelling(tokenizer: Any, word: str) -> list[int]:
    """The tokens that spell the word however it is written; its first token where none does."""
    found = [
        number
        for token, number in tokenizer.get_vocab().items()
        if token.strip("Ġ▁ ").lower() == word
    ]
    first = tokenizer(word.capitalize(), add_special_tokens=False)["input_ids"][0]
    return found or [first]
