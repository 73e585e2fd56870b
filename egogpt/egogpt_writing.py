"""Lets the language model write, greedily, until it ends, loops, or is told to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

from egogpt.egogpt_loops import looping_block

Watcher = Callable[[list[int]], bool]
"""Given the tokens so far after each new one, says whether to stop."""


class Watch(StoppingCriteria):  # type: ignore[misc, unused-ignore]
    """Ends each row of a batch by itself: when it loops, or when the watcher says so."""

    def __init__(self, watcher: Watcher | None = None) -> None:
        self._watcher = watcher

    def __call__(self, input_ids: Tensor, scores: Any, **options: Any) -> Tensor:
        """Which rows are over: [B] bool."""
        over = [self._is_over(row) for row in input_ids.tolist()]
        return torch.tensor(over, device=input_ids.device)

    def _is_over(self, tokens: list[int]) -> bool:
        told = self._watcher is not None and self._watcher(tokens)
        return told or looping_block(tokens) > 0


@torch.no_grad()
def write(
    llm: Any, prompts: Sequence[Tensor], ends: Sequence[int], limit: int, watch: Watcher | None
) -> list[list[int]]:
    """The new tokens for each prompt [N_i, D]; a prompt's reply does not depend on the others.

    Prompts of different lengths are padded at their start, and what is padding is masked.
    """
    longest = max(len(prompt) for prompt in prompts)
    embeds = prompts[0].new_zeros(len(prompts), longest, prompts[0].shape[1])
    mask = torch.zeros(len(prompts), longest, dtype=torch.int64, device=embeds.device)
    for row, prompt in enumerate(prompts):
        embeds[row, longest - len(prompt) :] = prompt
        mask[row, longest - len(prompt) :] = 1
    settings = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False, max_new_tokens=limit, eos_token_id=list(ends), pad_token_id=ends[0]
    )
    found = llm.generate(
        inputs_embeds=embeds,
        attention_mask=mask,
        generation_config=settings,
        stopping_criteria=StoppingCriteriaList([Watch(watch)]),
    )
    return [_until(row, ends) for row in found.tolist()]


@torch.no_grad()
def next_token(llm: Any, prompt: Tensor) -> Tensor:
    """The probabilities [vocabulary] of the first token after a prompt [N, D]."""
    logits = llm(inputs_embeds=prompt[None], use_cache=False, logits_to_keep=1).logits
    shares: Tensor = logits[0, -1].float().softmax(-1)
    return shares


def _until(tokens: list[int], ends: Sequence[int]) -> list[int]:
    stop = next((place for place, token in enumerate(tokens) if token in ends), len(tokens))
    return tokens[:stop]


def cut(text: str, stop: Sequence[str]) -> str:
    """The text up to the first of the stop strings."""
    places = [place for word in stop if word and (place := text.find(word)) >= 0]
    return text[: min(places)] if places else text
