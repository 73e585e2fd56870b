"""Image-centric heads: those that VAR would choose most of the time, found once for a model.

VAR judges each head for each row anew. Told which heads look at pictures at all, it leaves whole
layers alone, which saves time, and a head that looks at a picture by accident stays as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from torch import Tensor

from egogpt.sinks.redistribution import VarSettings, redistribution

Example = tuple[Callable[[], object], Tensor]
"""A run of the model over one prompt, and the prompt's visual tokens, bool [B, P]."""


def image_centric_heads(
    model: Any, settings: VarSettings, examples: Iterable[Example], least_rate: float = 0.5
) -> dict[int, tuple[int, ...]]:
    """Find the heads that are chosen in at least ``least_rate`` of the rows.

    Args:
        model: Any `transformers` model with a text decoder.
        settings: As they will be used; heads that they leave out stay out.
        examples: Prompts with pictures, a few dozen.
        least_rate: Between 0 and 1.

    Returns:
        Heads by layer, for `VarSettings.heads`; layers without any are left out.
    """
    sums: defaultdict[int, list[float]] = defaultdict(list)
    count = 0
    for run, visual in examples:
        with redistribution(model, replace(settings, counting=True), visual) as session:
            run()
        count += 1
        for layer, rates in session.rates().items():
            before = sums[layer] or [0.0] * len(rates)
            sums[layer] = [a + b for a, b in zip(before, rates)]
    chosen = {
        layer: tuple(h for h, total in enumerate(totals) if total >= least_rate * count)
        for layer, totals in sums.items()
    }
    return {layer: heads for layer, heads in sorted(chosen.items()) if heads}
