"""Haystacks are as long as asked, and each needle lies once, where it was asked to."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache, partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.attention.needles import HOPS, QUESTIONS, ROOM, TASKS, Haystack, Task, haystacks
from benchmarks.attention.recorded_talk import recorded, repeated
from egogpt.long_context.haystack import lines

TALK = 120
"""Tokens that no line of talk reaches: how far beside its place a needle may lie."""
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@cache
def tokenizer() -> Any:
    """A byte-pair tokenizer that has read such talk; digits stay single, as in larger ones."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    inner.decoder = decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    marks = ["<|im_start|>", "<|im_end|>"]
    known = [*islice(lines(Random(0)), 300), *_told("multikey"), *_told("facts")]
    inner.train_from_iterator(
        known,
        trainers.BpeTrainer(
            vocab_size=700, special_tokens=marks, initial_alphabet=letters, show_progress=False
        ),
    )
    return PreTrainedTokenizerFast(tokenizer_object=inner, chat_template=CHATML)


def _told(task: Task) -> list[str]:
    from benchmarks.attention.needles import _facts

    return [
        text
        for seed in range(8)
        for fact in _facts(task, Random(seed), [0.5] * QUESTIONS[task])
        for text in (*fact.said, fact.question)
    ]


def places(whole: Sequence[int], part: Sequence[int]) -> list[int]:
    """Where a run of tokens occurs in another."""
    size = len(part)
    return [i for i in range(len(whole) - size + 1) if tuple(whole[i : i + size]) == tuple(part)]


def made(task: Task, length: int, needles: int, seed: int) -> list[Haystack]:
    return list(haystacks(tokenizer(), task, length, needles, seed=seed))


@settings(max_examples=15, deadline=None)
@given(
    task=st.sampled_from(TASKS),
    length=st.integers(900, 2500),
    needles=st.integers(1, 12),
    seed=st.integers(0, 999),
)
def test_lengths_are_exact_and_needles_lie_at_their_depths(
    task: Task, length: int, needles: int, seed: int
) -> None:
    found = made(task, length, needles, seed)
    assert len(found) == -(-needles // QUESTIONS[task])
    for one in found:
        assert len(one.context) == length - ROOM
        assert len(one.questions) == QUESTIONS[task]
        for question in one.questions:
            assert len(question.ids) + len(question.answer) <= ROOM
            assert len(question.counts) == len(question.answer)
            assert question.counts[0]
            assert question.counts[-1]
            assert all(question.counts) == (task != "vt")
            for link, start in enumerate(question.starts):
                asked = (question.depth + link / HOPS) % 1 if task == "vt" else question.depth
                lines_before = TALK + 40 * QUESTIONS[task]
                assert abs(start - asked * len(one.context)) <= lines_before


@settings(max_examples=10, deadline=None)
@given(task=st.sampled_from(["single", "facts", "multikey"]), seed=st.integers(0, 999))
def test_the_answer_is_told_once_and_in_its_needle(task: Task, seed: int) -> None:
    for one in made(task, 1200, 2 * QUESTIONS[task], seed):
        for question in one.questions:
            (place,) = places(one.context, question.answer)
            assert question.starts[0] < place < question.starts[0] + 60
            assert not places(question.ids, question.answer)


def test_a_chain_is_walked_link_by_link_and_only_its_first_number_stands_beside_the_name() -> None:
    words = tokenizer()
    for one in made("vt", 1500, 4, 3):
        text = words.decode(one.context)
        for question in one.questions:
            asked, answer = words.decode(question.ids), words.decode(question.answer)
            begun = asked[asked.rindex("The ") :]
            for sentence in (begun + answer).split(". "):
                assert text.count(sentence + ".") == 1
            told = [t for t, counts in zip(question.answer, question.counts) if counts]
            numbers = re.findall(r"\d+", begun.partition(" is")[2] + answer)
            assert words.decode(told).split() == [numbers[0], *numbers[2::2]]
            assert len(question.starts) == HOPS == len((begun + answer).split(". "))


@pytest.mark.parametrize("task", TASKS)
def test_depths_are_spread_evenly_over_all_questions(task: Task) -> None:
    depths = sorted(q.depth for one in made(task, 900, 20, 1) for q in one.questions)
    assert depths == pytest.approx([(i + 0.5) / len(depths) for i in range(len(depths))])


def test_the_same_seed_tells_the_same_and_another_something_else() -> None:
    assert made("facts", 1000, 10, 5) == made("facts", 1000, 10, 5)
    assert made("facts", 1000, 10, 5) != made("facts", 1000, 10, 6)


def test_the_prompt_is_a_chat_and_talk_can_be_given() -> None:
    hay = partial(repeated, ["Kim: It rains in Oslo.", "Kim: The tram is late."])
    (one,) = haystacks(tokenizer(), "single", 900, 1, hay=hay)
    text = tokenizer().decode(one.context)
    assert text.startswith("<|im_start|>user\n")
    assert text.index("It rains in Oslo") < text.rindex("The tram is late")
    assert tokenizer().decode(one.questions[0].ids).count("<|im_start|>assistant") == 1


def test_what_has_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        made("multikey", 400, 10, 0)


def test_a_recorded_day_is_read_in_order_with_who_speaks(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="EgoLifeQA"):
        recorded(tmp_path)
    rows = [{"k": "c", "t": "I open\nthe box."}, {"k": "t", "sp": "Jake", "t": "Keep it."}]
    (tmp_path / "events_DAY1.jsonl").write_text("\n".join(map(json.dumps, rows)))
    said = list(islice(recorded(tmp_path)(Random(1)), 3))
    assert set(said) == {"I open the box.", "Jake: Keep it."}
    assert said[0] == said[2] != said[1]
