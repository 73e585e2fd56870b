"""Position numbering of a model by name: options chosen in words, without torch.

native              as the model was trained
yarn:4              four times as many tokens, by YaRN
entropy-abf:4,fp32  and the rotation computed in float32
renumbered:4        four times as many, of which a query sees few, numbered one behind the other
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

Kind: TypeAlias = Literal["native", "linear", "ntk", "dynamic", "yarn", "entropy-abf", "renumbered"]
KINDS: tuple[Kind, ...] = get_args(Kind)
RENUMBERED: Kind = "renumbered"
EXACT = "fp32"
_FORM = (
    f"give one of {', '.join(KINDS)}, all but native with how many times as many tokens are to be "
    f"read (yarn:4), and ,{EXACT} behind it for a rotation in float32"
)


class UnknownPositions(ValueError):
    """No such way of numbering tokens, or a factor that does not fit; the text says the form."""


@dataclass(frozen=True, slots=True)
class Positions:
    """A choice of rotary positions; `kernels.positions.rope_scaling` applies it to a model.

    Attributes:
        kind: Which frequencies the rotation has.
        factor: How many times the trained length is to be read; 1 for native.
        exact: Whether angles and rotation are computed in float32 and rounded once.
    """

    kind: Kind = "native"
    factor: float = 1.0
    exact: bool = False

    def __post_init__(self) -> None:
        """Raises UnknownPositions."""
        if self.kind not in KINDS:
            raise UnknownPositions(f"there are no positions {self.kind!r}; {_FORM}")
        fits = self.factor == 1 if self.kind == "native" else 1 < self.factor < math.inf
        if not fits:
            raise UnknownPositions(f"{self.kind} cannot have the factor {self.factor:g}; {_FORM}")
        if self.exact and self.kind == RENUMBERED:
            raise UnknownPositions(f"{RENUMBERED} has no ,{EXACT}: keys lie turned in the cache")

    @classmethod
    def parse(cls, text: str) -> Positions:
        """Read a name; raises UnknownPositions."""
        first, *more = text.split(",")
        if first == EXACT and not more:
            return cls(exact=True)
        kind, _, number = first.partition(":")
        if more not in ([], [EXACT]):
            raise UnknownPositions(f"{text!r} says more than is known; {_FORM}")
        try:
            factor = float(number) if number else 1.0
        except ValueError:
            raise UnknownPositions(f"{number!r} is no number; {_FORM}") from None
        return cls(cast(Kind, kind), factor, bool(more))

    @property
    def label(self) -> str:
        """The name that `parse` reads; the same choice always has the same."""
        kind = self.kind if self.kind == "native" else f"{self.kind}:{self.factor:g}"
        return f"{kind},{EXACT}" if self.exact else kind

    def longest(self, trained: int) -> int:
        """How many tokens a model reads that was trained on so many."""
        return int(trained * self.factor)
