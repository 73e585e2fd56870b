"""Bridge entities: resolve "Anna's sister" to the name that the evidence gives.

"Where does Anna's sister work?" is told of in two places: one says "my sister Eve", the other where
Eve works. The first is read off what a round of retrieval found; the second is asked with the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from egogpt.text.tokens import STOP_WORDS, fold, tokens
from egorag.evidence.units import Unit
from egorag.question.plan import Plan, plan_of
from egorag.time.calendar.relative_dates import MONTHS, WEEKDAYS

_OWNED = re.compile(r"\b(?P<owner>my|our|[A-Z][\w-]*['’]s?) (?P<noun>[a-z][\w-]+(?: [a-z][\w-]+)?)")
_TITLE = r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Aunt|Uncle)\.? )?"
_NAME = rf"{_TITLE}(?P<name>[A-Z][\w-]*(?: (?:of the |of |the )?[A-Z][\w-]*){{0,2}})"
_WHOSE = r"(?P<whose>(?i:my|our|your)|[A-Z][\w-]*['’]s)"
_KIND = (
    r"(?:new|old|best|little|big|younger|older|elder|youngest|oldest|only|good|dear|former|twin"
    r"|favou?rite) "
)
_NO_NAME = STOP_WORDS | frozenset(WEEKDAYS) | frozenset(MONTHS)


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
    return replace(plan_of(text, plan.local), time=plan.time)


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
