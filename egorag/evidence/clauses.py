"""Clauses of what was said or noted: who did it, whether it was done, or is only passed on.

    (told,) = clauses_of("Tom said that Anna bought a kite.", frozenset({"Anna"}))
    told.reported, told.undone, told.doers("buy")    # True, False, {"anna"}

The words by which this is known stand in ``egorag/language/*/clauses.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import pairwise

from egogpt.text.directives import moods, stated
from egogpt.text.is_question import is_question
from egogpt.text.tokens import STOP_WORDS, fold, words_of
from egorag.evidence.units import Unit
from egorag.language.language import Language, language_of
from egorag.language.verbs import forms_of
from egorag.ranking.lexical_relatedness import matched_terms
from egorag.time.relative_dates import is_ahead

SPEAKER, GROUP, LISTENER, OTHERS = PERSONS = ("speaker", "group", "listener", "others")
_SENTENCE = re.compile(r"[.;!?。；！？]")
_MARKS = r"[,:，：—]"
_SUBJECT = re.compile(r"(?:^|\W)(?P<name>[A-Z]\w+)(?: (?:has|had|also|just|never))* $")


@dataclass(frozen=True, slots=True)
class SaidClause:
    """A clause. ``people`` are whom it names, in order: one of PERSONS or a name in small letters,
    and where; the agent of a passive first; ``company`` are whom it is done with. ``reported`` is
    whether whoever says it has it from others; ``undone`` what was not done, or only meant."""

    text: str
    language: Language
    denied: bool
    undone: bool
    reported: bool
    people: tuple[tuple[str, int, int], ...]
    company: frozenset[str]

    def doers(self, verb: str = "") -> frozenset[str]:
        """Who does what a verb says, wherever it is said; empty where nobody is named.

        Of those before it that is the last, but the first where verbs come last.
        """
        places: list[int | None] = [*_places_of(verb, self.text)] or [None]
        return frozenset().union(*map(self._doers_at, places))

    def _doers_at(self, at: int | None) -> frozenset[str]:
        verb_last = self.language.table("clauses")["verb_last"]
        before = [one for one in self.people if at is None or one[1] < at]
        if not before:
            subject = _SUBJECT.search(self.text[:at]) if at and not verb_last else None
            named = subject is not None and subject["name"].lower() not in STOP_WORDS
            return frozenset({OTHERS} if named else ())
        joins = self.language.pattern("clauses", "joins")
        runs = [[before[0][0]]]
        for (_, _, end), (who, start, _) in pairwise(before):
            if joins.fullmatch(self.text, end, start):
                runs[-1].append(who)
            else:
                runs.append([who])
        return self.company.union(runs[0 if at is None or verb_last else -1])


@lru_cache(maxsize=1 << 14)
def clauses_of(text: str, names: frozenset[str] = frozenset()) -> tuple[SaidClause, ...]:
    """The clauses of a text, in which people may be called by ``names``."""
    return tuple(_read(text.replace("’", "'"), language_of(text), names))


def _read(text: str, language: Language, names: frozenset[str]) -> Iterator[SaidClause]:
    pattern = partial(language.pattern, "clauses")
    clauses, somebody = _clauses(language), _people(language, names)
    for sentence in _SENTENCE.split(text):
        reported = False
        for clause in filter(str.strip, clauses.split(sentence)):
            low = clause.lower()
            denied = pattern("denies").search(low) is not None
            undone = denied or pattern("intends").search(low) is not None
            *reports, told = pattern("reports").split(low)
            reported = reported or bool(reports)
            people: list[tuple[str, int, int]] = []
            company: set[str] = set()
            for one in somebody.finditer(told):
                who = one["name"] or next(kind for kind in PERSONS if one[kind])
                if one["agent"]:
                    people.insert(0, (who, 0, 0))
                elif one["company"]:
                    company.add(who)
                else:
                    people.append((who, *one.span()))
            if pattern("passive").search(clause):  # whoever was washed did not wash
                people, company = [(who, 0, 0) for who in sorted(company)], set()
            said = clause[len(clause) - len(told) :]
            beside = frozenset(company)
            yield SaidClause(said, language, denied, undone, reported, tuple(people), beside)


@cache
def _clauses(language: Language) -> re.Pattern[str]:
    parts = language.pattern("clauses", "parts").pattern
    return re.compile(f"{_MARKS}|{parts}", re.IGNORECASE)


@lru_cache(maxsize=256)
def _people(language: Language, names: frozenset[str]) -> re.Pattern[str]:
    """Whoever is named, but not whose something is; Chinese is written without blanks."""
    table = language.table("clauses")
    kinds = "|".join(f"(?P<{kind}>{table[kind]})" for kind in PERSONS)
    called = "|".join(re.escape(name.lower()) for name in sorted(names, key=len, reverse=True))
    name = rf"(?<![a-zà-ž])(?P<name>{called or '(?!)'})(?![a-zà-ž]|'s\b|的)"
    role = f"(?P<agent>{table['agent']})|(?P<company>{table['company']})"
    return re.compile(f"(?:{role})?{table['coverbs']}(?:{name}|{kinds})")


def _places_of(verb: str, text: str) -> list[int]:
    """Where a text says a verb in any of its forms."""
    if not verb.isascii():
        return [one.start() for one in re.finditer(re.escape(verb), fold(text))]
    forms = forms_of(verb, language_of(text)) if verb else ()
    return [one.start() for one in re.finditer(r"\w+", text) if fold(one.group()) in forms]


@lru_cache(maxsize=1 << 14)
def says(verb: str, text: str) -> bool:
    """Whether a text says a verb in any of its forms, or a word for the same: "wore" of "wear"."""
    language = language_of(text)
    if language.code == "zh" or not verb.isascii():
        return verb in fold(text)
    words = words_of(text)
    return not forms_of(verb, language).isdisjoint(words) or bool(matched_terms([verb], words))


def speaks_of(verb: str, unit: Unit) -> bool:
    """Whether a unit says a verb, or is known by it, as the colour of clothes is by "wore"."""
    return says(verb, unit.what) or bool(matched_terms([verb], unit.words))


def about(
    words: Collection[str], text: str, names: frozenset[str] = frozenset()
) -> list[SaidClause]:
    """The clauses that say one of some words; all, where none does."""
    told = clauses_of(text, names)
    return [one for one in told if any(says(word, one.text) for word in words)] or list(told)


def doers_of(verb: str, text: str, names: frozenset[str]) -> frozenset[str]:
    """Who did what a verb says, by the first clause that says it, or anything, and names them."""
    doers = (one.doers(verb) for one in about([verb], text, names))
    return next(filter(None, doers), frozenset())


def asks_for(words: Collection[str], text: str) -> bool:
    """Whether the sentences that say one of some words ask for it, or only mention it."""
    found = [stated(said) for said, _ in moods(text) if any(says(word, said) for word in words)]
    return bool(found) and not any(found)


def was_done(unit: Unit, words: Collection[str] = (), things: Collection[str] = ()) -> bool:
    """Whether it states a deed that was done, by one of its ``words``, and with one of the things
    where a clause tells both: no question, no plan, and not that it was not."""
    told = about(words, unit.what)
    told = [one for one in told if any(says(thing, one.text) for thing in things)] or told
    if any(one.undone or is_ahead(one.text) for one in told) or asks_for(words, unit.what):
        return False
    return not is_question(unit.what) and bool(unit.kind == "caption" or stated(unit.what))


def tells_own_deed(verb: str, unit: Unit, names: frozenset[str]) -> bool:
    """Whether whoever says it did what a verb says: "I heard that Tom bought it" tells of no such
    deed, "bought milk" does."""
    told = about([verb], unit.what, names)
    doers = {who for one in told for who in one.doers(verb)}
    return bool(doers & {SPEAKER, GROUP}) or not (doers or any(one.reported for one in told))
