"""Turn a model's yes and no probabilities into a share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


def yes_share(tokens: Sequence[Mapping[str, Any]]) -> float:
    """P(yes) / (P(yes) + P(no)) from the likeliest first tokens (``token``, ``logprob``)."""
    sums = {"yes": 0.0, "no": 0.0}
    for entry in tokens:
        word = str(entry["token"]).strip().strip(".,!:\"'*").lower()
        if word in sums:
            sums[word] += math.exp(float(entry["logprob"]))
    total = sums["yes"] + sums["no"]
    return sums["yes"] / total if total else 0.5
