"""A few layers choose tokens, and the layers behind them read the same.

Tokens that matter to one layer matter to its neighbours. Some layers attend to everything and name
the tokens that got most of it; each layer up to the next of these reads only those. What is chosen
is handed on through the paged cache; without one each layer chooses for itself.

Source: Yang et al., TidalDecode, arXiv 2410.05076, section 3 (position persistent sparse
attention). The paper's models have two selection layers, the second ("correction") found for each
model; small models need more of them. A prompt is read densely there; here each layer chooses
anew for each block of it, so that the cost of a prompt stays below that of dense attention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kernels.base.method import EVERYTHING, Choice, Method, Scene
from kernels.methods.choice_cache import KeptChoice
from kernels.methods.dense import Dense
from kernels.methods.token_scorer import Votes


@dataclass(frozen=True, slots=True)
class Tidal(Votes):
    """Layers named in `select` see everything while writing, the others what these chose.

    Attributes:
        dense_layers: First layers, which are left dense.
        select: Layers that choose, from 0.
    """

    name: ClassVar[str] = "tidal"
    dense_layers: int = 2
    select: tuple[int, ...] = (2, 9)

    def at(self, layer: int, head: int) -> Method:
        """Dense in the first layers."""
        return Dense(query_block=self.query_block) if layer < self.dense_layers else self

    def at_most(self, longest: int) -> None:
        """Never: now and then everything is read."""

    def choose(self, scene: Scene) -> Choice:
        """In a selection layer everything, elsewhere what the last of these has chosen."""
        low, high = self.candidates(scene)
        if scene.query.shape[2] > 1 or high <= low:
            return Votes.choose(self, scene)
        if scene.layer in self.select:
            if scene.remembers:
                chosen = self.best(scene, low, high, min(self.count(scene), high - low))
                scene.shared[self] = KeptChoice.of(scene, chosen, high)
            return EVERYTHING
        previous = scene.shared.get(self)
        if isinstance(previous, KeptChoice) and previous.first == scene.first:
            return previous.blocks(self, scene)
        return Votes.choose(self, scene)
