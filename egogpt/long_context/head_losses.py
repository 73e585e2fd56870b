"""Measure a model's loss when only some of its heads look far, and when all look less.

Which is less differs from model to model: in SmolLM2-135M half of the heads do nearly all of the
remembering, in Qwen2.5-0.5B they do not (`docs/measurements`). So both are measured on the model
itself: a text with numbers hidden in it is read once, each number is asked for, and what the model
expects of each token of an answer is compared with what it expects when it sees everything.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain, islice
from typing import Any

import torch
from torch import Tensor

from egogpt.long_context.haystack import lines, token_ids
from kernels.base.method import Method
from kernels.cache.paged_cache import paged_cache
from kernels.methods.dense import Dense
from kernels.registry import using

LENGTH = 4096
"""Tokens of the text."""
BUDGET = 1024
"""Keys that methods are given to read: a quarter, as 2,048 of 8,192."""
ROOM = 128
"""Tokens behind the text for a question and its answer."""
_CHUNK = 512
_THINGS = ("locker", "gate", "ticket", "oven", "parcel", "boat", "bill", "library card")
_TOLD, _ASKED = "\nThe number of the {} is {}.\n", "\nWhat is the number of the {}? It is "

Tell = Callable[[int], None]
"""Called with how many tokens of LENGTH have been read."""


def losses(
    model: Any, tokenizer: Any, methods: Mapping[str, Method], tell: Tell | None = None,
    seed: int = 1,
) -> dict[str, float]:  # fmt: skip
    """Measure what each method loses.

    Args:
        model: A causal language model of `transformers`, in eval mode.
        tokenizer: Its tokenizer.
        methods: By the names to report; none may be dense at LENGTH tokens.
        tell: Hears how far the text is read.
        seed: Of the text; another one has other talk and numbers.

    Returns:
        KL of dense attention's next-token distribution to each method's, nats, the mean over the
        tokens of all answers.
    """
    text, questions = _text(tokenizer, seed)
    config = model.config.get_text_config(decoder=True)
    cache = paged_cache(config, capacity=LENGTH + ROOM)
    lost = dict.fromkeys(methods, 0.0)
    count = 0
    with torch.inference_mode():
        with using(model, Dense()):
            for start in range(0, len(text), _CHUNK):
                if tell is not None:
                    tell(start)
                _step(model, cache, text[start : start + _CHUNK], 1)
        for asked, answer in questions:
            dense = _expected(model, cache, asked, answer, Dense())
            count += len(answer)
            for name, method in methods.items():
                log_probs = _expected(model, cache, asked, answer, method)
                lost[name] += float((dense.exp() * (dense - log_probs)).sum())
    return {name: round(total / count, 6) for name, total in lost.items()}


def _expected(
    model: Any, cache: Any, asked: list[int], answer: list[int], method: Method
) -> Tensor:
    """Log-probabilities before each token of an answer, [answer, vocabulary]; the cache stays."""
    begun = cache.get_seq_length()
    with using(model, method):
        logits = _step(model, cache, [*asked, *answer[:-1]], len(answer))
    cache.crop(begun - cache.get_seq_length())
    return logits.float().log_softmax(dim=-1)


def _step(model: Any, cache: Any, tokens: list[int], logit_count: int) -> Tensor:
    ids = torch.tensor([tokens], device=model.get_input_embeddings().weight.device)
    logits: Tensor = model(
        input_ids=ids, cache=cache, use_cache=True, logits_to_keep=logit_count
    ).logits[0]
    return logits


def _text(tokenizer: Any, seed: int) -> tuple[list[int], list[tuple[list[int], list[int]]]]:
    """A text with a number for each thing, at depths spread evenly; questions with answers."""
    ids = partial(token_ids, tokenizer)
    noise = random.Random(seed)  # noqa: S311 - numbers to remember, nothing secret
    numbers = {item: str(noise.randrange(10**6, 10**7)) for item in _THINGS}
    statements = [ids(_TOLD.format(item, number)) for item, number in numbers.items()]
    words = chain.from_iterable(ids(f"{line}\n") for line in lines(noise))
    between = (LENGTH - sum(map(len, statements))) // (len(statements) + 1)
    text: list[int] = []
    for statement in statements:
        text += [*islice(words, between), *statement]
    text += islice(words, LENGTH - len(text))
    return text, [(ids(_ASKED.format(item)), ids(number)) for item, number in numbers.items()]
