"""Judge and try again: up to three rounds of retrieval, each with its reason.

The first round that supports an answer ends the search. After one that does not, the next changes
one thing: it asks by a name that the evidence gives ("my sister Eve"), or it widens the time. What
lies outside the time that was asked about is an answer that begins with "not then".

"Where does Anna's sister work?" is told of in two places: one says "my sister Eve", the other where
Eve works. The first is read off what a round of retrieval found; the second is asked with the name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from egogpt.text.lemmatizer import inflections
from egogpt.text.tokens import STOP_WORDS, content_words, fold, tokens
from egorag.evidence.findings import Findings
from egorag.evidence.support import SupportVerdict
from egorag.evidence.time_match import in_time
from egorag.evidence.units import Unit
from egorag.generation.answers import searched_span
from egorag.question.plan import Plan, plan_of
from egorag.time.calendar.local_time import MONTHS, WEEKDAYS
from egorag.time.calendar.time_reference import TimeReference
from egorag.wording.abstention import time_in_words
from memory.types.core import Answer, Span
from memory.types.explanation import RoundSummary
from memory.types.messages import UserMessage

_OWNED = re.compile(r"\b(?P<owner>my|our|[A-Z][\w-]*['’]s?) (?P<noun>[a-z][\w-]+(?: [a-z][\w-]+)?)")
_TITLE = r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Aunt|Uncle)\.? )?"
_NAME = rf"{_TITLE}(?P<name>[A-Z][\w-]*(?: (?:of the |of |the )?[A-Z][\w-]*){{0,2}})"
_WHOSE = r"(?P<whose>(?i:my|our|your)|[A-Z][\w-]*['’]s)"
_KIND = (
    r"(?:new|old|best|little|big|younger|older|elder|youngest|oldest|only|good|dear|former|twin"
    r"|favou?rite) "
)
_NO_NAME = STOP_WORDS | {*WEEKDAYS, *MONTHS}
_LEAST, _MOST = 6 * 3600.0, 7 * 86_400.0  # seconds that are added on either side
MOST = 3
_BESIDE = 7 * 86_400.0  # seconds
Look = Callable[[Plan], Findings]


@dataclass(frozen=True, slots=True)
class Bridge:
    """That a unit names ``name`` as what the question calls ``phrase`` ("Anna's sister")."""

    name: str
    phrase: str
    unit: Unit


def find_bridge(plan: Plan, units: Sequence[Unit]) -> Bridge | None:
    """The name of somebody or something that the question describes by whose it is.

    None where the question describes nothing so, where nothing names it, or where two names are
    given for it: then nobody knows which is meant.
    """
    asked = {token.word for token in tokens(plan.text)}
    for match in _OWNED.finditer(plan.text):
        bridges = list(_named(match["owner"], match["noun"], units))
        names = {fold(bridge.name) for bridge in bridges}
        if len(names) == 1 and not asked.intersection(*(name.split() for name in names)):
            return bridges[0]
    return None


def substitute_name(plan: Plan, bridge: Bridge) -> Plan:
    """The question with the name in the place of its description, of the same time."""
    text = plan.text.replace(bridge.phrase, bridge.name, 1)
    return replace(plan_of(text, plan.local), time=plan.time, recalled=plan.recalled)


def _named(owner: str, phrase: str, units: Sequence[Unit]) -> Iterator[Bridge]:
    words = phrase.split()
    heard = {fold(unit.speaker).split()[0] for unit in units if unit.speaker.strip()}
    for nouns in [words] if len(words) == 1 else [words, words[:1]]:
        noun = r"\s+".join(map(re.escape, nouns))
        if any(word in STOP_WORDS for word in nouns) or re.fullmatch(_KIND, f"{nouns[-1]} "):
            continue
        any_named = False
        for unit in units:
            for match in _tellings(noun, unit):
                name = fold(match["name"])
                called = "," in match[0] and name in heard  # "I miss my sister, Ben, and you?"
                known = _is_name(name) and not called and name not in fold(owner)
                if known and _same_owner(owner, match["whose"], unit):
                    any_named = True
                    yield Bridge(match["name"], f"{owner} {' '.join(nouns)}", unit)
        if any_named:
            return


def _tellings(noun: str, unit: Unit) -> Iterator[re.Match[str]]:
    """ "my sister Eve", "my sister is called Eve", "Eve is my sister", "with Eve, my sister."

    Between commas only where no one is addressed: "I like my job, John", "Yeah, my sister came".
    """
    if unit.kind not in ("speech", "caption", "text"):
        return
    whose = rf"{_WHOSE} (?:{_KIND})?{noun}"
    verb_pattern = r"(?:['’]s| is| was)?(?: name is| called| named)*"
    yield from re.finditer(rf"\b{whose}{verb_pattern} {_NAME}", unit.what)
    yield from re.finditer(rf"\b{_NAME}(?: is| was|['’]s) {whose}\b", unit.what)
    yield from re.finditer(rf"\b{whose}, {_NAME},", unit.what)
    yield from re.finditer(rf"(?<=[a-z] ){_NAME}, {whose}(?=[,.!?]|$)", unit.what)


def _same_owner(asked: str, possessive: str, unit: Unit) -> bool:
    """Whether who is "my" in what was said is whom the question means."""
    possessive = possessive.lower()
    speaker = fold(unit.speaker).split()[0] if unit.speaker.strip() else ""
    if asked.lower() in ("my", "our"):
        return (
            not speaker if possessive in ("my", "our") else possessive == "your" and bool(speaker)
        )
    owner = re.sub(r"['’]s?$", "", fold(asked))
    if possessive in ("my", "our"):
        return speaker == owner
    return re.sub(r"['’]s$", "", fold(possessive)) == owner or (
        possessive == "your" and speaker != owner
    )


def _is_name(name: str) -> bool:
    words = name.split()
    return len(words[0]) > 1 and words[0] not in _NO_NAME


def widen_interval(plan: Plan) -> Plan | None:
    """The plan for the time named and as much again on either side; None where it has no ends.

    At least six hours are added, so that "this evening" reaches the afternoon, at most a week.
    """
    time = plan.time
    if time is None or time.recurring or time.anchor or time.span.start <= 0:
        return None
    slack = min(_MOST, max(_LEAST, time.span.duration))
    wider = Span(time.span.start - slack, time.span.end + slack)
    return replace(plan, time=replace(time, span=wider, exact=True, text=""))


def how_far(span: Span, named: Span, plan: Plan) -> str:
    """ "the day after", "3 days before", "later that day"; "" where the two overlap."""
    if span.overlaps(named):
        return ""
    local = plan.local
    later = span.start >= named.end
    edge = named.end - 1e-3 if later else named.start
    first, last = local.local(edge).date(), local.local(span.start).date()
    days = abs((last - first).days)
    side = "after" if later else "before"
    if days == 0:
        return plan.language.say(f"{side}_that_day")
    count, unit = (days, "days") if days < 60 else (round(days / 30), "months")
    return plan.language.say(f"{unit}_{side}", count)


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
    """Whether what is found first was neither said in the time asked about nor tells of it; of
    "around noon", whether it was seen at another time than that may mean."""
    if not findings.scored or plan.time is None or plan.time.anchor:
        return False
    best = findings.scored[0].unit
    if not plan.time.exact:
        meant = None if plan.time.recurring else searched_span(plan)
        told = best.kind in ("speech", "caption", "text")
        return not told and meant is not None and not best.span.overlaps(meant)
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
