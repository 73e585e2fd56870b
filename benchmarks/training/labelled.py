"""Questions with their labels in tensors, by set and half."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from egorag.answerability.network import Inputs

Rows = NDArray[np.int64]
_MADE = 0.6  # what a made question counts beside a real one


@dataclass
class Labelled:
    """All examples in tensors, with the names of their groups, halves and fold keys."""

    tensors: dict[str, Tensor]
    groups: list[str]
    halves: list[str]
    texts: list[str]

    def rows(self, half: str) -> Rows:
        """The rows of a half."""
        return np.array([at for at, own in enumerate(self.halves) if own == half])

    def inputs(self, rows: Rows) -> Inputs:
        """The network's inputs of some rows, no longer than their longest."""
        at = torch.from_numpy(rows)
        own = {name: self.tensors[name][at] for name in Inputs._fields}
        q = int(own["question_mask"].sum(1).max())
        t = int(own["statement_mask"].sum(2).max())
        return Inputs(
            own["question"][:, :q].float(), own["question_mask"][:, :q],
            own["statements"][:, :, :t].float(), own["statement_mask"][:, :, :t],
            own["cosine"][:, :, :q, :t].float(), own["equal"][:, :, :q, :t].float(),
            own["signals"], own["features"],
        )  # fmt: skip

    def weights(self, rows: Rows) -> Tensor:
        """How much each row counts: groups and labels about alike, what is made less."""
        keys = [(self.groups[at], float(self.tensors["answerable"][at])) for at in rows]
        sizes = Counter(keys)
        raw = [
            min(4.0, 400 / sizes[key]) * (_MADE if key[0].startswith("made") else 1.0)
            for key in keys
        ]
        weights = torch.tensor(raw)
        return weights / weights.mean()
