"""The benchmark of a personal adapter: days are learned, and a forgotten line goes with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.homes.life import open_life, write_lines
from benchmarks.personal.adapter import (
    BLOCK,
    PATTERNS,
    SINKS,
    Line,
    attach,
    clear,
    encode,
    lines_of,
    perplexity,
    sink_mask,
    train,
)
from benchmarks.personal.drafts import Writer, read_question
from benchmarks.personal.leaks import ALTERNATIVES, Canary, canaries, planted, rank
from egorag.generation.prompts import answer_messages
from tests.egogpt.tiny_words import template, text_config, tokenizer

WORDS = ("the kettle is on the shelf", "the cat is in the yard", "my bus was late")
TOKENIZER = tokenizer({}, template("", ""))
START = 1_772_352_000.0  # Sunday 1 March 2026, 08:00 UTC


def life() -> list[Line]:
    return lines_of(
        {"start": START + 86_400 * day + 60 * number, "speaker": "me", "text": text}
        for day in range(9)
        for number, text in enumerate(WORDS)
    )


@pytest.fixture
def model() -> Any:
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    model = Qwen2ForCausalLM(Qwen2Config(**text_config())).eval()
    model.set_attn_implementation("eager")
    return model


@pytest.mark.parametrize("pattern", PATTERNS)
def test_an_adapter_of_the_first_days_foretells_the_others(model: Any, pattern: str) -> None:
    first, later = encode(TOKENIZER, life()[:18]), encode(TOKENIZER, life()[18:])
    adapters = attach(model)
    without = perplexity(model, later)
    train(model, adapters, first, pattern, epochs=4, rate=0.03)
    assert perplexity(model, later) < 0.9 * without
    clear(adapters)
    assert perplexity(model, later) == pytest.approx(without)


def test_dates_stand_before_days_and_are_not_measured() -> None:
    lines = life()
    assert [line.stamp for line in lines[1:4]] == ["", "", "[Monday 2 March 2026]\n"]
    ids, labels = encode(TOKENIZER, lines[:1])
    assert TOKENIZER.decode(ids[labels >= 0]) == 'me said: "the kettle is on the shelf"\n'
    assert TOKENIZER.decode(ids).startswith("[Sunday 1 March 2026]\nme said")
    iso = lines_of([{"start": "2026-03-01T23:30:00+01:00", "caption": "A red kettle."}])
    assert iso == [Line("[Sunday 1 March 2026]\n", lines[0].day, "A red kettle.\n")]


def test_what_is_before_is_read_and_not_measured(model: Any) -> None:
    data = encode(TOKENIZER, life())[:, :BLOCK]
    before, after = data[:, :200], data[:, 200:]
    assert perplexity(model, after, before) != pytest.approx(perplexity(model, after))
    data[1, :201] = -100
    assert perplexity(model, after, before) == pytest.approx(perplexity(model, data))


def test_half_of_the_heads_see_shifted_groups_and_all_see_the_first_tokens() -> None:
    seen = sink_mask(4, 32, group=8)[0] == 0
    assert not seen.triu(1).any()
    assert seen[:, SINKS:, :SINKS].all()
    assert seen[0, 15, 8]
    assert not seen[0, 16, 15]
    assert seen[3, 16, 15]
    assert not seen[3, 12, 11]
    assert torch.equal(seen[0], seen[1])
    assert torch.equal(seen[2], seen[3])


def test_a_learned_secret_ranks_first_and_an_adapter_built_again_never_saw_it(model: Any) -> None:
    lines, adapters = life()[:12], attach(model)
    secret = replace(canaries(0)[0], times=24)
    states = []
    for read in (lines, planted(lines, [secret]), lines):
        train(model, adapters, encode(TOKENIZER, read), epochs=6, rate=0.05)
        states.append(torch.cat([adapter.up.detach().flatten() for adapter in adapters]))
        ranked = rank(model, TOKENIZER, secret, lines[0].stamp)
        assert (ranked == 1) == (len(states) == 2)
    assert torch.equal(states[0], states[2])
    assert not torch.equal(states[0], states[1])


def test_the_rank_is_that_of_whole_texts(model: Any) -> None:
    canary = Canary("the code is", ("1 2", "3 4", "5 6", "7 8", "9 0"), 1)
    texts = [f"the code is {code}" for code in canary.secrets]
    rows = [TOKENIZER(text, return_tensors="pt").input_ids for text in texts]
    with torch.no_grad():
        surprise = [float(model(row, labels=row).loss) for row in rows]
    assert rank(model, TOKENIZER, canary, "") == 1 + sum(s < surprise[0] for s in surprise)


def test_canaries_stand_as_often_as_they_are_said() -> None:
    secrets = canaries(3)
    texts = [line.text for line in planted(life(), secrets)]
    assert [sum(one.secrets[0] in text for text in texts) for one in secrets] == [1, 3, 1, 3, 1, 3]
    assert all(len(set(one.secrets)) == ALTERNATIVES for one in secrets)


def test_the_first_draft_is_the_likeliest_reply_however_many_are_drawn(model: Any) -> None:
    writer, messages = Writer(model, TOKENIZER), answer_messages("<notes>\na\n</notes>", "What?")
    (alone,), doubt = writer.write(messages, most=6)
    several, same = writer.write(messages, 3, most=6)
    assert several[0] == alone
    assert same == pytest.approx(doubt)
    assert doubt > 0
    turns = [{"role": turn.role, "content": turn.content} for turn in messages]
    text = TOKENIZER.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    ids = TOKENIZER(text, return_tensors="pt")
    reply = model.generate(**ids, max_new_tokens=6, do_sample=False)[0, ids.input_ids.shape[1] :]
    assert TOKENIZER.decode(reply).startswith(alone)


def test_the_first_draft_that_the_check_lets_through_is_the_answer(tmp_path: Path) -> None:
    said = "I left the red kettle on the shelf in the garage."
    row = {"start": START, "end": START + 5, "speaker": "me", "text": said}
    path = write_lines(tmp_path / "lines.jsonl", [row])
    assistant = open_life(tmp_path / "home", [path], embedder="none")
    reading = read_question(assistant, "What did I leave in the garage?", START + 3600)
    assert reading is not None
    assert said in reading.messages()[-1].content
    assert reading.first_supported(["A blue bicycle", "The red kettle"]) == "The red kettle."
    assert said in reading.first_supported(["A blue bicycle"])
    assistant.close()
