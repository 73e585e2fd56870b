"""What comes nearest in meaning is found where it is like the search, else only on demand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from egorag.moment_search.query import parse
from egorag.moment_search.search import Bounds, MomentSearch
from egorag.moment_search.similarity import WHITENED, near_meaning
from memory.store.store import Store
from tests.egorag import lives

CLIPS, SIZE = 20, 48


class Drawn:
    """An embedder of made-up vectors: texts are alike if their last words have the same letters."""

    name, dimension, synonym_cosine = "drawn", SIZE, 1.0

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        drawn = np.random.default_rng(sum(map(ord, text.split()[-1]))).normal(size=self.dimension)
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


class Loud(Drawn):
    """One in whose vectors and queries two directions differ by chance more than all others."""

    dimension = 384

    def __init__(self, name: str) -> None:
        self.name = name

    def embed_query(self, text: str) -> NDArray[np.float32]:
        loud = np.random.default_rng(list(text.encode())).normal(size=2)
        vector = super().embed_query(text) + np.pad(loud, (0, self.dimension - 2))
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


def test_of_a_whitened_embedder_loud_directions_hide_nothing(life: Store) -> None:
    words = [f"q{chr(at)}" for at in range(0x400, 0x440)]
    clips = lives.record(life, "walk", lives.NOVEL - 86_400, len(words))
    for clip, word in zip(clips, words):
        lives.perceive(life, clip, f"I walk past {word}")

    def found(name: str) -> float:
        embedder = Loud(name)
        for memory_id, text in life.vectors.missing(name):
            life.vectors.put(name, [memory_id], embedder.embed_documents([text]))
        view = life.as_of(lives.ASKED)
        near = [near_meaning(view, embedder, word[::-1], None, None) for word in words]
        right = [one.clip_ids[0] == clip.id for one, clip in zip(near, clips)]
        return sum(right) / len(right)

    assert found("drawn") < 0.5
    assert all(found(name) > 0.9 for name in WHITENED)
