"""Teach multilingual-e5 to read a question and a statement together, and say how well it does.

    python -m benchmarks.training.pair_reader --weights e5-small-q4.bin \
        [--public FILES] [--start reader.safetensors] [--save reader.safetensors]
        [--again 1600 [--new en-i de-g] | --news]

Low-rank adapters of all its matrices, its norms, and a head are fitted to ``contrast/`` and the
written lives; ``--public`` are files of XQuAD, CMRC 2018 and FriendsQA, read once with them. With
``--again`` and ``--new`` a reader learns those files of contrasts in each round, and so many of the
others and the written lives once; without ``--new`` what tells that something was done: the
contrasts of that, ``deeds/`` and ``counting/``. With ``--news`` it learns to read a later line
after a question and the line that answered it: whether that changes the answer (``news/`` and the
lives).
Each statement is told right or wrong by itself (logistic loss), and each right one is set against
the wrong ones of its question (softmax). With ``--start`` that reader learns on, and the near
misses of a written life are those lines that it takes for answers. Contrasts that are not learned
from are asked at the end.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from benchmarks.training.pair_groups import (
    PairGroup,
    contrasts,
    of_changes,
    of_counting,
    of_deeds,
    of_friends,
    of_lives,
    of_news,
    of_squad,
    of_written_lives,
    with_likest,
    with_others,
)
from benchmarks.training.reading.teacher import Teacher, batches
from egogpt.embedders.e5 import E5Embedder, unigram_tokenizer
from egogpt.embedders.e5_bert import E5Bert
from egogpt.embedders.e5_file import read_e5
from egogpt.embedders.e5_pairs import QUESTION_TOKENS, pack_pairs, pair_scores, token_pairs
from egorag.answerability.statement_reader import quantised, restored

_RANK, _HIDDEN = 12, 64
_WITH_ANSWER = 96  # tokens of a question and what answered it
_OF_DEEDS = ("en-h", "de-f", "zh-f")  # contrasts of what was done
_MATRICES = ("q", "k", "v", "ao", "fi", "fo")


class LearningBert(E5Bert):
    """The encoder with the low-rank products beside its own matrices, which get no gradients."""

    adapter: Mapping[str, Tensor]

    def _linear(self, hidden: Tensor, name: str) -> Tensor:
        down, up = (self.adapter[f"{name}.{part}"] for part in ("down", "up"))
        beside = functional.linear(functional.linear(hidden, down), up)
        weight, bias = self.weights[f"{name}.w"], self.weights[f"{name}.b"]
        return functional.linear(hidden.to(weight.dtype), weight, bias.to(weight.dtype)) + beside


class E5Teacher(Teacher):
    """An encoder with an adapter that learns, a new one or that of a file."""

    def __init__(
        self,
        weights: Path,
        start: Path | None = None,
        most: int = QUESTION_TOKENS,
        seed: int = 1,
    ) -> None:
        torch.manual_seed(seed)
        file = read_e5(weights)
        self.bert = LearningBert(file, torch.float32)
        matrices = {f"l{n}.{part}.w" for n in range(self.bert.depth) for part in _MATRICES}
        self.bert.weights |= {name: self.bert.weights[name].bfloat16() for name in matrices}
        self.most = most  # tokens that are read of a question
        self.tokenizer = unigram_tokenizer(file.pieces, file.special)
        super().__init__(restored(start.read_bytes()) if start else _new_adapter(self.bert))
        self.bert.adapter = self.adapter

    def scores(self, asked: Sequence[tuple[str, Sequence[str]]]) -> Tensor:
        """See `Teacher.scores`."""
        pairs = [(question, text) for question, texts in asked for text in texts]
        rows = token_pairs(self.tokenizer, pairs, self.most)
        norms = {name: value for name, value in self.adapter.items() if "ln." in name}
        bert = self.bert.with_weights(norms)
        with torch.autocast("cpu", torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
            return pair_scores(bert, self.adapter, pack_pairs(rows))


def _new_adapter(bert: E5Bert) -> dict[str, Tensor]:
    adapter = {"segment": torch.zeros(2, bert.width), "shared": torch.zeros(2, bert.width)}
    for layer in range(bert.depth):
        for name in (f"l{layer}.{part}" for part in _MATRICES):
            rows, columns = bert.weights[f"{name}.w"].shape
            adapter[f"{name}.down"] = torch.randn(_RANK, columns) / math.sqrt(columns)
            adapter[f"{name}.up"] = torch.zeros(rows, _RANK)
        for name in (f"l{layer}.{part}ln.{kind}" for part in "ao" for kind in "wb"):
            adapter[name] = bert.weights[name].clone()
    for name, wide, width in (("pool", 3 * bert.width, _HIDDEN), ("out", _HIDDEN, 1)):
        adapter[f"{name}.w"] = (torch.rand(width, wide) * 2 - 1) / math.sqrt(wide)
        adapter[f"{name}.b"] = torch.zeros(width)
    return adapter


def _of_deeds(
    teacher: Teacher, encoder: E5Embedder, chance: random.Random, options: argparse.Namespace
) -> Iterator[list[PairGroup]]:
    """The batches of what tells that something was done."""
    close = list(with_likest(contrasts(tested=False), encoder, chance))
    new = [group for group in close if group.file in _OF_DEEDS]
    known = chance.sample([group for group in close if group.file not in _OF_DEEDS], options.again)
    lives = list(of_counting(teacher.read, chance))
    for turn in range(options.rounds):
        deeds = of_deeds(encoder, teacher.read, chance)
        yield from batches([*new, *deeds, *lives, *known[turn :: options.rounds]], chance)


def _of_new(chance: random.Random, options: argparse.Namespace) -> Iterator[list[PairGroup]]:
    """The batches of new contrasts, with some of those that it knows and of the written lives."""
    close = list(with_others(contrasts(tested=False), chance))
    new = [group for group in close if group.file in options.new]
    others = [group for group in close if group.file not in options.new]
    known = chance.sample(others, options.again)
    lives = list(of_lives(chance))
    for turn in range(options.rounds):
        some = [*known[turn :: options.rounds], *lives[turn :: options.rounds]]
        yield from batches([*new, *some], chance)


def _of_news(
    teacher: Teacher, encoder: E5Embedder, chance: random.Random, options: argparse.Namespace
) -> Iterator[list[PairGroup]]:
    """The batches of what changes an answer."""
    lives = list(of_changes(teacher.read, chance))
    for _ in range(options.rounds):
        new = with_likest(of_news(tested=False), encoder, chance)
        yield from batches([*new, *lives], chance)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="the encoder's file")
    parser.add_argument("--public", type=Path, nargs="*", default=[])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--start", type=Path, help="a reader that learns on")
    parser.add_argument("--again", type=int, default=0, help="contrasts that it reads again")
    parser.add_argument("--new", nargs="*", help="contrasts, by file, to read beside those again")
    parser.add_argument("--news", action="store_true", help="read what changes an answer")
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    chance = random.Random(7)
    torch.set_num_threads(2)
    read = {True: of_friends, False: of_squad}
    public = [
        group for path in options.public for group in read["friends" in path.stem](path, chance)
    ]
    encoder = E5Embedder(options.weights)
    most = _WITH_ANSWER if options.news else QUESTION_TOKENS
    teacher = E5Teacher(options.weights, options.start, most)
    if options.new:
        steps = list(_of_new(chance, options))
    elif options.again or options.news:
        made = _of_news if options.news else _of_deeds
        steps = list(made(teacher, encoder, chance, options))
    else:
        lives = list(of_written_lives(encoder, teacher.read if options.start else None))
        close = list(with_likest(contrasts(tested=False), encoder, chance))
        steps = list(batches([*public, *close, *lives], chance))
        for _ in range(1, options.rounds):
            steps += batches([*close, *lives], chance)
    teacher.learn(steps, options.rate)
    data = quantised(teacher.adapter)
    if options.save:
        options.save.write_bytes(data)
    report = {
        **teacher.figures((of_news if options.news else contrasts)(tested=True)),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
