"""The benchmark of a personal adapter: days are learned, and a forgotten line goes with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from benchmarks.personal.adapter import (
    PATTERNS,
    SINKS,
    Course,
    Line,
    LowRank,
    attach,
    encode,
    line_of,
    load,
    perplexity,
    sink_mask,
    split,
    train,
)
from benchmarks.personal.drafts import Writer
from benchmarks.personal.leaks import ALTERNATIVES, Canary, canaries, planted, rank
from egogpt.protocols.chat import Message
from tests.egogpt.tiny_words import template, text_config, tokenizer

WORDS = ("the kettle is on the shelf", "the cat is in the yard", "my bus was late")
TOKENIZER = tokenizer({}, template("", ""))


def life(days: int = 10) -> list[Line]:
    start = "2026-03-0{}T08:0{}:00+00:00"
    rows = [
        {"start": start.format(day, n), "speaker": "me", "text": text}
        for day in range(days)
        for n, text in enumerate(WORDS)
        if day
    ]
    return [line_of(row) for row in rows]


@pytest.fixture
def model() -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    model = Qwen2ForCausalLM(Qwen2Config(**text_config(layer_types=None))).eval()
    model.set_attn_implementation("eager")
    return model


def test_an_adapter_of_the_first_days_foretells_the_others(model: Any) -> None:
    first, later = (encode(TOKENIZER, lines) for lines in split(life()))
    adapters = attach(model)
    without = perplexity(model, later)
    for pattern in PATTERNS:
        state = train(model, adapters, first, Course(pattern, epochs=12, rate=0.02))
        assert perplexity(model, later) < 0.9 * without, pattern
        load(adapters, None)
        assert perplexity(model, later) == pytest.approx(without), pattern
        load(adapters, state)
        assert perplexity(model, later) < 0.9 * without, pattern


def test_days_are_parted_whole_and_stamps_are_not_measured() -> None:
    lines = life()
    first, later = split(lines, 0.5)
    assert first + later == lines
    assert max(line.day for line in first) < min(line.day for line in later)
    ids, labels = encode(TOKENIZER, lines[:1])
    assert TOKENIZER.decode(ids[labels >= 0]) == 'me said: "the kettle is on the shelf"\n'
    assert TOKENIZER.decode(ids).startswith("[Sunday 1 March 2026, 08:00] me said")


def test_what_is_before_is_read_and_not_measured(model: Any) -> None:
    first, later = (encode(TOKENIZER, lines) for lines in split(life()))
    attach(model)
    assert perplexity(model, later, first) != perplexity(model, later)
    whole = torch.cat([first, later], dim=1).clone()
    whole[1, : first.shape[1] + 1] = -100
    assert perplexity(model, later, first) == pytest.approx(
        perplexity(model, whole, block=whole.shape[1])
    )


def test_half_of_the_heads_see_shifted_groups_and_all_see_the_first_tokens() -> None:
    seen = sink_mask(4, 32, group=8)[0] == 0
    assert not seen.triu(1).any()
    assert seen[:, SINKS:, :SINKS].all()
    assert seen[0, 15, 8] and not seen[0, 16, 15]
    assert seen[3, 16, 15] and not seen[3, 12, 11]
    assert torch.equal(seen[0], seen[1]) and torch.equal(seen[2], seen[3])


def test_a_secret_that_was_learned_ranks_first_and_a_rebuilt_adapter_never_saw_it(
    model: Any,
) -> None:
    lines = life()
    secrets = [replace(canary, times=12) for canary in canaries(0)[:1]]
    adapters = attach(model)
    course = Course(epochs=20, rate=0.02)
    clean = train(model, adapters, encode(TOKENIZER, lines), course)
    train(model, adapters, encode(TOKENIZER, planted(lines, secrets)), course)
    assert rank(model, TOKENIZER, secrets[0], lines[0].stamp) <= 4
    rebuilt = train(model, adapters, encode(TOKENIZER, lines), course)
    for ours, theirs in zip(clean, rebuilt, strict=True):
        assert all(torch.equal(one, two) for one, two in zip(ours, theirs, strict=True))


def test_the_rank_is_that_of_whole_texts(model: Any) -> None:
    attach(model)
    canary = Canary("the code is", "1 2", ("3 4", "5 6", "7 8", "9 0"), 1)
    texts = [f"the code is {code}" for code in (canary.secret, *canary.others)]
    surprise = []
    for text in texts:
        ids = TOKENIZER(text, return_tensors="pt").input_ids
        surprise.append(float(model(ids, labels=ids).loss))
    assert rank(model, TOKENIZER, canary, "") == 1 + sum(s < surprise[0] for s in surprise[1:])


def test_canaries_stand_as_often_as_they_are_said() -> None:
    secrets = canaries(3)
    lines = planted(life(), secrets)
    for secret in secrets:
        assert len({secret.secret, *secret.others}) == ALTERNATIVES
        assert sum(secret.secret in line.text for line in lines) == secret.times
    assert {secret.times for secret in secrets} == {1, 3}


def test_an_adapter_of_zeros_changes_nothing() -> None:
    base = torch.nn.Linear(6, 5)
    adapter, hidden = LowRank(base), torch.randn(3, 6)
    assert torch.equal(adapter(hidden), base(hidden))
    adapter.up.data += 1
    adapter.down.data += 1
    assert not torch.equal(adapter(hidden), base(hidden))


def test_the_first_draft_is_the_likeliest_reply_and_alone_the_same(model: Any) -> None:
    writer = Writer(model, TOKENIZER)
    messages = [Message("system", "s")]
    with pytest.raises(AssertionError):
        writer.write(messages)
