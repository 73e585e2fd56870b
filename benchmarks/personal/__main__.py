"""Measure a personal adapter of the small language model, other drafts and further notes.

    python -m benchmarks.personal days FILE --epochs 6
    python -m benchmarks.personal leak FILE --epochs 6
    python -m benchmarks.personal answers LOCOMO --conversation 1 --limit 60 --epochs 2

``days``: perplexity of the words of the last three tenths of a life's days by the model alone, with
the first days before them, and with an adapter of these. ``leak``: the ranks of planted secrets by
the model alone, with an adapter that read them, and with one that was built again without them.
``answers``: token F1 of questions with and without an adapter of all the days, of the best of three
drafts by the check of citations, and where notes are looked for again; all from one reading each.
Lines of JSON are printed, a figure each. Weights: ``qwen-0.5b`` (``egobutler models fetch``).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.datasets.locomo_data import ADVERSARIAL, read_conversations
from benchmarks.locomo import answer_f1, open_conversation, sample
from benchmarks.personal.adapter import (
    BLOCK,
    PATTERNS,
    Course,
    attach,
    encode,
    line_of,
    load,
    perplexity,
    read_lines,
    split,
    train,
)
from benchmarks.personal.drafts import Drafts, Writer, read_question
from benchmarks.personal.leaks import canaries, planted, rank
from egogpt.llm.transformers_models import load_local_model
from egogpt.runtime.threads import wait_passively
from egogpt.weights.store import WeightStore

Row = dict[str, Any]
_BEFORE = 3 * BLOCK  # tokens of the first days that are read before the others


def days(ready: Any, options: argparse.Namespace) -> Iterator[Row]:
    """Perplexity of held-out days; CPU seconds of what each costs."""
    first, later = (encode(ready.tokenizer, part) for part in split(read_lines(options.data)))
    adapters = attach(ready.model)
    first, later = first[:, : options.most], later[:, :BLOCK * 2]
    about = {"life": str(options.data.parent.name), "first": first.shape[1], "later": later.shape[1]}
    yield about | timed("alone", lambda: perplexity(ready.model, later))
    before = first[:, -_BEFORE:]
    yield about | timed("with days before", lambda: perplexity(ready.model, later, before))
    for pattern in options.patterns:
        course = Course(pattern, options.epochs, options.rate)
        row = timed(pattern, lambda c=course: train(ready.model, adapters, first, c) and 0.0)  # type: ignore[misc]
        yield about | row | {"value": perplexity(ready.model, later), "epochs": options.epochs, "rate": options.rate}
        if options.both:
            yield about | timed(f"{pattern}, with days before", lambda: perplexity(ready.model, later, before))


def timed(name: str, measure: Callable[[], float]) -> Row:
    """A figure, and the processor's and the clock's seconds that it took."""
    processor, clock = time.process_time(), time.perf_counter()
    value = measure()
    return {
        "name": name,
        "value": value,
        "cpu_s": round(time.process_time() - processor, 1),
        "wall_s": round(time.perf_counter() - clock, 1),
    }


def leak(ready: Any, options: argparse.Namespace) -> Iterator[Row]:
    """Ranks of secrets by how often they were said."""
    lines, secrets = split(read_lines(options.data))[0], canaries(7)
    adapters = attach(ready.model)
    course = Course(options.patterns[0], options.epochs, options.rate)
    texts = {"alone": None, "with the lines": planted(lines, secrets), "built again": lines}
    for name, text in texts.items():
        if text is not None:
            train(ready.model, adapters, encode(ready.tokenizer, text), course)
        for canary in secrets:
            place = rank(ready.model, ready.tokenizer, canary, lines[0].stamp)
            yield {"name": name, "times": canary.times, "rank": place}


def answers(ready: Any, options: argparse.Namespace) -> Iterator[Row]:
    """A row for each question: F1 by each way, the doubt of the draft, and seconds."""
    conversation = read_conversations(options.data)[options.conversation - 1]
    adapters = attach(ready.model)
    lines = [line_of(row) for turn in conversation.turns for row in turn.lines()]
    data = encode(ready.tokenizer, lines)
    course = Course(options.patterns[0], options.epochs, options.rate)
    state = train(ready.model, adapters, data, course)
    load(adapters, None)
    ready.model.set_attn_implementation("eager")
    writer = Writer(ready.model, ready.tokenizer)
    assistant = open_conversation(conversation, options)
    read = []
    for question in sample(conversation.questions, options.limit):
        reading = read_question(assistant, question.text, conversation.asked_at)
        if reading is None or not reading.messages():
            continue
        row = {"id": question.id, "type": question.type}
        row |= first_and_further(assistant, writer, reading, conversation.asked_at, question)
        read.append((question, reading, row))
        say(row)
    load(adapters, state)
    writer.reload()
    for question, reading, row in read:
        drafts = writer.write(reading.messages())
        text = reading.first_supported(drafts.texts)
        yield row | {"adapter": answer_f1(text, question), "adapter_text": text, "adapter_s": drafts.seconds, "adapter_draft": drafts.texts[0]}


def first_and_further(assistant, writer, reading, at, question) -> Row:
    """F1 of the likeliest draft, of the first of three that is supported, and with notes of both."""
    drafts = writer.write(reading.messages(), 3)
    checked = [reading.checked(text) for text in drafts.texts]
    texts = {
        "quoted": reading.quoted,
        "one": checked[0] or reading.quoted,
        "best": next(filter(None, checked), reading.quoted),
    }
    scores = {name: answer_f1(text, question) for name, text in texts.items()}
    scores["most"] = max([answer_f1(text, question) for text in filter(None, checked)], default=scores["quoted"])
    begun = time.process_time()
    other = read_question(assistant, f"{question.text} {drafts.texts[0]}", at)
    both = reading.with_units_of(other) if other else reading
    row = {"doubt": drafts.doubt, "entropy": drafts.entropy, "three_s": drafts.seconds, "drafts": drafts.texts, "texts": texts, "answer": question.answer, "question": question.text, "passed": [bool(c) for c in checked]}
    for name, case in (("again", both), ("more", reading)):
        with more_notes():
            further = writer.write(case.messages())
            text = case.first_supported(further.texts)
        scores[name] = answer_f1(text, question)
        row[f"{name}_s"] = time.process_time() - begun
        row[f"{name}_draft"] = further.texts[0]
        begun = time.process_time()
    return row | scores


def say(row: Row) -> None:
    """A line of JSON."""
    print(json.dumps(row, ensure_ascii=False), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    wait_passively()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("days", "leak", "answers"))
    parser.add_argument("data", type=Path)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--patterns", nargs="+", choices=PATTERNS, default=["windows"])
    parser.add_argument("--most", type=int)
    parser.add_argument("--both", action="store_true")
    parser.add_argument("--conversation", type=int, default=1)
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--embedder", default="e5")
    parser.add_argument("--model", default="none")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    ready = load_local_model("qwen-0.5b", WeightStore())
    for row in {"days": days, "leak": leak, "answers": answers}[options.what](ready, options):
        say(row)
    return 0


if __name__ == "__main__":
    sys.exit(main())
