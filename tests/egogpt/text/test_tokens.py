"""Words are cut alike, whether one by one with their places or all at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from egogpt.text.stemmer import stem
from egogpt.text.tokens import content_words, stems, tokens, words_of

texts = st.one_of(
    st.text(st.characters(max_codepoint=127), max_size=60),
    st.text(st.sampled_from("aBé'’_ -1.“ﬁßİñ́中"), max_size=40),
    st.text(max_size=40),
)


@given(texts)
def test_the_quick_way_cuts_and_folds_as_the_slow_one(text: str) -> None:
    words = [token.word for token in tokens(text)]
    assert words_of(text) == words
    assert stems(text) == [stem(word) for word in words]


def test_chinese_is_parted_into_words_in_simplified_characters() -> None:
    text = "我把Anna的鑰匙放在抽屜裡了"
    cut = tokens(text)
    assert [token.word for token in cut][:4] == ["我", "把", "anna", "的"]
    assert {"钥匙", "抽屉"} <= {token.word for token in cut}
    assert "".join(text[token.start : token.end] for token in cut) == text
    assert content_words("我的钥匙在哪里？谁拿了它，狗还是猫？") == ["钥匙", "狗", "猫"]
    assert stems("鑰匙") == stems("钥匙")
