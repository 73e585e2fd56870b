"""Tokens by the vote of all heads, and a choice that is kept while queries are alike.

Every query head shares one vote among the earlier tokens, by the softmax of its scores, so that
no head outvotes the others by the size of its queries; the tokens with most votes are read by all
heads. Neighbouring tokens ask for much the same: while the query's cosine with the one that chose
stays high, the choice is used again, and no key is scored.

Query head h reads key head h // G, as in the models; code released with the paper pairs h with
h modulo the number of key heads, which for grouped heads scores keys of another head.

Source: Wu et al., TokenSelect, arXiv 2411.02886, sections 4.1 (soft vote) and 4.3 (selection
cache). A chunk of a prompt asks with the mean of its queries. Beyond the
trained length positions are renumbered as in the paper (`kernels.positions.rope_scaling`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from kernels.base.method import Choice, Scene
from kernels.methods.choice_cache import KeptChoice, with_newer
from kernels.methods.token_scorer import Votes


@dataclass(frozen=True, slots=True)
class TokenSelect(Votes):
    """Tokens that the heads together want most.

    Attributes:
        query_stride: A whole block of a prompt's queries asks with one mean, as in the paper.
        likeness: Least cosine of queries at which a choice is used again; above 1, never.
        longest: Tokens after which a choice is made anew whatever the queries.
    """

    name: ClassVar[str] = "tokenselect"
    sinks: int = 128
    window: int = 512
    tokens: int = 2048
    query_stride: int = 1 << 30
    likeness: float = 0.9
    longest: int = 64

    def choose(self, scene: Scene) -> Choice:
        """What was chosen for the token before, if that serves; else the vote."""
        previous = scene.memory.get(self)
        if isinstance(previous, KeptChoice) and previous.serves(scene, self.longest, self.likeness):
            scene.memory[self] = previous = previous.used(scene)
            return previous.blocks(self, scene)
        low, high = self.candidates(scene)
        if high <= low:
            return Votes.choose(self, scene)
        chosen = self.best(scene, low, high, min(self.count(scene), high - low))
        if scene.query.shape[2] == 1:
            scene.memory[self] = KeptChoice.of(scene, chosen, high)
        return with_newer(chosen, high, self, scene)

    def score(self, scene: Scene, low: int, high: int) -> Tensor:
        """The votes of all heads, the same for each key head, [B, 1, high - low]."""
        return Votes.score(self, scene, low, high).sum(dim=1, keepdim=True)
