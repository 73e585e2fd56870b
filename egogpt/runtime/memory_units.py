"""Sizes of stored weights and the memory estimate of a model."""

from __future__ import annotations

from dataclasses import dataclass

# What a weight takes in so many bits, its share of the scales included. NF4 has a scale for every
# 64 weights, of a byte, and one for every 256 of those; torchao's 4 bits take as much again.
STORED = {32: 4.0, 16: 2.0, 8: 1.01, 4: 0.54}


@dataclass(frozen=True, slots=True)
class ParameterMemory:
    """Parameters of a model, and how many of them are made smaller by 8 and 4 bits.

    ``cache_bytes`` is what one token of context takes beside them, in 16 bits.
    """

    parameters: int
    reducible: int
    cache_bytes: int

    def gigabytes(self, bits: int = 16) -> float:
        """The weights in GB (10^9 bytes), the reducible ones in ``bits``, all others in 16."""
        fixed = self.parameters - self.reducible
        return (fixed * STORED[16] + self.reducible * STORED[bits]) / 1e9
