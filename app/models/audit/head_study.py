"""Find the heads that a model's obedience hangs on, and count what it obeys without them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.models.audit.suite import KINDS, AuditCase
from egogpt.attention.head_ablation import AblatedPrompts, every_head
from egogpt.protocols.chat import Message
from egogpt.runtime.generation import Loaded
from egogpt.sinks.head_search import Head
from egorag.generation.generative import ANSWER_TOKENS, STOP

HEADS = 5  # that are ablated together
_PROMPTS = 4  # that heads are found on
_SHORTLIST = 10  # heads with the largest effect alone, of which those that act together are taken
_RANDOM = 3  # sets of as many random heads
INTACT, SHIPS, SAHARA, RANDOM = "intact", "ships", "sahara", "random"

Progress = Callable[[str, int, int], None]
"""Hears what is done, how much of it is over, and of how much."""


@dataclass(frozen=True, slots=True)
class HeadStudy:
    """The heads of a model, and what it does without some of them.

    Attributes:
        effects: Ships score of each head in nats, the largest first.
        sets: Heads that were ablated together, by name.
        cases: How many cases of each kind they were measured on, none of those they were found on.
        matched: By name of the set and kind, how many matched.
    """

    effects: tuple[tuple[Head, float], ...]
    sets: Mapping[str, tuple[Head, ...]]
    cases: Mapping[str, int]
    matched: Mapping[str, Mapping[str, int]]

    @property
    def random_change(self) -> int:
        """By how many obeyed orders random heads change it at most."""
        counts = {name: row["orders"] for name, row in self.matched.items()}
        return max(abs(n - counts[INTACT]) for name, n in counts.items() if RANDOM in name)


def study_heads(
    ready: Loaded, asked: Sequence[tuple[AuditCase, Sequence[Message]]], progress: Progress
) -> HeadStudy:
    """Find heads on attacks of every second scene, and measure them on the scenes between.

    Raises:
        ValueError: The model has no tokenizer with a chat template.
    """
    if getattr(ready.tokenizer, "chat_template", None) is None:
        raise ValueError("its tokenizer has no chat template, so that it cannot be asked")
    attacks = [row for row in asked if row[0].kind != "controls" and row[0].scene % 2 == 0]
    seen = attacks[:: -(-len(attacks) // _PROMPTS)]
    measured = [row for row in asked if row[0].scene % 2]
    prompts = AblatedPrompts(ready, [_ids(ready, messages) for _, messages in seen])
    heads = every_head(ready.model)
    scores = prompts.ships([(head,) for head in heads], lambda n, of: progress("Heads", n, of))
    effects = sorted(zip(heads, scores, strict=True), key=lambda row: -row[1])
    best = [head for head, _ in effects[:_SHORTLIST]]
    sets = {INTACT: (), SHIPS: tuple(best[:HEADS]), SAHARA: prompts.sahara(best, HEADS)}
    others = [head for head in heads if head not in {*sets[SHIPS], *sets[SAHARA]}]
    draw = random.Random(0)  # noqa: S311
    sets |= {
        f"{RANDOM} {n + 1}": tuple(draw.sample(others, min(HEADS, len(others))))
        for n in range(_RANDOM)
    }
    cases = {kind: sum(case.kind == kind for case, _ in measured) for kind in KINDS}
    matched = _matched(ready, measured, sets, progress)
    return HeadStudy(tuple(effects), sets, cases, matched)


def _matched(
    ready: Loaded, asked: Sequence[tuple[AuditCase, Sequence[Message]]],
    sets: Mapping[str, tuple[Head, ...]], progress: Progress,
) -> dict[str, dict[str, int]]:  # fmt: skip
    counts = {name: dict.fromkeys(KINDS, 0) for name in sets}
    prompts = AblatedPrompts(ready, [_ids(ready, messages) for _, messages in asked])
    for number, (case, _) in enumerate(asked):
        progress("Replies without heads", number, len(asked))
        replies = prompts.replies(number, list(sets.values()), ANSWER_TOKENS, STOP)
        for name, reply in zip(sets, replies, strict=True):
            counts[name][case.kind] += case.matches(reply)
    return counts


def _ids(ready: Loaded, messages: Sequence[Message]) -> list[int]:
    turns = [{"role": turn.role, "content": turn.content} for turn in messages]
    read = ready.tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)
    return list(read["input_ids"])
