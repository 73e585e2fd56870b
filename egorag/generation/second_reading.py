"""Ask the language model whether what was found answers, and weigh its word with the judge's.

    findings = second_reading(chat, plan, findings)     # with the verdict of both

The judge compares words and their meaning, and takes a boat that was only wished for for one that
was bought. A model of 1.5 billion numbers that is asked "yes or no?" sees it more often. How much
either counts is fitted for each model by ``benchmarks/training/second_reading.py``; a model for
which it was not, as one on another machine, is not asked.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files

from egogpt.protocols.chat import Chat, ChatError, RemembersPrompt
from egogpt.text.directives import looks_like_instruction
from egorag.answerability.judge import logit_of
from egorag.evidence.findings import Findings
from egorag.evidence.reading import readable
from egorag.generation.hearsay import Hearsay
from egorag.generation.notes import pack, worth_reading
from egorag.generation.prompts import check_messages, warm
from egorag.generation.totals import total
from egorag.question.plan import Plan
from memory.types.messages import UserMessage

NOTES, NOTE_TOKENS = 3, 150  # units that are read, and the most tokens of them
# Probabilities by the judge between which a model is asked: above lie a quarter of 193 questions
# of lives that it was not fitted on, of which it makes no more right or fewer false.
_HOPELESS, _SURE = 0.15, 0.95
_log = logging.getLogger(__name__)


def second_reading(chat: Chat | None, plan: Plan, findings: Findings) -> Findings:
    """The findings with the verdict of judge and model; as they are where no model is asked."""
    weights = fitted(chat.name) if chat is not None else None
    if chat is None or weights is None or not is_asked(plan, findings):
        return findings
    try:
        says_yes = yes_share(chat, plan, findings)
    except ChatError:  # without it, the judge decides alone
        _log.warning("the language model failed; the judge decides alone", exc_info=True)
        return findings
    logit = weights["judge"] * logit_of(findings.verdict.coverage)
    logit += weights["model"] * logit_of(says_yes) + weights["shift"]
    probability = 1 / (1 + math.exp(-logit))
    answerable = probability >= weights["threshold"]
    reason = "" if answerable else UserMessage("egorag.nothing-answers")
    verdict = replace(findings.verdict, supported=answerable, coverage=probability, reason=reason)
    return replace(findings, verdict=verdict)


def warm_up(chat: Chat) -> None:
    """Lets a model that remembers its prompts read, ahead of any question, what begins them all."""
    warm(chat)
    if isinstance(chat, RemembersPrompt) and fitted(chat.name):
        chat.yes_probability(check_messages("", ""))


def yes_share(chat: Chat, plan: Plan, findings: Findings) -> float:
    """How likely the model says (0..1) that the likeliest statements answer the question.

    Raises:
        ChatError: the model fails.
    """
    hearsay = Hearsay(findings.units)
    read = [u for u in worth_reading(findings.scored, findings.units) if hearsay.readable(u)]
    notes, inside = pack(read[:NOTES], plan.local, NOTE_TOKENS)
    return chat.yes_probability(check_messages(notes, plan.text)) if inside else 0.5


def is_asked(plan: Plan, findings: Findings) -> bool:
    """Whether a model may know better: of statements that the judge is not sure of, but of no sums
    and no whole stretch of time, nor of what answered the question before."""
    unsure = _HOPELESS <= findings.verdict.coverage < _SURE
    if not findings.read or not unsure or plan.about_anything:
        return False
    best = findings.scored[0].unit
    if not readable([best]) or best.citation() in plan.recalled:
        return False
    return not looks_like_instruction(plan.text) and not total(plan, findings.scored)


@cache
def fitted(model: str) -> Mapping[str, float] | None:
    """What judge and model count, the shift, and the least probability of an answer."""
    text = files("egorag.generation").joinpath("second_reading.json").read_text("utf-8")
    weights: Mapping[str, float] | None = json.loads(text)["models"].get(model)
    return weights
