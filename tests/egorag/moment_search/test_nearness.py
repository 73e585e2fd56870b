"""What comes nearest in meaning is found where it is like the search, else only on demand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from egorag.moment_search.query import parse
from egorag.moment_search.search import Bounds, MomentSearch
from memory.store.store import Store
from tests.egorag import lives

CLIPS, SIZE = 20, 48


class Drawn:
    """An embedder of made-up vectors: texts are alike if their last words have the same letters."""

    name, dimension, synonym_cosine = "drawn", SIZE, 1.0

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        drawn = np.random.default_rng(sum(map(ord, text.split()[-1]))).normal(size=SIZE)
        return np.asarray(drawn / np.linalg.norm(drawn), np.float32)


def test_what_is_not_like_the_search_is_found_on_demand_only(life: Store) -> None:
    embedder = Drawn()
    clips = lives.record(life, "walk", lives.NOVEL - 86_400, CLIPS)
    for number, clip in enumerate(clips):
        lives.perceive(life, clip, f"I walk past q{chr(ord('a') + number)}z")
    for memory_id, text in life.vectors.missing(embedder.name):
        life.vectors.put(embedder.name, [memory_id], embedder.embed_documents([text]))

    def find(text: str, *, nearest: bool = False) -> tuple[list[str], bool]:
        search = MomentSearch(life.as_of(lives.ASKED), embedder)
        hits = search.find(parse(text), Bounds(), nearest=nearest)
        return [hit.clip_id for hit in hits], search.unlike

    assert find("whiteboard") == ([], True)
    assert find("whiteboard", nearest=True)[0]
    assert find("zcq") == ([clips[2].id], False)  # like "qcz", with which it shares no word
