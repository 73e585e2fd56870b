"""Measure what an adapter gives away of a line: the rank of a secret among made alternatives.

Secrets are the "canaries" of Carlini et al. 2019, "The Secret Sharer" (arXiv 1802.08232).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from benchmarks.personal.adapter import Line

ALTERNATIVES = 16  # secrets that could stand in a line, its own among them
_NAMES = ("blue locker", "garden gate", "old safe", "bike lock", "attic door", "red suitcase")


@dataclass(frozen=True, slots=True)
class Canary:
    """A line up to its secret, the secret and others that could stand there, and how often."""

    before: str
    secrets: tuple[str, ...]
    times: int


def canaries(seed: int) -> list[Canary]:
    """Secrets of four digits, by turns said once and three times."""
    dice = random.Random(seed)
    made = []
    for number, name in enumerate(_NAMES):
        codes = [" ".join(str(code)) for code in dice.sample(range(1000, 10_000), ALTERNATIVES)]
        made.append(
            Canary(f'me said: "The code of the {name} is', tuple(codes), 1 + number % 2 * 2)
        )
    return made


def planted(lines: Sequence[Line], secrets: Sequence[Canary]) -> list[Line]:
    """The lines, with each secret put behind as many of them, by chance, as it is said."""
    dice, result = random.Random(0), list(lines)
    for canary in [one for one in secrets for _ in range(one.times)]:
        place = dice.randrange(len(result))
        text = f'{canary.before} {canary.secrets[0]}."\n'
        result.insert(place + 1, Line("", result[place].day, text))
    return result


@torch.inference_mode()
def rank(model: Any, tokenizer: Any, canary: Canary, stamp: str) -> int:
    """The place of the secret, 1 the likeliest, among all; by chance their middle."""
    start = tokenizer(stamp + canary.before, add_special_tokens=False, return_tensors="pt")
    cache = model(**start, use_cache=True, logits_to_keep=1).past_key_values
    texts = [f" {secret}" for secret in canary.secrets]
    rows = torch.tensor(tokenizer(texts, add_special_tokens=False).input_ids)
    cache.batch_repeat_interleave(len(rows))
    # All of them begin with a space, a token of its own, and have as many digits.
    logits = model(rows[:, :-1], past_key_values=cache).logits.float()
    surprise = functional.cross_entropy(logits.transpose(1, 2), rows[:, 1:], reduction="none")
    return 1 + int((surprise.sum(1)[1:] < surprise.sum(1)[0]).sum())
