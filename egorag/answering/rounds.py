"""Judge and try again: up to three rounds of retrieval, each with its reason.

The first round that supports an answer ends the search. After one that does not, the next changes
one thing: it asks by a name that the evidence gives ("my sister Eve"), or it widens the time. What
lies outside the time that was asked about is an answer that begins with "not then".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from egogpt.text.lemmatizer import inflections
from egogpt.text.tokens import content_words
from egorag.answering.bridge import Bridge, find_bridge, substitute_name
from egorag.answering.near_time import widen_interval
from egorag.evidence.findings import Findings
from egorag.evidence.support import SupportVerdict
from egorag.evidence.time_match import in_time
from egorag.question.plan import Plan
from egorag.time.calendar.time_reference import TimeReference
from egorag.wording.abstention import time_in_words
from memory.types.core import Answer, Span
from memory.types.explanation import RoundSummary
from memory.types.messages import UserMessage

MOST = 3
_BESIDE = 7 * 86_400.0  # seconds
Look = Callable[[Plan], Findings]


@dataclass(frozen=True, slots=True)
class Round:
    """One search: its plan, what it found, and why it was made.

    ``bridge`` is the name that it went by; ``elsewhere`` says that it left the time asked about.
    """

    plan: Plan
    found: Findings
    why: str = ""
    bridge: Bridge | None = None
    elsewhere: bool = False

    @property
    def supported(self) -> bool:
        """Whether it found what answers the question, if perhaps at another time."""
        return self.found.verdict.supported


def search(plan: Plan, look: Look) -> tuple[Round, ...]:
    """The rounds that were made, the question itself first; see `answering`."""
    findings = look(plan)
    first = _speaking_of_it(Round(plan, findings, elsewhere=out_of_time(plan, findings)))
    rounds = _by_name(first, look)
    if any(search_round.supported for search_round in rounds):
        return rounds
    return (*rounds, *at_other_times(first, look, MOST - len(rounds)))


def out_of_time(plan: Plan, findings: Findings) -> bool:
    """Whether what is found first was neither said in the time asked about nor tells of it."""
    if not findings.scored or plan.time is None or plan.time.anchor or not plan.time.exact:
        return False
    best = findings.scored[0].unit
    return in_time(plan, best.what, best.span) < 1


def _by_name(first: Round, look: Look) -> tuple[Round, ...]:
    """The first round and, where it names what the question only describes, one that asks by name.

    What is found by name counts if it says the name and meets more of the question. Where it does
    not, and the first found no more than whose name it is, neither answers.
    """
    bridge = find_bridge(first.plan, first.found.units)
    if bridge is None:
        return (first,)
    described = set(content_words(f"{bridge.phrase} {bridge.name}"))
    met = _met(first) - described
    plan = substitute_name(first.plan, bridge)
    findings = look(plan)
    why = UserMessage("egorag.is-called", phrase=bridge.phrase, name=bridge.name)
    named = Round(plan, findings, why, bridge)
    new = _met(named)
    if len(new - described) > len(met) and new & set(content_words(bridge.name)):
        return first, named
    named = _refused(named, UserMessage("egorag.no-more-by-name"))
    only_name = first.supported and first.found.scored[0].unit == bridge.unit and not met
    if only_name and first.found.verdict.missing:
        first = _refused(first, UserMessage("egorag.only-who", name=bridge.name))
    return first, named


def _met(search_round: Round) -> set[str]:
    """The words of its question that the best finding of a round speaks of, "broke" for "break"."""
    if not search_round.supported:
        return set()
    best = search_round.found.scored[0]
    unit_words = set(best.unit.words)
    return {
        *best.met,
        *(term for term in search_round.plan.terms if inflections(term) & unit_words),
    }


def _speaking_of_it(search_round: Round) -> Round:
    """The round; outside the time asked about, meaning without a word in common answers nothing."""
    if not search_round.elsewhere or not search_round.supported or _met(search_round):
        return search_round
    said = search_round.found.scored[0].unit.what
    if said.isascii() != search_round.plan.text.isascii():
        return search_round  # languages that share no words
    return _refused(search_round, UserMessage("egorag.nothing-answers"))


def _refused(search_round: Round, reason: str) -> Round:
    if not search_round.supported:
        return search_round
    verdict = replace(search_round.found.verdict, supported=False, reason=reason)
    return replace(search_round, found=replace(search_round.found, verdict=verdict))


def at_other_times(first: Round, look: Look, most: int) -> list[Round]:
    """The time around the one that was named, then any time; ends at the first that shows it.

    None are made where no time was named, or nothing but a time; and of any time only what is asked
    about more than somebody's name, which is met everywhere.
    """
    plan = first.plan
    if plan.time is None or plan.about_anything or first.found.verdict.coverage >= 1:
        return []
    tried: list[Round] = []
    near = widen_interval(plan)
    wider = [(near, UserMessage("egorag.not-then", when=time_in_words(plan)))] if near else []
    if set(plan.required) - set(plan.names):
        wider.append((replace(plan, time=None), UserMessage("egorag.not-near-then")))
    for other, why in wider:
        if len(tried) == most or (tried and tried[-1].supported):
            break
        tried.append(_speaking_of_it(Round(other, look(other), why, elsewhere=True)))
    return tried


def unsearched(plan: Plan) -> Round:
    """The round that cannot be made where nothing was recorded in the time asked about."""
    verdict = SupportVerdict(False, 0.0, (), plan.required, UserMessage("egorag.nothing-recorded"))
    return Round(plan, Findings((), (), (), verdict))


def answering(rounds: tuple[Round, ...]) -> Round | None:
    """The round whose evidence answers the question: in the time asked about, or beside it.

    Of hours that come again, and of a time without a beginning, nothing lies beside; of others,
    what is no further off than a week or the time's own length.
    """
    time = rounds[0].plan.time
    good = [
        made for made in rounds if made.supported and (not made.elsewhere or _beside(made, time))
    ]
    then = [search_round for search_round in good if not search_round.elsewhere]
    return next(reversed(then or good), None)


def _beside(other: Round, time: TimeReference | None) -> bool:
    """Whether what a round found first lies beside the time that was asked about."""
    if time is None or time.recurring or time.span.start <= 0:
        return False
    reach = max(_BESIDE, time.span.duration)
    near = Span(time.span.start - reach, time.span.end + reach)
    return other.found.scored[0].unit.span.overlaps(near)


def with_rounds(answer: Answer, rounds: Sequence[Round]) -> Answer:
    """The answer, with the rounds of retrieval behind it in its explanation."""
    summaries = tuple(_summary(made) for made in rounds)
    return replace(answer, explanation=replace(answer.explanation, rounds=summaries))


def _summary(search_round: Round) -> RoundSummary:
    plan, verdict = search_round.plan, search_round.found.verdict.summary()
    return RoundSummary(
        plan.query,
        time_in_words(plan),
        search_round.why or UserMessage("egorag.the-question"),
        verdict.supported,
        verdict.coverage,
        verdict.missing,
        verdict.reason,
        search_round.found.steps,
    )
