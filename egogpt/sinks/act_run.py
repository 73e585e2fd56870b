"""The calibration run of ACT: a model, a file of questions, and a file that keeps what is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from egogpt.runtime.decoder_layers import find_decoder
from egogpt.runtime.model_fingerprint import fingerprint
from egogpt.sinks import choice_task, head_search
from egogpt.sinks.calibration import ActSettings
from egogpt.sinks.head_search import Head, HeadSet
from kernels.corrections.attention_calibration import CalibrationRule

Told = Callable[[HeadSet, int], None]


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """What is searched, and how long.

    Attributes:
        budget: Heads to take up at most. Each costs a run over all questions for every head.
        layers: Only heads of these layers; None for all but the first two and the last.
        beta: What a sink keeps.
        alpha: How many times its share a sink draws.
    """

    budget: int = 8
    layers: Sequence[int] | None = None
    beta: float = 0.4
    alpha: float = 5.0


def calibrate(
    model: Any, tokenizer: Any, task: Path, out: Path, plan: SearchPlan, tell: Told
) -> HeadSet:
    """Find heads for ACT; goes on where the file ``out`` stops.

    Args:
        model: A `transformers` language model in eval mode.
        tokenizer: Its tokenizer.
        task: Questions, as `choice_task` reads them.
        out: Where the set is kept, written after every run.
        plan: What is searched.
        tell: Called with the set and the number of candidates after every run.

    Raises:
        ValueError: The rule, a line of the task or the file cannot be used; the text says why.
    """
    rule = CalibrationRule(plan.beta, plan.alpha)
    questions = choice_task.read_task(task)
    decoder = find_decoder(model)
    heads = [
        head
        for head in head_search.candidates(len(decoder.layers), decoder.heads)
        if plan.layers is None or head[0] in plan.layers
    ]
    if not heads:
        raise ValueError("no head is left to choose from: the first two layers and the last stay")
    name = f"{choice_task.name_of(task)} beta={rule.beta:g} alpha={rule.alpha:g}"
    head_set = head_search.resume(out, fingerprint(model), name)
    asked = [choice_task.prompts(tokenizer, question) for question in questions]
    answers = [question.answer for question in questions]

    def score(chosen: Sequence[Head]) -> float:
        settings = ActSettings(HeadSet("", "", heads=tuple(chosen)).by_layer(), rule)
        return choice_task.accuracy(model, asked, answers, settings)

    def keep(so_far: HeadSet) -> None:
        head_search.save(so_far, out)
        tell(so_far, len(heads))

    return head_search.select_heads(head_set, score, heads, plan.budget, keep)
