"""Moments that bear on a question about whoever asks, and who it is that did something."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from egogpt.text.tokens import fold, words_of
from egorag.across.third_person import asks_of_self
from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit
from egorag.evidence.wearer import Wearer
from egorag.question.plan import Plan, forms_of
from egorag.ranking.lexical_relatedness import matched_terms
from memory.store.view import View

_OWN = re.compile(r"\b(?:my|our|mein\w*|unser\w*)\b|我", re.IGNORECASE)
_SPEAKER = r"\b(?:I|we|ich|wir)\b|我"
FIRST_PERSON = re.compile(r"\b(?:I|ich)\b|我(?!们)", re.IGNORECASE)
_YOU = re.compile(r"\b(?:you|du|ihr)\b|你", re.IGNORECASE)

_REPORTS = re.compile(
    r"\b(?:that|said|says?|told (?:me|us)|hear|heard|thinks?|dass|sagt\w*|hörte|erzählt\w*)\b"
    r"|听说|说",
    re.IGNORECASE,
)
_NOT_QUITE = re.compile(
    r"\b(?:(?:want|wanted|hope|hoped|plan|planned|meant|going) to|nearly|almost)\b"
    r"|\b(?:wollten?|fast|beinahe)\b|想|差点|差一点",
    re.IGNORECASE,
)
_OTHER = r"\b(?:he|she|they|er|sie)\b|[他她]"


def bearing_on_asker(view: View, plan: Plan, units: Sequence[Unit]) -> list[Unit]:
    """The units without those of others that the question is not about.

    Asked about oneself, a moment of another camera counts where something in it speaks of the asker
    by name, or of the thing that is asked about, unless as somebody else's own. Asked what "I" did,
    it counts where the asker did it.
    """
    if not asks_of_self(plan.query) or not any(unit.wearer for unit in units):
        return list(units)
    names = view.wearer_names()
    if deed := _own_deed(plan):
        return [one for one in units if not one.wearer or _does(names, one, deed["verb"] or "")]
    things = [word for word in plan.required if word not in plan.names]
    others = [unit for unit in units if unit.wearer]
    of_asker = {unit for unit in others if any(_names_somebody(name, unit) for name in names)}
    free = {unit for unit in others if not _is_theirs(unit)}
    bearing = of_asker | {unit for unit in free if matched_terms(things, unit.words)}
    moments = {unit.clip_id for unit in bearing}
    beside = {unit for unit in free if unit.clip_id in moments}
    return [unit for unit in units if not unit.wearer or unit in bearing | beside]


def own_deeds_first(view: View, plan: Plan, scored: Sequence[Scored]) -> list[Scored]:
    """Of what "I" did, the statements without what others tell of themselves; those that say the
    verb before the rest where the question says no more."""
    verb = own_verb(plan)
    if not verb or not scored:
        return list(scored)
    wearer = Wearer(view)
    own = list(scored)
    if asks_of_self(plan.query):
        wearer.hear(item.unit for item in own)
        own = [item for item in own if not _of_another(wearer, item.unit, verb)] or own
    if plan.required != (verb,):
        return own
    spoken = [item for item in own if speaks_of(verb, item.unit)]
    if not spoken or spoken[0] is own[0]:
        return spoken if spoken and plan.about_deed else own
    first = replace(spoken[0], score=own[0].score)
    others = [] if plan.about_deed else [item for item in own if item not in spoken]
    return [first, *spoken[1:], *others]


def is_of_others(wearer: Wearer, plan: Plan, units: Sequence[Unit]) -> bool:
    """Whether it is others who say of themselves, in all of the units, that they did what "I" am
    asked to have done."""
    verb = own_verb(plan)
    asked = bool(verb) and asks_of_self(plan.query)
    return asked and all(_of_another(wearer, unit, verb) for unit in units)


def _of_another(wearer: Wearer, unit: Unit, verb: str) -> bool:
    """Whether somebody else says of themselves that they did it."""
    if unit.kind != "speech" or not FIRST_PERSON.search(unit.what) or _YOU.search(unit.what):
        return False
    return speaks_of(verb, unit) and wearer.speaks(unit) is False and wearer.known


def speaks_of(verb: str, unit: Unit) -> bool:
    """Whether a unit says a verb in any of its forms: "wore" of "wear"."""
    if not verb.isascii():
        return verb in fold(unit.what)
    words = unit.words
    return not forms_of(verb).isdisjoint(words) or bool(matched_terms([verb], words))


def tells_own_deed(verb: str, unit: Unit, others: Collection[str]) -> bool:
    """Whether whoever says it did it, and did not only mean to: "I heard that Tom watched Jaws" and
    "we nearly bought a boat" tell of no such deed. ``others`` are names of those who speak."""
    parts = re.split(r"[.;!?。；！？]", unit.what)
    part = next((p for p in parts if speaks_of(verb, replace(unit, what=p))), unit.what)
    *reports, told = _REPORTS.split(part)
    if re.search(_SPEAKER, told, re.IGNORECASE):
        return not _NOT_QUITE.search(part)
    return not reports and not re.search("|".join([_OTHER, *map(_named, others)]), told, re.I)


def _names_somebody(name: str, unit: Unit) -> bool:
    """Whether somebody is named in it; Chinese is written without blanks."""
    if name.isascii():
        return bool(name) and set(words_of(name)) <= set(words_of(unit.what))
    return name in unit.what


def _is_theirs(unit: Unit) -> bool:
    """Whether it speaks of what belongs to whoever says it."""
    return f"{unit.wearer}'s " in unit.what or _OWN.search(unit.what) is not None


def own_verb(plan: Plan) -> str:
    """What whoever asks did, as the question says it: "bought"; "" where it asks for no deed."""
    asked = _own_deed(plan)
    return fold(asked["verb"] or "") if asked else ""


def _own_deed(plan: Plan) -> re.Match[str] | None:
    """Where a question asks for a deed of whoever asks, with its verb if that is known.

    Where something was left asks for the thing, whoever it was that moved it last.
    """
    mislaid = plan.language.pattern("question", "mislaid").search(plan.query)
    return None if mislaid else plan.language.pattern("question", "own_deed").search(plan.query)


def _does(names: Collection[str], unit: Unit, verb: str) -> bool:
    """Whether one of these names is who does it: of those named before the verb, the last is.

    Without the verb it is the first who is named; "with Bob" and "by Bob" count anywhere.
    """
    if unit.speaker in names and unit.kind == "speech":
        return True
    asker = "|".join(map(_named, names)) or "(?!)"
    if re.search(rf"\b(?:with|by|mit|von) (?:{asker})|[和跟与被](?:{asker})", unit.what, re.I):
        return True
    deed = next((at for at in re.finditer(r"\w+", unit.what) if _is_form(at.group(), verb)), None)
    before = unit.what[: deed.start()] if deed else unit.what
    doers = list(re.finditer(rf"(?P<asker>{asker})|{_named(unit.wearer)}|{_SPEAKER}", before, re.I))
    if not doers:
        return False
    together = re.search(rf"(?:{asker})(?:,| and| und) $", before[: doers[-1].start()], re.I)
    return bool(doers[-1 if deed else 0]["asker"] or together)


def _named(name: str) -> str:
    """A pattern for a name that is not called, and does not say whose something is; Chinese is
    written without blanks."""
    return rf"(?<![A-Za-zÀ-ž]){re.escape(name)}(?![A-Za-zÀ-ž]|['’]s\b|的|, you\b)"


def _is_form(word: str, verb: str) -> bool:
    low = word.lower()
    return bool(verb) and (low == verb or low in forms_of(verb))
