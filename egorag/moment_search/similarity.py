"""Moments by what words mean and by what they look like; only those that stand out are found.

A vector search always returns its nearest, whatever was asked. So of those near in meaning only
the ones that come close to the best are taken, and where no word was found, only if the best by
cosine stands out of all by as much as ``likeness.json`` says (``benchmarks/training/likeness.py``
fits it); of pictures the ones that are no chance (``retrieval/image_retrieval.py``). A model that
fails finds nothing: words go on finding.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from egogpt.text.chinese_text import mostly_chinese
from egorag.retrieval.image_retrieval import ImageHits
from memory.db.row_mapping import memory_id
from memory.search.phrase_search import PhraseScope
from memory.store.view import View
from memory.types.core import Frame, Span

_log = logging.getLogger(__name__)
MOST = 60  # moments that are near in meaning
_COMPARED = 3000  # clips that are compared one by one where a search is held to them
_NEAR = 0.5  # of the way from the 300th to the best: what is below is near nothing
_BESIDE = 300
WHITENED = frozenset({"e5-small-q4"})  # embedders with which turned queries were seen to find more


@dataclass(frozen=True, slots=True)
class NearMeaning:
    """Clips whose memory is near in meaning, best first, and whether the best is like the query."""

    clip_ids: tuple[str, ...] = ()
    alike: bool = False


@cache
def clear_from() -> float:
    """How far beyond chance the nearest of all memories must stand out to be like a query."""
    file = files("egorag.moment_search").joinpath("likeness.json")
    return float(json.loads(file.read_text("utf-8"))["clear_from"])


def near_meaning(
    view: View, embedder: Embedder | None, text: str, span: Span | None, among: PhraseScope | None
) -> NearMeaning:
    """What is near in meaning."""
    if embedder is None or not text.strip():
        return NearMeaning()
    try:
        vector = embedder.embed_query(text)
    except Exception:  # a lost device, no memory, a text that it cannot take
        _log.warning("the text embedder failed; words alone are searched", exc_info=True)
        return NearMeaning()
    cosines = ranked = _compared(view, embedder.name, vector, span, among)
    if embedder.name in WHITENED:
        turned = view.whiten(vector, embedder.name)
        ranked = _compared(view, embedder.name, turned, span, among)
    near = _standing_out(ranked)
    clips = view.moments.clips_of(near)
    clip_ids = tuple(clips[memory_id] for memory_id in near if memory_id in clips)
    spread = view.vector_spread(vector, embedder.name)
    best = max(cosines.values(), default=-1.0)
    return NearMeaning(clip_ids, spread.beyond_chance(best) >= clear_from())


def _compared(
    view: View,
    model: str,
    vector: NDArray[np.float32],
    span: Span | None,
    among: PhraseScope | None,
) -> dict[int, float]:
    if among is not None and len(among.ids) <= _COMPARED:
        ids = [memory_id("clip", clip_id) for clip_id in among.ids]
        return view.compare_vectors(vector, model, ids)
    return view.search_vectors(vector, model, "clip", span, _BESIDE)


def _standing_out(cosines: dict[int, float]) -> list[int]:
    """Those that come close to the best; of a few, all that are not plainly unlike."""
    ordered = list(cosines)[:_BESIDE]
    if not ordered:
        return []
    best, least = cosines[ordered[0]], cosines[ordered[-1]]
    floor = best - (1 - _NEAR) * (best - least)
    return [memory_id for memory_id in ordered if cosines[memory_id] >= floor][:MOST]


def near_pictures(
    view: View, pictures: PictureEmbedder | None, text: str, span: Span | None, clear: bool = True
) -> list[tuple[str, float]]:
    """Clip and moment of the pictures that show what the text says, best first, one of each clip.

    Without ``clear``, the likest are returned where none stands out.
    """
    if pictures is None or not text.strip():
        return []
    plain = pictures.by_labels or mostly_chinese(text)
    try:
        vector = pictures.embed_query(text if plain else f"a photo of {text}")
    except Exception:
        _log.warning("the image–text model failed; words alone are searched", exc_info=True)
        return []
    return _best_of_clips(view, pictures.name, vector, span, clear)


def like_photo(
    view: View, pictures: PictureEmbedder, photo: Frame, span: Span | None = None
) -> list[tuple[str, float]]:
    """Clip and moment of the pictures that are like a photo, best first, one of each clip."""
    (vector,) = pictures.embed_pictures([photo])
    return _best_of_clips(view, pictures.name, vector, span, clear=True)


def _best_of_clips(
    view: View, model: str, vector: NDArray[np.float32], span: Span | None, clear: bool
) -> list[tuple[str, float]]:
    spread = view.picture_spread(vector, model, span)
    hits = view.search_pictures(vector, model, span, _BESIDE) if spread.count else []
    image_hits = ImageHits(tuple(hits), spread)
    chosen_hits = image_hits.clear if clear or image_hits.clear else image_hits.hits[:MOST]
    best: dict[str, float] = {}
    for hit in chosen_hits:
        best.setdefault(hit.clip_id, hit.at)
    return list(best.items())
