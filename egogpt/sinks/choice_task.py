"""Multiple-choice questions about a text, as what calibration is judged by.

One JSON object a line: {"context": "…", "question": "…", "choices": ["…", "…"], "answer": 0}.
The model's answer is the choice whose words it finds likeliest; no text is generated.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from egogpt.sinks.calibration import ActSettings, calibration


class TaskError(ValueError):
    """A file of questions that cannot be read; the text says which line and why."""


@dataclass(frozen=True, slots=True)
class ChoiceQuestion:
    """One question; ``answer`` is the place of the right choice."""

    context: str
    question: str
    choices: tuple[str, ...]
    answer: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question with one of its choices, as tokens.

    Attributes:
        ids: int64 [1, T].
        protected: bool [1, T]: question and choice, which are never sinks.
        choice: How many of the last tokens are the choice.
    """

    ids: torch.Tensor
    protected: torch.Tensor
    choice: int


def read_task(path: Path) -> tuple[ChoiceQuestion, ...]:
    """Read a file of questions.

    Raises:
        TaskError: A line is none, or there is none at all.
    """
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                questions.append(_choice(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise TaskError(
                    f"{path}, line {number}: {error}. A line looks like "
                    '{"context": "…", "question": "…", "choices": ["…", "…"], "answer": 0}'
                ) from error
    if not questions:
        raise TaskError(f"{path} holds no questions")
    return tuple(questions)


def name_of(path: Path) -> str:
    """The name of a task: its file's name and what is in it, so that a changed file is another."""
    return f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"


def prompts(tokenizer: Any, choice_question: ChoiceQuestion) -> list[Prompt]:
    """One prompt for each choice."""
    context = tokenizer(choice_question.context + "\n").input_ids
    question = tokenizer(choice_question.question + "\nAnswer:", add_special_tokens=False).input_ids
    choice_prompts = []
    for choice in choice_question.choices:
        words = tokenizer(" " + choice, add_special_tokens=False).input_ids
        ids = torch.tensor([[*context, *question, *words]])
        protected = torch.arange(ids.shape[1])[None] >= len(context)
        choice_prompts.append(Prompt(ids, protected, len(words)))
    return choice_prompts


def accuracy(model: Any, questions: Sequence[Sequence[Prompt]], answers: Sequence[int],
             settings: ActSettings) -> float:  # fmt: skip
    """Share of questions that a model answers rightly with some heads calibrated."""
    right = 0
    for choices, answer in zip(questions, answers):
        scores = [_likelihood(model, prompt, settings) for prompt in choices]
        right += scores.index(max(scores)) == answer
    return right / len(answers)


def _likelihood(model: Any, prompt: Prompt, settings: ActSettings) -> float:
    """Mean log-probability of the choice's tokens."""
    with torch.no_grad(), calibration(model, settings, prompt.protected):
        logits = model(input_ids=prompt.ids).logits[0, -prompt.choice - 1 : -1]
    spoken = logits.float().log_softmax(dim=-1)
    words = prompt.ids[0, -prompt.choice :, None]
    return float(spoken.gather(-1, words).mean())


def _choice(read: Any) -> ChoiceQuestion:
    choices = tuple(str(choice) for choice in read["choices"])
    answer = int(read["answer"])
    if len(choices) < 2 or not 0 <= answer < len(choices):
        raise ValueError("there must be two or more choices, and the answer is the place of one")
    if not all(choices) or not read["question"]:
        raise ValueError("the question or a choice is empty")
    return ChoiceQuestion(str(read["context"]), str(read["question"]), choices, answer)
