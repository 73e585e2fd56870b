"""Words are cut to their stems as Porter published it."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egogpt.text.stemmer import stem


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
