from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.stems import stem
from memory.store import Store
from tests.egorag import lives


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("caresses", "caress"), ("ponies", "poni"), ("cats", "cat"), ("feed", "feed"),
        ("agreed", "agre"), ("plastered", "plaster"), ("motoring", "motor"), ("sing", "sing"),
        ("conflated", "conflat"), ("hopping", "hop"), ("falling", "fall"), ("filing", "file"),
        ("happy", "happi"), ("sky", "sky"), ("relational", "relat"), ("vietnamization", "vietnam"),
        ("triplicate", "triplic"), ("hopefulness", "hope"), ("adjustment", "adjust"),
        ("adoption", "adopt"), ("probate", "probat"), ("controll", "control"), ("phones", "phone"),
    ],
)  # fmt: skip
def test_stems_are_those_of_the_published_algorithm(word: str, expected: str) -> None:
    assert stem(word) == expected


@given(st.text(string.ascii_lowercase, min_size=1, max_size=20))
def test_a_stem_is_never_longer_than_its_word_and_an_e(word: str) -> None:
    assert len(stem(word)) <= len(word)


def test_the_text_index_stems_alike(life: Store) -> None:
    view = life.as_of(lives.ASKED)
    assert view.count_text("wondering") == view.count_text("wonders") == 1
    assert stem("wondering") == stem("wonders")
