"""Everything now and then, and in between what was found then.

Every few tokens a layer attends to its whole context and notes the tokens that its heads gave most
attention to; the tokens written in between see these, and what is near. The choice is renewed
early where the query turns away from the one that chose, and at the first token that is written,
because that is where an answer begins.

Source: Xu et al., Recycled Attention, arXiv 2411.05787, section 3; the renewal by likeness is its
dynamic variant. A prompt is read densely there; here each block of it chooses anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kernels.base.method import EVERYTHING, Choice, Scene
from kernels.methods.choice_cache import KeptChoice
from kernels.methods.token_scorer import Votes


@dataclass(frozen=True, slots=True)
class Recycled(Votes):
    """Dense at every few tokens, else the tokens that got most attention then.

    Without a cache that remembers, each written token sees everything.

    Attributes:
        every: Tokens that share one choice, the one that sees everything included.
        likeness: Least cosine with the query that chose; below, the choice is renewed.
    """

    name: ClassVar[str] = "recycled"
    every: int = 10
    likeness: float = 0.9

    def at_most(self, longest: int) -> None:
        """Never: now and then everything is read."""

    def choose(self, scene: Scene) -> Choice:
        """The last choice while it serves; else everything, and a new choice is noted."""
        low, high = self.candidates(scene)
        if scene.query.shape[2] > 1 or high <= low:
            return Votes.choose(self, scene)
        previous = scene.memory.get(self)
        if isinstance(previous, KeptChoice) and previous.serves(scene, self.every, self.likeness):
            scene.memory[self] = previous = previous.used(scene)
            return previous.blocks(self, scene)
        if scene.remembers:
            chosen = self.best(scene, low, high, min(self.count(scene), high - low))
            scene.memory[self] = KeptChoice.of(scene, chosen, high)
        return EVERYTHING
