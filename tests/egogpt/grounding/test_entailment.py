"""A sentence stands only where the texts that were read bear out all that it claims."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egogpt.grounding.entailment import SourceSentence, pieces_of, supporting_sources

KITCHEN = (
    "I am with Ada. I see a cup and three plates. I cut an onion. Maybe a restaurant. "
    'Ada says: "My brother Tom flies to Boston on Friday. Did you buy milk?"'
)
SHOP = 'I bought bread at the bakery. I did not find the keys. I read "EXIT".'


@pytest.fixture(scope="module")
def pieces() -> list[SourceSentence]:
    morning = "10:20 morning Tuesday 3 March 2026"
    return [*pieces_of(1, KITCHEN, morning), *pieces_of(2, SHOP, morning)]


@pytest.mark.parametrize(
    ("sentence", "sources"),
    [
        ("I cut an onion.", (1,)),
        ("At 10:20 I was with Ada and saw 3 plates.", (1,)),
        ("Ada said that her brother Tom flies to Boston on Friday.", (1,)),
        ("Ada asked whether I bought milk.", (1,)),
        ("In the morning I cut an onion and I bought bread.", (1, 2)),
        ("I did not find the keys.", (2,)),
        ('I read "EXIT".', (2,)),
    ],
)
def test_what_the_texts_tell_is_borne_out_by_those_that_tell_it(
    sentence: str, sources: tuple[int, ...], pieces: list[SourceSentence]
) -> None:
    assert supporting_sources(sentence, pieces) == sources


@pytest.mark.parametrize(
    "sentence",
    [
        "I cut four onions.",  # a number
        "I cut an onion with Eve.",  # a name
        "I cut an onion in a cozy kitchen.",  # atmosphere
        "It was a productive morning.",
        "I was in a restaurant.",  # only guessed
        "Maybe I cut an onion.",  # a guess of its own
        "Tom flew to Boston on Friday.",  # only said
        "I bought milk.",  # only asked
        "Ada said that she bought milk.",
        "I found the keys.",  # it was not so
        "I did not buy bread.",
        "Ada cut an onion.",  # it was somebody else
        "I called Ada.",  # a word that reports is no leave to make up a call
        "At 11:20 I cut an onion.",
        "I cut an onion near the EXIT.",  # far apart, put together
        "It was.",
        "",
    ],
)
def test_what_they_do_not_tell_is_not(sentence: str, pieces: list[SourceSentence]) -> None:
    assert supporting_sources(sentence, pieces) == ()


def test_chinese_is_compared_by_its_characters() -> None:
    pieces = list(pieces_of(5, "我在厨房切洋葱。小明说：“我周五飞波士顿。”"))
    assert supporting_sources("我在厨房里切了洋葱。", pieces) == (5,)
    assert supporting_sources("小明说他周五飞波士顿。", pieces) == (5,)
    assert supporting_sources("我在厨房切土豆。", pieces) == ()
    assert supporting_sources("我没有切洋葱。", pieces) == ()


WORDS = st.lists(
    st.sampled_from(["cup", "lamp", "Ada", "7", "piano", "rain"]), min_size=1, max_size=5
)


@given(told=WORDS, claimed=WORDS)
def test_no_word_of_a_sentence_is_missing_from_the_sources_that_bear_it_out(
    told: list[str], claimed: list[str]
) -> None:
    pieces = [piece for n, word in enumerate(told) for piece in pieces_of(n, f"I saw {word}.")]
    found = supporting_sources(f"I saw {' '.join(claimed)}.", pieces)
    if found:
        assert set(claimed) <= {told[n] for n in found}
    else:
        assert not set(claimed) <= set(told)
