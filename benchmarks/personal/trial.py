"""Measure a personal adapter of the small language model, and the best of several drafts.

    python -m benchmarks.personal.trial LOCOMO --conversation 1

The model learns the days of a conversation before that line: ranks of secrets planted in them, and
after it was built again without; token F1 of questions about them without and with the adapter and
of the best of three drafts by the check of citations; perplexity of the next 512 tokens by each
pattern of training, and with these days in the prompt instead.
A line of JSON for each figure, with seconds of processor time. Needs ``qwen-0.5b`` and ``e5``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from benchmarks.datasets.locomo_data import Asked, read_conversations
from benchmarks.locomo import answer_f1, open_conversation
from benchmarks.personal.adapter import (
    BLOCK,
    PATTERNS,
    Line,
    attach,
    clear,
    day_of,
    encode,
    lines_of,
    perplexity,
    train,
)
from benchmarks.personal.drafts import Reading, Writer, read_question
from benchmarks.personal.leaks import canaries, planted, rank
from egogpt.llm.transformers_models import load_local_model
from egogpt.runtime.threads import wait_passively
from egogpt.weights.store import WeightStore

Row = dict[str, Any]


class Trial:
    """The model with adapters, and how often these read what they learn."""

    def __init__(self, epochs: int) -> None:
        ready = load_local_model("qwen-0.5b", WeightStore())
        self.model, self.tokenizer, self.epochs = ready.model, ready.tokenizer, epochs
        self.model.set_attn_implementation("eager")
        self.adapters = attach(self.model)

    def leak(self, lines: Sequence[Line]) -> Iterator[Row]:
        """Ranks of secrets without an adapter, with one that read them, and built again without."""
        secrets = canaries(7)
        for name, read in (("alone", ()), ("read", planted(lines, secrets)), ("again", lines)):
            if read:
                self.learn(encode(self.tokenizer, read))
            ranks = [rank(self.model, self.tokenizer, one, lines[0].stamp) for one in secrets]
            yield {"name": f"ranks, {name}", "value": ranks, "times": [s.times for s in secrets]}

    def answers(self, asked: Sequence[tuple[Asked, Reading]]) -> Iterator[Row]:
        """F1 of each question with the adapter, without, and of three drafts; the doubt."""
        writer = Writer(self.model, self.tokenizer)
        adapted = [r.first_supported(writer.write(r.messages())[0]) for _, r in asked]
        clear(self.adapters)
        writer.reload()
        for (question, reading), text in zip(asked, adapted, strict=True):
            drafts, doubt = writer.write(reading.messages(), 3)
            best = [reading.first_supported(drafts[:count]) for count in (1, 3)]
            ways = {"adapter": text, "one": best[0], "three": best[1]}
            scores = {name: answer_f1(way, question) for name, way in ways.items()}
            yield {"name": question.text, "type": question.type, "doubt": doubt, **scores}

    def days(self, first: Tensor, later: Tensor) -> Iterator[Row]:
        """Perplexity without an adapter, with the days before in the prompt, with each adapter."""
        for name, before in (("alone", None), ("days before", first[:, -3 * BLOCK :])):
            yield {"name": name, "value": perplexity(self.model, later, before)}
        for pattern in PATTERNS:
            seconds = self.learn(first, pattern)
            value = perplexity(self.model, later)
            yield {"name": pattern, "value": value, "cpu_s": seconds, "tokens": first.shape[1]}

    def learn(self, data: Tensor, pattern: str = "windows") -> float:
        """Trains the adapters from nothing. Returns the seconds of processor time."""
        begun = time.process_time()
        train(self.model, self.adapters, data, pattern, self.epochs)
        return time.process_time() - begun


def measure(options: argparse.Namespace) -> Iterator[Row]:
    """All rows."""
    conversation = read_conversations(options.data)[options.conversation - 1]
    lines = lines_of(row for turn in conversation.turns for row in turn.lines())
    end, trial = lines[options.lines].day, Trial(options.epochs)
    first = [line for line in lines if line.day < end]
    yield from trial.leak(first)
    assistant = open_conversation(conversation, options)
    known = {turn.start for turn in conversation.turns if day_of(turn.start) < end}
    about = [q for q in conversation.questions if q.evidence and q.answer and q.evidence <= known]
    read = [(q, read_question(assistant, q.text, conversation.asked_at)) for q in about]
    yield from trial.answers(
        [(q, reading) for q, reading in read if reading and reading.messages()]
    )
    later = encode(trial.tokenizer, lines[len(first) :])[:, :BLOCK]
    yield from trial.days(encode(trial.tokenizer, first), later)


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a file in LoCoMo's format")
    parser.add_argument("--conversation", type=int, default=1, help="counted from 1")
    parser.add_argument("--lines", type=int, default=40, help="learn the days before this line")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--home", type=Path, help="where the home is kept")
    parser.set_defaults(model="none", embedder="e5")
    wait_passively()
    for row in measure(parser.parse_args(arguments)):
        say(json.dumps(row, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
