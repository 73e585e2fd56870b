"""Text → picture: the kept pictures that a question's words describe, and how clearly they do.

Cosines of image–text models have no common scale: what is much for one is little for another. So a
picture counts by how far it stands out from all others, in deviations of theirs. The best of n that
have nothing to do with the question stands out by about √(2 ln n); what well exceeds that is clear.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.text.chinese_text import mostly_chinese
from egorag.question.plan import Plan
from memory.store.view import View
from memory.types.core import Memory
from memory.types.images import CosineSpread, PictureHit
from memory.types.messages import UserMessage

_log = logging.getLogger(__name__)
SEARCHED = 300  # pictures
_CLEAR = 0.2  # of bells' best by chance, one in fifty is as clear (its test)
_NONE = CosineSpread(0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class ImageHits:
    """The pictures that are likest a question, best first, and how like it all of them are."""

    hits: tuple[PictureHit, ...] = ()
    spread: CosineSpread = _NONE
    trouble: str = ""

    def clearness(self, hit: PictureHit) -> float:
        """0 for what may be chance, 1 for what stands out twice as far as chance would."""
        return min(1.0, max(0.0, self.spread.beyond_chance(hit.cosine)))

    @property
    def clear(self) -> tuple[PictureHit, ...]:
        """Those that are no chance, best first."""
        return tuple(hit for hit in self.hits if self.clearness(hit) >= _CLEAR)

    def by_clip(self) -> dict[str, PictureHit]:
        """The likest picture of each clip, best first."""
        best: dict[str, PictureHit] = {}
        for hit in self.hits:
            best.setdefault(hit.clip_id, hit)
        return best


class ImageRetriever:
    """Compares questions with pictures; without an image–text embedder, or where it fails, none."""

    def __init__(self, embedder: PictureEmbedder | None) -> None:
        self._embedder = embedder
        self._asked: tuple[str, NDArray[np.float32]] | None = None

    def look(self, view: View, plan: Plan) -> ImageHits:
        """The pictures that the plan's words describe; an exact interval is never left."""
        if self._embedder is None:
            return ImageHits()
        try:
            vector = self._vector(self._embedder, self._query(self._embedder, plan))
        except Exception as error:  # a lost device, no memory, a text that it cannot take
            _log.warning("the image–text model failed; words alone are searched", exc_info=True)
            return ImageHits(trouble=str(error) or type(error).__name__)
        name, span = self._embedder.name, plan.exact_span
        spread = view.picture_spread(vector, name, span)
        hits = view.search_pictures(vector, name, span, SEARCHED) if spread.count else []
        return ImageHits(tuple(hits), spread)

    def note(self, image_hits: ImageHits) -> str:
        """One sentence: how pictures were searched."""
        if self._embedder is None or self._embedder.by_labels:
            return UserMessage("egorag.no-picture-model")
        if image_hits.trouble:
            return UserMessage("egorag.picture-model-failed", why=image_hits.trouble)
        if not image_hits.spread.count:
            return UserMessage("egorag.no-picture-vectors", name=self._embedder.name)
        return UserMessage("egorag.pictures-compared", n=f"{image_hits.spread.count:,}")

    @property
    def sees(self) -> bool:
        """Whether what stands out was seen, not only recognised by a list of words."""
        return self._embedder is not None and not self._embedder.by_labels

    @staticmethod
    def _query(embedder: PictureEmbedder, plan: Plan) -> str:
        return plan.query if embedder.by_labels else picture_query(plan)

    def _vector(self, embedder: PictureEmbedder, text: str) -> NDArray[np.float32]:
        if self._asked is None or self._asked[0] != text:
            self._asked = text, embedder.embed_query(text)
        return self._asked[1]


def picture_query(plan: Plan) -> str:
    """What a picture that answers would be called: these models know captions, not questions."""
    if not plan.required or mostly_chinese(plan.text):
        return plan.query
    return f"a photo of {' '.join(plan.required)}"


def pictured_memories(view: View, clip_ids: Iterable[str]) -> dict[str, Memory]:
    """Clip id → its memory, of those clips whose memory can be known."""
    return {memory.clip_id: memory for memory in view.of_clips(clip_ids)}
