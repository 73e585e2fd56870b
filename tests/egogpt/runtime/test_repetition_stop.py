"""A reply that goes in circles is noticed soon; one that merely repeats a word is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from egogpt.runtime.repetition_stop import (
    COPIES,
    LEAST_TOKENS,
    LONGEST_BLOCK,
    looping_block,
    without_loop,
    without_repeats,
)

TOKENS = st.lists(st.integers(0, 9), max_size=40)
BLOCKS = st.lists(st.integers(100, 999), min_size=1, max_size=LONGEST_BLOCK, unique=True)


@given(start=TOKENS, block=BLOCKS)
def test_every_loop_is_noticed_and_said_once(start: list[int], block: list[int]) -> None:
    copies = max(COPIES, -(-LEAST_TOKENS // len(block)))
    tokens = start + block * copies
    assert looping_block(tokens) == len(block)
    assert without_loop(tokens) == start + block


@given(start=TOKENS, block=BLOCKS)
def test_what_is_said_twice_is_no_loop(start: list[int], block: list[int]) -> None:
    tokens = start + [-1] + block * 2
    assert looping_block(tokens) == 0
    assert without_loop(tokens) == tokens


@given(st.lists(st.integers(0, 10_000), max_size=120, unique=True))
def test_what_never_repeats_is_no_loop(tokens: list[int]) -> None:
    assert looping_block(tokens) == 0
    text = " ".join(f"word{token}" for token in tokens)
    assert without_repeats(text) == text


def test_a_few_knocks_are_speech() -> None:
    assert looping_block([5] * (LEAST_TOKENS - 1)) == 0
    assert looping_block([5] * LEAST_TOKENS) == 1
    assert looping_block([]) == 0
    assert without_repeats("It is very very good.") == "It is very very good."


@given(st.lists(st.integers(0, 3), max_size=80))
def test_only_repetition_is_taken_away(tokens: list[int]) -> None:
    kept = without_loop(tokens)
    assert tokens[: len(kept)] == kept
    assert set(kept) == set(tokens)
    if not looping_block(tokens):
        assert kept == tokens


def test_sentences_that_were_written_before_go() -> None:
    assert without_repeats("I wait. I sit. I wait.") == "I wait. I sit."
    assert without_repeats("I cut the bread and and and and").count("and") == 1
