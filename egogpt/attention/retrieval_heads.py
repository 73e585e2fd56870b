"""Finds a model's retrieval heads once, keeps them by the model's fingerprint, and uses them.

    found = find_heads(model, tokenizer)               # under a minute for a small model
    save_heads(found)                                  # into the user's cache folder
    with using(model, by_heads(model, "duo")): …       # later, in any process

What is kept is every head's score, so that any share of heads can be taken without measuring anew.
"""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from egogpt.runtime.decoder_layers import TextDecoder, attending, find_decoder
from egogpt.runtime.model_fingerprint import fingerprint
from egogpt.weights.json_files import write_json
from kernels.analysis.retrieval_head_probe import (
    AttentionMass,
    HeadProbe,
    best_heads,
    mean_mass,
    needle_probe,
    repeat_probe,
)
from kernels.analysis.selection_layers import best_layers, seen_by_choice
from kernels.base.method import Method
from kernels.corrections.correction import install, register_on_top, remove
from kernels.methods.tidal_decode import Tidal
from kernels.registry import create

NEEDLES, LENGTH = 6, 1000
_COPY, _COPIES, _REPEATS = 128, 4, 2
PROMPTS = NEEDLES + _REPEATS
BY_HEADS, BY_GATES, EVERY = "by heads", "by gates", "every"
BY_STUDY = ("duo", "razor", "tidal")
"""Methods that go by what was found of a model."""
CHOSEN = 64
"""Tokens of a prompt that a layer chooses for others where such layers are looked for."""
CLEARLY = 0.8
"""Of what is lost by needles, the most that gates may lose to be gone by: less is chance."""
SELECTING = 0.25
"""Share of the layers that choose for `tidal`."""
_TOLD, _ASKED = "\nThe number of the locker is ", "\nWhat is the number of the locker? It is "

Tell = Callable[[int, int], None]
"""Called before each prompt with its number, from 1, and how many there are."""


class HeadsUnknown(LookupError, ValueError):
    """The heads of a model have not been found yet, or the file is damaged; says what to do."""

    command = "heads"

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; study the model once with: egobutler {self.command} MODEL")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FoundHeads:
    """How much each key head of a model looks where a retrieval head looks, 0 … 1.

    Attributes:
        model: The model's fingerprint.
        name: Its class, for people.
        scores: By kind ("needle", "echo", "induction", and "gate" where gates were trained), for
            each layer, for each key head; None in layers that do not see their whole context.
        losses: What the default attention loses "by heads", "by gates" and when "every" head
            looks (`egogpt.long_context.head_losses`); empty where it was not measured.
        layers: How much each layer sees of a number where it reads what another chose
            (`kernels.analysis.selection_layers`), for `tidal`; empty where it was not counted.
    """

    model: str
    name: str
    scores: dict[str, list[list[float | None]]]
    losses: dict[str, float] = field(default_factory=dict)
    layers: list[list[float]] = field(default_factory=list)

    @property
    def pay(self) -> bool:
        """Whether less is lost where only the best heads look far than where all look less."""
        way = BY_GATES if self.kind == "gate" else BY_HEADS
        return self.losses.get(way, math.inf) < self.losses.get(EVERY, math.inf)

    @property
    def kind(self) -> str:
        """The scores to go by: those of needles, unless by trained gates clearly less is lost."""
        by_needles, by_gates = (self.losses.get(way, math.inf) for way in (BY_HEADS, BY_GATES))
        return "gate" if by_gates < CLEARLY * by_needles else "needle"

    def best(self, kind: str, share: float) -> tuple[tuple[int, ...], ...]:
        """The highest-scoring share of all key heads, for each layer."""
        if not 0 <= share <= 1:
            raise ValueError(f"a share of heads lies between 0 and 1, not {share}")
        scores = self._table(kind)
        return best_heads(scores, round(share * int(scores.isfinite().sum())))

    def choosing(self, share: float, first: int) -> tuple[int, ...]:
        """The layers from the first on that choose tokens for those behind them, a share of all.

        Raises:
            HeadsUnknown: It was not counted which would.
        """
        if not self.layers:
            raise HeadsUnknown("its layers were not looked at: the study is of an earlier version")
        layers = len(self.layers)
        first, count = min(first, layers - 1), max(1, round(share * layers))
        return best_layers(torch.tensor(self.layers), count, first)

    def _table(self, kind: str) -> Tensor:
        rows = self.scores[kind]
        return torch.tensor(
            [[torch.nan if score is None else score for score in row] for row in rows]
        )


def find_heads(model: Any, tokenizer: Any | None = None, tell: Tell | None = None) -> FoundHeads:
    """Let a model read a few prompts and count where its heads look.

    Args:
        model: Any `transformers` model with a text decoder, in eval mode, attending by SDPA.
        tokenizer: Its tokenizer; without one, random tokens are told and copied.
        tell: Told of progress.

    Raises:
        UnsupportedModel: The model's layers cannot be looked into.
    """
    decoder = find_decoder(model)
    vocabulary = int(model.get_input_embeddings().num_embeddings)
    longest = int(getattr(decoder.config, "max_position_embeddings", 0) or LENGTH)
    length = min(LENGTH, longest)
    copy = min(_COPY, longest // _COPIES)
    probes = [
        *_needles(tokenizer, vocabulary, length),
        *(repeat_probe(vocabulary, copy, _COPIES, seed) for seed in range(_REPEATS)),
    ]
    number = iter(range(1, len(probes) + 1))

    between: list[Tensor] = []

    def read(probe: HeadProbe) -> Sequence[AttentionMass | None]:
        if tell is not None:
            tell(next(number), len(probes))
        counts = _look(model, decoder, probe)
        if "needle" in probe.targets:
            weights = [None if count is None else count.weights for count in counts]
            between.append(seen_by_choice(weights, probe.targets["needle"], CHOSEN))
        return counts

    masses = mean_mass(probes, read)
    seen = torch.stack(between).mean(dim=0)
    scores = {
        kind: [
            [None if score != score else round(score, 6) for score in row] for row in table.tolist()
        ]
        for kind, table in masses.items()
    }
    layers = [[round(share, 6) for share in row] for row in seen.tolist()]
    return FoundHeads(fingerprint(model), type(model).__name__, scores, layers=layers)


def heads_file(model_hash: str) -> Path:
    """Where the heads of a model are kept: EGOBUTLER_HEADS, or the user's cache folder."""
    from platformdirs import user_cache_path

    chosen = os.environ.get("EGOBUTLER_HEADS")
    folder = Path(chosen).expanduser() if chosen else user_cache_path("egobutler") / "heads"
    return folder / f"{model_hash}.json"


def save_heads(heads: FoundHeads) -> Path:
    """Write heads down, whole or not at all; returns where."""
    path = heads_file(heads.model)
    write_json(path, asdict(heads))
    return path


def load_heads(model: Any) -> FoundHeads:
    """Read what was found for a model.

    Raises:
        HeadsUnknown: Nothing was, or the file cannot be read or is damaged.
    """
    path = heads_file(fingerprint(model))
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        heads = FoundHeads(
            str(read["model"]),
            str(read["name"]),
            dict(read["scores"]),
            _losses(read),
            list(read.get("layers", ())),
        )
        for kind in {"needle", "echo", "induction", *heads.scores}:
            heads._table(kind)
    except FileNotFoundError:
        raise HeadsUnknown(
            f"those of this {type(model).__name__} have not been found yet ({path} is not there)"
        ) from None
    except OSError as error:
        raise HeadsUnknown(f"{path} cannot be read: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise HeadsUnknown(f"{path} is damaged ({error})") from error
    return heads


def _losses(read: dict[str, Any]) -> dict[str, float]:
    """Of a file; those of an earlier version have none."""
    return {str(name): float(lost) for name, lost in dict(read.get("losses", {})).items()}


def by_heads(
    model: Any, name: str = "duo", share: float | None = None, kind: str = "", **options: Any
) -> Method:
    """Build `duo`, `razor` or `tidal` for a model from what was found for it.

    Args:
        model: The model that it is for.
        name: One of BY_STUDY.
        share: Share of key heads that look far; by default half for duo, and
            for razor the paper's 14 % induction and 1 % echo heads. With a share, razor takes
            fourteen times as many induction as echo heads. Of tidal's layers a SELECTING share
            choose.
        kind: For duo, the scores to go by, "needle" or "gate"; by default those that lose less.
        **options: Further options of the method.

    Raises:
        HeadsUnknown: See `load_heads`; or its layers were not looked at yet.
        ValueError: The method does not go by heads, or an option is out of range.
    """
    if name not in BY_STUDY:
        raise ValueError(f"{name!r} does not go by heads; {', '.join(BY_STUDY)} do")
    study = load_heads(model)
    if name == "tidal":
        first = options.setdefault("dense_layers", Tidal().dense_layers)
        layers = study.choosing(SELECTING if share is None else share, first)
        return create(name, select=layers, **options)
    if name == "duo":
        if kind and kind not in study.scores:
            raise HeadsUnknown(f"no {kind!r} is among its scores: {', '.join(study.scores)}")
        heads = study.best(kind or study.kind, 0.5 if share is None else share)
        return create(name, heads=heads, **options)
    share = 0.15 if share is None else share
    kinds = (study.best("induction", share * 14 / 15), study.best("echo", share / 15))
    heads = tuple(tuple(sorted({*kind, *other})) for kind, other in zip(*kinds, strict=True))
    return create(name, heads=heads, **options)


def _look(model: Any, decoder: TextDecoder, probe: HeadProbe) -> Sequence[AttentionMass | None]:
    """Read one prompt; what each layer counted."""
    counts: list[AttentionMass | None] = []
    with ExitStack() as stack:
        for layer in decoder.layers:
            if layer.attention is None:
                counts.append(None)
                continue
            counts.append(mine := AttentionMass(probe))
            install(layer.attention, mine)
            stack.callback(remove, layer.attention)
        name = register_on_top("heads", decoder.config._attn_implementation)
        stack.enter_context(attending(model, decoder.config, name))
        stack.enter_context(torch.no_grad())
        device = model.get_input_embeddings().weight.device
        model.get_decoder()(input_ids=probe.ids.to(device), use_cache=False)
    return counts


def _needles(tokenizer: Any | None, vocabulary: int, length: int) -> Iterator[HeadProbe]:
    """Prompts that tell a number at depths spread over a text."""
    noise = random.Random(0)  # noqa: S311 - numbers to copy, nothing secret
    for place in range(NEEDLES):
        depth = (place + 0.5) / NEEDLES
        if tokenizer is None:
            text = [noise.randrange(vocabulary) for _ in range(length - 24)]
            asked = [noise.randrange(vocabulary) for _ in range(8)]
            answer = [noise.randrange(vocabulary) for _ in range(8)]
            yield needle_probe(text, asked, answer, asked, depth)
            continue
        statement, asked, after = (
            tokenizer(words, add_special_tokens=False).input_ids for words in (_TOLD, _ASKED, ".\n")
        )
        number = "".join(str(noise.randrange(10)) for _ in range(7))
        answer = tokenizer(number, add_special_tokens=False).input_ids
        words = (files("egogpt.sinks") / "sink_texts.txt").read_text(encoding="utf-8")
        once = tokenizer(words, add_special_tokens=False).input_ids
        room = length - len(statement) - len(asked) - len(after) - 2 * len(answer)
        text = list(islice(cycle(once), place * 97, place * 97 + max(1, room)))
        yield needle_probe(text, statement, answer, asked, depth, after)
