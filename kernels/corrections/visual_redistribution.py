"""Visual attention redistribution (VAR) as an exact correction on top of any attention kernel.

Some tokens of a picture, mostly plain background, draw much attention and tell little: visual
sinks. In heads that look at the picture, part of what the sinks got goes to the picture's other
tokens, in proportion to what these got. With S the attention a row gives to a group of tokens and
o the attention-weighted mean of the group's values,

    O' = O + Ω (o_other − o_sink),    Ω = moved · S_sink

so that only the text rows after the picture are looked at again, and all else stays the kernel's.

Source: Kang et al., See What You Are Told: Visual Attention Sink in Large Multimodal Models,
ICLR 2025, arXiv 2503.03321, section 5. The paper and the released code name the two numbers
differently; `from_paper` and `from_code` read either.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.base.attention_rows import Call
from kernels.corrections.kept_columns import KeptColumns
from kernels.corrections.prompt_state import PromptState

LEAST_SHARE = 0.1
LEAST_SHARE_HALF = 0.25
"""Below this share of a row, the visual non-sinks are summed themselves: taken as what the others
leave of the output, the output's rounding error would be magnified."""

_NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Redistribution:
    """How much is moved, and in which heads.

    Attributes:
        moved: Fraction of the sinks' attention that is moved to the other visual tokens; 0 is off.
        nonsink_share: A head is chosen for a row when at least this share of the attention that
            it gives to the picture goes to tokens that are no sinks.
        visual_mass: And when the picture gets at least this much of the row's attention.
    """

    moved: float = 0.6
    nonsink_share: float = 0.8
    visual_mass: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.moved <= 1:
            raise ValueError(f"the moved fraction lies between 0 and 1, not {self.moved}")
        if self.visual_mass < 0:
            raise ValueError(f"the least visual mass is at least 0, not {self.visual_mass}")

    @classmethod
    def from_paper(cls, p: float = 0.6, rho: float = 0.8) -> Redistribution:
        """Read the paper's numbers: p is *moved*; rho bounds the share of the *non-sinks*."""
        return cls(moved=p, nonsink_share=rho)

    @classmethod
    def from_code(cls, p: float = 0.6, rho: float = 0.2) -> Redistribution:
        """Read the released code's numbers: p is *kept*; rho bounds the share of the *sinks*."""
        return cls(moved=1 - p, nonsink_share=1 - rho)


class VisualRedistribution(PromptState):
    """VAR in one layer, from its prompt to the last token decoded.

    Text sinks give too, but only where the layer also has a visual one. What comes after the
    prompt is never a sink.
    """

    def __init__(
        self, rule: Redistribution, visual: Tensor, asking: Tensor, heads: Tensor | None = None,
        counting: bool = False,
    ) -> None:  # fmt: skip
        """Prepare for a prompt.

        Args:
            rule: How much, and in which heads.
            visual: bool [B, P], tokens of the picture.
            asking: bool [B, P], tokens of the prompt whose rows may be corrected.
            heads: bool [H], heads that may be chosen; None for all.
            counting: Whether to count in ``times_chosen`` how often each head was chosen, and in
                ``mass_moved`` how much attention was moved in all of these rows together.
        """
        super().__init__(visual.shape[1])
        self.rule, self.visual, self.asking, self.heads = rule, visual, asking, heads
        self.sinks = torch.zeros_like(visual)
        self.counting, self.rows_seen = counting, 0
        self.times_chosen: Tensor | None = None
        self.mass_moved = 0.0
        self._pending: Tensor | None = None
        self._kept: KeptColumns | None = None
        self._idle = True

    def mark(self, sinks: Tensor) -> None:
        """Say which of the tokens that the next call asks with are sinks, bool [B, q]."""
        self._pending = sinks

    def begin(self, batch: int, asked: int, total: int) -> int | None:
        """See `Correction.begin`; None without visual sinks, and for rows that are not asking."""
        start = self.advance(asked, total)
        self._fit(batch)
        self._place(start, asked)
        if self._idle or not self.rule.moved:
            return None
        if start + asked <= self.length and not bool(self.asking[:, start : start + asked].any()):
            return None
        return start

    def correct(self, call: Call) -> None:
        """Move the sinks' attention in the rows of text after the picture."""
        rows, asking = self.rows(self.asking, call)
        for part in call.parts(rows, call.key.shape[2]):
            self._correct(call, part, None if asking is None else asking[:, part])

    def _correct(self, call: Call, rows: Tensor, allowed: Tensor | None) -> None:
        few = len(self._rest[0]) <= len(self._direct)
        if call.log_sums is not None and few and self._by_the_rest(call, rows, allowed):
            return
        columns = self._direct_columns(call, rows)
        weights = call.weights(rows, columns)
        groups = _groups(self.at(self.visual, columns), self.at(self.sinks, columns))
        sums = (weights.flatten(1, 3) @ groups).view(*weights.shape[:4], 3)
        sink, visual_sink, other = sums.unbind(-1)
        chosen, gain = self._choose(call, sink, visual_sink, other, allowed)
        factors = gain[..., None] * _spread(groups[..., 2])
        factors -= self.rule.moved * _spread(groups[..., 0])
        output = call.output(rows) + call.mixture(weights * factors, columns)
        call.put(rows, output, chosen)
        self._note(chosen, allowed, sink)

    def _by_the_rest(self, call: Call, rows: Tensor, allowed: Tensor | None) -> bool:
        """Take the non-sinks as what all others leave of the row; False where that is too little.

        The output is the sum of all columns' weighted values, so that the many visual columns
        need not be read.
        """
        mixed, of_sinks, attention = self._keep(call).sums(call, rows, self.length)
        sink, visual_sink, rest = attention.unbind(-1)
        other = (1 - rest).clamp_(min=0)
        chosen, gain = self._choose(call, sink, visual_sink, other, allowed)
        least = LEAST_SHARE if call.mixed.dtype == torch.float32 else LEAST_SHARE_HALF
        if float(other.min()) < least and bool((chosen & (other < least)).any()):
            return False
        output = call.output(rows)
        output = output + gain[..., None] * (output - mixed) - self.rule.moved * of_sinks
        call.put(rows, output, chosen)
        self._note(chosen, allowed, sink)
        return True

    def _choose(
        self, call: Call, sink: Tensor, visual_sink: Tensor, other: Tensor,
        allowed: Tensor | None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Image-centric heads, bool, and Ω divided by the non-sinks' attention; [B, Hkv, G, r]."""
        visual = visual_sink + other
        chosen = (visual_sink > 0) & (visual >= self.rule.visual_mass)
        chosen &= other >= (self.rule.nonsink_share * visual).clamp_(min=_NOTHING)
        if allowed is not None:
            chosen &= allowed[:, None, None]
        if self.heads is not None:
            chosen &= call.folded(self.heads[None])[..., None]
        return chosen, self.rule.moved * sink / other.clamp(min=_NOTHING)

    def _keep(self, call: Call) -> KeptColumns:
        """The prompt's columns that are not visual non-sinks; read once, when all are there."""
        if self._kept is not None and self._kept.keys.shape[0] == call.key.shape[0]:
            return self._kept
        columns, groups = self._rest
        total = call.key.shape[2]
        if total < self.length:
            columns = columns[columns < total]
            return KeptColumns.of(call, columns, groups[:, : len(columns)])
        self._kept = KeptColumns.of(call, columns, groups)
        return self._kept

    def _direct_columns(self, call: Call, rows: Tensor) -> Tensor:
        """Columns of the picture and the sinks; all that is seen where the sums are not known."""
        if call.log_sums is None:
            return call.seen_columns(rows)
        total = call.key.shape[2]
        return self._direct if total >= self.length else self._direct[self._direct < total]

    def _place(self, start: int, asked: int) -> None:
        """Write down the sinks that were marked for this call."""
        pending, self._pending = self._pending, None
        if start >= self.length:
            return
        self._kept = None
        if pending is None:
            return
        if start == 0:
            self.sinks = torch.zeros_like(self.visual)
        end = min(start + asked, self.length)
        self.sinks[:, start:end] = pending[:, : end - start]
        self._idle = not bool((self.sinks & self.visual).any())
        if not self._idle:
            others = ~(self.visual & ~self.sinks)
            columns = others.any(dim=0).nonzero()[:, 0]
            sinks, visual = self.sinks[:, columns], self.visual[:, columns]
            groups = torch.stack([sinks, sinks & visual, others[:, columns]], dim=-1).float()
            self._rest = columns, groups
            self._direct = (self.visual | self.sinks).any(dim=0).nonzero()[:, 0]

    def _fit(self, batch: int) -> None:
        """Repeat the rows of the prompt for beams and for several answers to one prompt."""
        times = batch // self.visual.shape[0]
        if times > 1:
            self.visual, self.asking, self.sinks = (
                x.repeat_interleave(times, dim=0) for x in (self.visual, self.asking, self.sinks)
            )

    def _note(self, chosen: Tensor, allowed: Tensor | None, sink: Tensor) -> None:
        """Count how often each head was chosen, for whoever wants to know which heads look."""
        if not self.counting:
            return
        self.mass_moved += self.rule.moved * float((sink * chosen).sum())
        times = chosen.sum(dim=(0, 3)).flatten()
        self.times_chosen = times if self.times_chosen is None else self.times_chosen + times
        batch, rows = chosen.shape[0], chosen.shape[3]
        self.rows_seen += batch * rows if allowed is None else int(allowed.sum())


def _groups(visual: Tensor, sinks: Tensor) -> Tensor:
    """Membership in sinks, visual sinks and visual non-sinks, float32 [B, c, 3]."""
    return torch.stack([sinks, sinks & visual, visual & ~sinks], dim=-1).float()


def _spread(group: Tensor) -> Tensor:
    """[B, c] as [B, 1, 1, 1, c]."""
    return group[:, None, None, None]
