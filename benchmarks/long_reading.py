"""Measure what a chat model spends to read hours of captions and answer, by attention method.

    python -m benchmarks.long_reading --captions FOLDER --lengths 16384 65536 --json

FOLDER holds events_DAY*.jsonl ({"s", "e", "t", "sp"}: seconds, text, speaker), which are laid out
as long reading lays them out and cut at each length. Every method reads the same tokens through
`LongReader`, in one run: the default in chunks with a paged cache; the library's dense SDPA all at
once with its own cache, which is the faster way for it. Then the same question is answered twice:
the time to the first token with everything still to be read, and with the text kept.

With one thread, the default, the clock is that thread's own, which other programs do not disturb.
Beyond the length that a model was trained on positions are renumbered, where the method can, as
long reading does it; only time is told: what it says is not looked at.
Each figure is printed as soon as it is there. `--layers 8` leaves the first eight layers of the
model: a long dense run then ends within the hour, and what it says means nothing at all.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median
from typing import Any

import torch

from egogpt.llm.transformers_models import LocalModelError, load_local_model
from egogpt.long_context.long_reader import CHUNK, DEFAULT_METHOD, STOCK, LongReader, longest_of
from egogpt.runtime.generation import Loaded, TokenStreamer
from egogpt.runtime.no_telemetry import send_nothing
from egogpt.runtime.threads import wait_passively
from egogpt.weights.store import WeightError, WeightStore
from kernels.registry import METHODS

QUESTION = "\n</notes>\n\nQuestion: What did I do? Tell the most important things.\nAnswer:"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one method takes at one length.

    Attributes:
        method: Its name.
        length: Tokens of the text.
        first_token_s: Seconds to the first token of an answer, the text still to be read.
        again_s: The same for the next question, the text kept.
        tokens_per_s: Of the answer, by the median token.
        kept_mb: Keys and values of the text.
        beyond_trained: Whether the model was not trained on so many tokens.
    """

    method: str
    length: int
    first_token_s: float
    again_s: float
    tokens_per_s: float
    kept_mb: float
    beyond_trained: bool


class Steps:
    """When each forward pass of a model ended."""

    def __init__(self, model: Any) -> None:
        self.clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
        self.ends: list[float] = []
        self._hook = model.register_forward_hook(lambda *_: self.ends.append(self.clock()))

    def __enter__(self) -> Steps:
        return self

    def __exit__(self, *_: object) -> None:
        self._hook.remove()


def captions(files: Sequence[Path]) -> Iterator[str]:
    """The lines of some days, one for each minute."""
    for file in files:
        events = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        yield f"{file.stem.removeprefix('events_')}\n"
        for minute, group in groupby(events, key=lambda event: int(event["s"]) // 60):
            told = (f'{e["sp"]}: "{e["t"]}"' if e.get("sp") else e["t"] for e in group)
            yield f"[{minute // 60:02}:{minute % 60:02}] {' '.join(told)}\n"


def text_of(ready: Loaded, files: Sequence[Path], length: int) -> list[int]:
    """The first tokens of the captions, so many.

    Raises:
        ValueError: There are fewer.
    """
    tokens: list[int] = []
    for line in captions(files):
        tokens += ready.tokenizer(line, add_special_tokens=False).input_ids
        if len(tokens) >= length:
            return tokens[:length]
    raise ValueError(f"the captions have {len(tokens)} tokens and {length} were asked for")


def measure(ready: Loaded, method: str, text: Sequence[int], answer: int) -> Cost:
    """Reads a text, asks, and asks again."""
    question = ready.tokenizer(QUESTION, add_special_tokens=False).input_ids
    trained = longest_of(ready.model)
    longest = len(text) + len(question) + answer
    chunk = len(text) if method == STOCK else CHUNK
    times = max(1.0, longest / trained)
    reader = LongReader(ready, method, longest=max(trained, longest), chunk=chunk, times=times)
    with Steps(ready.model) as steps:
        begun = steps.clock()
        reader.read(text)
        reading = len(steps.ends)
        _say(len(text), reader.manner, f"read after {steps.clock() - begun:.2f} s")
        reader.follow(TokenStreamer(()), question, answer)
        first = steps.ends[reading]
        written = steps.ends[reading:]
        asked, known = steps.clock(), len(steps.ends)
        reader.follow(TokenStreamer(()), question, 2)
        again = steps.ends[known]
    paces = [after - before for before, after in pairwise(written)]
    return Cost(
        method,
        len(text),
        round(first - begun, 3),
        round(again - asked, 3),
        round(1 / median(paces), 2) if paces else 0.0,
        round(reader.bytes / 1e6, 1),
        longest > trained,
    )


def _say(length: int, method: str, what: str) -> None:
    print(f"{length:>8} {method:10} {what}", file=sys.stderr, flush=True)


def first_layers(model: Any, count: int) -> None:
    """Leave a language model its first layers only."""
    text = model.config.get_text_config(decoder=True)
    model.get_decoder().layers = model.get_decoder().layers[:count]
    text.num_hidden_layers = count
    if getattr(text, "layer_types", None):
        text.layer_types = text.layer_types[:count]


def report(costs: Sequence[Cost], model: str) -> dict[str, Any]:
    """The JSON object: every cost, and how many times better than dense SDPA each method is."""
    dense = {cost.length: cost for cost in costs if cost.method == STOCK}
    rows = [asdict(cost) for cost in costs]
    for cost, row in zip(costs, rows, strict=True):
        if (other := dense.get(cost.length)) and cost.method != STOCK:
            row["first_token_ratio"] = round(other.first_token_s / cost.first_token_s, 2)
            row["again_ratio"] = round(other.again_s / cost.again_s, 2)
            if cost.tokens_per_s and other.tokens_per_s:
                row["tokens_per_s_ratio"] = round(cost.tokens_per_s / other.tokens_per_s, 2)
    return {"model": model, "threads": torch.get_num_threads(), "costs": rows}


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.long_reading", description=__doc__.partition("\n")[0] if __doc__ else None
    )
    parser.add_argument("--captions", type=Path, required=True, help="folder of events_DAY*.jsonl")
    parser.add_argument("--model", default="qwen-0.5b", help="a bundle, a folder or a GGUF file")
    parser.add_argument("--lengths", type=int, nargs="+", default=[16_384, 65_536])
    parser.add_argument(
        "--methods",
        nargs="+",
        default=[DEFAULT_METHOD, STOCK],
        choices=[DEFAULT_METHOD, *METHODS, STOCK],
    )
    parser.add_argument("--layers", type=int, help="how many of the model's are run: all")
    parser.add_argument("--answer", type=int, default=33, help="tokens of an answer")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), help="default: as it is loaded")
    parser.add_argument("--threads", type=int, default=1, help="more than 1: wall clock")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print: a table on standard error, with --json an object on standard output."""
    wait_passively()
    send_nothing()
    options = arguments(argv)
    files = sorted(options.captions.glob("events_DAY*.jsonl"))
    if not files:
        print(f"skipped: {options.captions} holds no events_DAY*.jsonl", file=sys.stderr)
        return 0
    torch.set_num_threads(options.threads)
    try:
        found = load_local_model(options.model, WeightStore())
    except (LocalModelError, WeightError) as error:
        print(f"skipped: {error}", file=sys.stderr)
        return 0
    if options.dtype:
        found.model.to(getattr(torch, options.dtype))
    found.model.generation_config.eos_token_id = None  # every method writes on
    if options.layers:
        first_layers(found.model, options.layers)
    ready = Loaded(found.model, found.tokenizer, str(found.model.device))
    costs = []
    for length in options.lengths:
        text = text_of(ready, files, length)
        for method in options.methods:
            costs.append(cost := measure(ready, method, text, options.answer))
            _say(
                length, method,
                f"first token {cost.first_token_s:9.2f} s, again {cost.again_s:8.2f} s, "
                f"{cost.tokens_per_s:6.2f} tokens/s, {cost.kept_mb:8.1f} MB",
            )  # fmt: skip
    if options.json:
        print(json.dumps(report(costs, options.model) | {"layers": options.layers}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
