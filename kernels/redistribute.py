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

from kernels.prompt import PromptState
from kernels.rows import Call

LEAST_SHARE = 0.1
LEAST_SHARE_HALF = 0.25
"""Below this share of a row, the visual non-sinks are summed themselves: taken as what the others
leave of the output, the output's rounding error would be magnified."""


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
        self, rule: Redistribution, visual: Tensor, asking: Tensor, heads: Tensor | None = None
    ) -> None:
        """Prepare for a prompt.

        Args:
            rule: How much, and in which heads.
            visual: bool [B, P], tokens of the picture.
            asking: bool [B, P], tokens of the prompt whose rows may be corrected.
            heads: bool [H], heads that may be chosen; None for all.
        """
        super().__init__(visual.shape[1])
        self.rule, self.visual, self.asking, self.heads = rule, visual, asking, heads
        self.sinks = torch.zeros_like(visual)
        self.rows_seen = 0
        self.times_chosen: Tensor | None = None
        self._pending: Tensor | None = None
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
        asked = call.query.shape[2]
        allowed = self.after_prompt(self.asking, call.start, asked)
        rows = allowed.any(dim=0).nonzero()[:, 0]
        for part in call.parts(rows, call.key.shape[2]):
            self._correct(call, part, allowed[:, part])

    def _correct(self, call: Call, rows: Tensor, allowed: Tensor) -> None:
        rest = None if call.log_sums is None else self._rest_columns(call)
        direct = self._direct_columns(call, rows)
        fewer = rest is not None and len(rest[0]) <= len(direct)
        if rest is not None and fewer and self._by_the_rest(call, rows, allowed, *rest):
            return
        weights = call.weights(rows, direct)
        groups = _groups(self.at(self.visual, direct), self.at(self.sinks, direct))
        sink, visual_sink, other = (weights.flatten(1, 3) @ groups).unflatten(
            1, weights.shape[1:4]
        ).unbind(-1)  # fmt: skip
        chosen, gain = self._choose(call, sink, visual_sink, other, allowed)
        factors = gain[..., None] * _spread(groups[..., 2]) - self.rule.moved * _spread(
            groups[..., 0]
        )
        output = call.output(rows) + call.mixture(weights * factors, direct)
        call.put(rows, output, chosen)
        self._note(chosen, allowed)

    def _by_the_rest(
        self, call: Call, rows: Tensor, allowed: Tensor, columns: Tensor, groups: Tensor
    ) -> bool:
        """Take the non-sinks as what all others leave of the row; False where that is too little.

        The output is the sum of all columns' weighted values, so that the many visual columns
        need not be read.
        """
        weights = call.weights(rows, columns)
        sums = (weights.flatten(1, 3) @ groups).unflatten(1, weights.shape[1:4])
        sink, visual_sink, others = sums.unbind(-1)
        other = (1 - others).clamp_(min=0)
        chosen, gain = self._choose(call, sink, visual_sink, other, allowed)
        least = LEAST_SHARE if call.mixed.dtype == torch.float32 else LEAST_SHARE_HALF
        if bool((chosen & (other < least)).any()):
            return False
        factors = gain[..., None] * _spread(groups[..., 2]) + self.rule.moved * _spread(
            groups[..., 0]
        )
        output = call.output(rows) * (1 + gain[..., None])
        output -= call.mixture(weights * factors, columns)
        call.put(rows, output, chosen)
        self._note(chosen, allowed)
        return True

    def _choose(
        self, call: Call, sink: Tensor, visual_sink: Tensor, other: Tensor, allowed: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Image-centric heads, bool, and Ω divided by the non-sinks' attention; [B, Hkv, G, r]."""
        visual = visual_sink + other
        chosen = allowed[:, None, None] & (visual_sink > 0) & (other > 0)
        if self.heads is not None:
            chosen = chosen & call.folded(self.heads[None])[..., None]
        chosen = chosen & (visual >= self.rule.visual_mass)
        chosen = chosen & (other >= self.rule.nonsink_share * visual)
        return chosen, self.rule.moved * sink / other.clamp(min=1e-12)

    def _rest_columns(self, call: Call) -> tuple[Tensor, Tensor]:
        """Columns that are not visual non-sinks, and their groups; what is decoded is the last."""
        total = call.key.shape[2]
        columns, groups = self._rest
        if total < self.length:
            columns = columns[columns < total]
            groups = groups[:, : len(columns)]
        written = call.start + call.query.shape[2]
        if written > self.length:
            new = torch.arange(self.length, written, device=columns.device)
            tail = groups.new_tensor([0.0, 0.0, 1.0]).expand(groups.shape[0], len(new), 3)
            columns, groups = torch.cat([columns, new]), torch.cat([groups, tail], dim=1)
        return columns, groups

    def _direct_columns(self, call: Call, rows: Tensor) -> Tensor:
        """Columns of the picture and the sinks; all that is seen where the sums are not known."""
        if call.log_sums is None:
            return call.seen_columns(rows)
        total = call.key.shape[2]
        return self._direct if total >= self.length else self._direct[self._direct < total]

    def _place(self, start: int, asked: int) -> None:
        """Write down the sinks that were marked for this call."""
        pending, self._pending = self._pending, None
        if pending is None or start >= self.length:
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

    def _note(self, chosen: Tensor, allowed: Tensor) -> None:
        """Count how often each head was chosen, for whoever wants to know which heads look."""
        times = chosen.sum(dim=(0, 3)).flatten()
        self.times_chosen = times if self.times_chosen is None else self.times_chosen + times
        self.rows_seen += int(allowed.sum())


def _groups(visual: Tensor, sinks: Tensor) -> Tensor:
    """Membership in sinks, visual sinks and visual non-sinks, float32 [B, c, 3]."""
    return torch.stack([sinks, sinks & visual, visual & ~sinks], dim=-1).float()


def _spread(group: Tensor) -> Tensor:
    """[B, c] as [B, 1, 1, 1, c]."""
    return group[:, None, None, None]
