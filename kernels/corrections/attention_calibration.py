"""Attention calibration (ACT): in some heads, tokens that draw far more than their share give.

A column is a sink when the rows that can see it give it, on average, more than alpha / N. In the
heads that a calibration run has found (`egogpt.sinks.head_search`), sinks keep a fraction beta and
the rest goes to all other tokens in proportion; with S the sinks' attention and o_S their mean
value,

    O' = β S o_S + (1 − β S) (O − S o_S) / (1 − S)

The released code looks at whatever rows it has, so that while decoding any token that the one row
likes is a sink, and the token that answers loses. Here sinks are found in the prompt, over all its
rows, and stay; a column needs many viewers, the prompt a least length, and the tokens of the
question are never sinks. It remains experimental: whether it helps depends on the heads.

Source: Yu et al., Unveiling and Harnessing Hidden Attention Sinks: Enhancing Large Language Models
without Training through Attention Calibration, ICML 2024, arXiv 2406.15765, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.base.attention_rows import Call
from kernels.corrections.column_sums import ColumnSums

MOST = 0.9
"""Above this share of a row, what is no sink is summed itself: taken as what the sinks leave of the
output, the output's rounding error would be magnified."""


@dataclass(frozen=True, slots=True)
class CalibrationRule:
    """What is a sink, and what it keeps.

    Attributes:
        beta: Fraction of its attention that a sink keeps; 1 is off.
        alpha: A sink gets more than alpha / N of the attention, N the prompt's real tokens.
        min_viewers: Rows of the prompt that must see a column before it can be a sink.
        min_tokens: Real tokens that a prompt must have before anything is a sink.
    """

    beta: float = 0.4
    alpha: float = 5.0
    min_viewers: int = 16
    min_tokens: int = 128

    def __post_init__(self) -> None:
        if not 0 <= self.beta <= 1:
            raise ValueError(f"beta lies between 0 and 1, not {self.beta}")
        if self.alpha <= 1:
            raise ValueError(f"alpha is more than 1, the even share; not {self.alpha}")
        if self.min_viewers < 1 or self.min_tokens < 1:
            raise ValueError("min_viewers and min_tokens are at least 1")


def find_sinks(
    rule: CalibrationRule, sums: Tensor, viewers: Tensor, real: Tensor, protected: Tensor
) -> Tensor:
    """Find the sinks of a prompt.

    Args:
        rule: What is a sink.
        sums: Attention that each column got from the prompt's real rows, [B, H, P].
        viewers: How many of these rows see the column, [B, 1 or H, P].
        real: bool [B, P], tokens that are not padding.
        protected: bool [B, P], tokens that are never sinks: those of the question.

    Returns:
        bool [B, H, P]; the first real token is never among them.
    """
    tokens = real.sum(dim=1)
    first = real & (real.cumsum(dim=1) == 1)
    may = real & ~first & ~protected & (tokens >= rule.min_tokens)[:, None]
    means = sums / viewers.clamp(min=1)
    sinks = (means > (rule.alpha / tokens.clamp(min=1))[:, None, None]) & may[:, None]
    return sinks & (viewers >= rule.min_viewers)


class Calibration(ColumnSums):
    """ACT in one layer, from its prompt to the last token decoded."""

    def __init__(
        self, rule: CalibrationRule, heads: Tensor, real: Tensor, protected: Tensor
    ) -> None:
        """Prepare for a prompt.

        Args:
            rule: What is a sink, and what it keeps.
            heads: bool [H], heads that are calibrated.
            real: bool [B, P], tokens that are not padding.
            protected: bool [B, P], tokens that are never sinks.
        """
        super().__init__(real)
        self.rule, self.heads, self.protected = rule, heads, protected
        self.sinks: Tensor | None = None
        self._off = rule.beta == 1 or not bool(heads.any())

    def begin(self, batch: int, asked: int, total: int) -> int | None:
        """See `Correction.begin`; None when beta is 1, no head is chosen or no sink was found."""
        start = self.advance(asked, total)
        self._fit(batch)
        if self._off or (start >= self.length and not self._columns().numel()):
            return None
        return start

    def correct(self, call: Call) -> None:
        """Find the sinks while the prompt is read; take from them in every row."""
        if call.start < self.length:
            self.count(call)
            sinks = find_sinks(self.rule, self.sums, self.viewers, self.real, self.protected)
            self.sinks = sinks & self.heads[:, None]
        columns = self._columns()
        if not columns.numel():
            return
        rows, real = self.rows(self.real, call)
        for part in call.parts(rows, call.key.shape[2]):
            self._take(call, part, columns, None if real is None else real[:, part])

    def _columns(self) -> Tensor:
        """Columns that are a sink in some head, int64 [c]."""
        if self.sinks is None:
            return torch.zeros(0, dtype=torch.int64, device=self.real.device)
        return self.sinks.flatten(0, 1).any(dim=0).nonzero()[:, 0]

    def _fit(self, batch: int) -> None:
        times = batch // self.real.shape[0]
        super()._fit(batch)
        if times > 1:
            self.protected = self.protected.repeat_interleave(times, dim=0)

    def _take(self, call: Call, rows: Tensor, columns: Tensor, real: Tensor | None) -> None:
        if call.log_sums is None or not self._from_the_sinks(call, rows, columns, real):
            self._from_all(call, rows, real)

    def _from_the_sinks(
        self, call: Call, rows: Tensor, columns: Tensor, real: Tensor | None
    ) -> bool:
        """Read the sinks alone; False where they leave too little of a row."""
        weights = call.weights(rows, columns) * self._marked(call, columns)
        share = weights.sum(dim=-1)
        if float(share.max()) > MOST:
            return False
        theirs, before = call.mixture(weights, columns), call.output(rows)
        gain = (1 - self.rule.beta * share) / (1 - share)
        output = self.rule.beta * theirs + gain[..., None] * (before - theirs)
        call.put(rows, output, _where(share > 0, real))
        return True

    def _from_all(self, call: Call, rows: Tensor, real: Tensor | None) -> None:
        """Read every column that the rows see."""
        columns = call.seen_columns(rows)
        weights, sinks = call.weights(rows, columns), self._marked(call, columns)
        share, remainder = (weights * sinks).sum(dim=-1), (weights * (1 - sinks)).sum(dim=-1)
        gain = (1 - self.rule.beta * share) / remainder.clamp(min=1e-12)
        factors = self.rule.beta * sinks + gain[..., None] * (1 - sinks)
        where = _where((share > 0) & (remainder > 0), real)
        call.put(rows, call.mixture(weights * factors, columns), where)

    def _marked(self, call: Call, columns: Tensor) -> Tensor:
        """Which columns are sinks, 1 or 0, float32 [B, Hkv, G, 1, c]."""
        assert self.sinks is not None
        inside = columns < self.length
        sinks = self.sinks[..., columns.clamp(max=self.length - 1)] & inside
        return call.folded(sinks.float())[:, :, :, None]


def _where(where: Tensor, real: Tensor | None) -> Tensor:
    return where if real is None else where & real[:, None, None]
