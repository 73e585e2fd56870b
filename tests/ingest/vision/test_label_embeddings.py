"""Pictures as the words for what is recognised: the picture embedders' contract, real weights."""

from __future__ import annotations

import numpy as np
import pytest

from egogpt.weights.store import WeightStore
from ingest.vision.label_embeddings import NEEDED, RecognisedPictures
from memory.types.core import Frame
from tests.egorag.test_strategies import Letters
from tests.media import scene

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def lens() -> RecognisedPictures:
    weights = WeightStore()
    if missing := [bundle for bundle in NEEDED if not weights.has(bundle)]:
        pytest.skip(f"needs the weights {' '.join(missing)}: egobutler models fetch")
    objects, tags = map(weights.folder, NEEDED)
    return RecognisedPictures(objects, tags, Letters())


def picture(name: str) -> Frame:
    data = pytest.importorskip("skimage.data")
    return Frame(0.0, np.ascontiguousarray(getattr(data, name)()))


def test_a_picture_lies_near_the_words_for_what_it_shows(lens: RecognisedPictures) -> None:
    cat, cup = lens.embed_pictures([picture("cat"), picture("coffee")])
    words = lens.embed_documents(["cat", "cup"])
    assert cat @ words[0] > cup @ words[0]
    assert cup @ words[1] > cat @ words[1]


def test_each_vector_is_of_its_picture_alone_and_has_unit_length(lens: RecognisedPictures) -> None:
    frames = [Frame(1.0, scene(1, 320, 180)), picture("cat")]
    frames.append(Frame(9.0, np.full((2, 8, 3), 7, np.uint8)))  # hardly anything to cut up
    together = lens.embed_pictures(frames)
    assert together.shape == (3, lens.dimension)
    assert np.abs(np.linalg.norm(together, axis=1) - 1).max() < 1e-5
    assert np.array_equal(together, np.concatenate([lens.embed_pictures([f]) for f in frames]))
    assert lens.embed_pictures([]).shape == (0, lens.dimension)


def test_the_name_tells_whose_words_are_compared(lens: RecognisedPictures) -> None:
    assert "letters" in lens.name
    assert lens.by_labels
