"""What a Chinese sentence tells was done: the activity, by whom, with whom, where, for how long.

told_in_chinese("我和小红看了两个小时电影。")[0].minutes  # 120.0
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from egogpt.extraction.chinese_activities import ChinesePhrase, chinese_catalogue
from egogpt.extraction.chinese_clauses import ChineseClause, read_clauses
from egogpt.extraction.chinese_objects import company_of, place_of, thing_of, things_listed
from egogpt.extraction.chinese_quantities import is_whole, minutes_in, quantity_in
from egogpt.extraction.event import Told
from egogpt.text.chinese_text import sentences

_NOBODY = frozenset({"你", "你们", "您", "它", "它们", "谁", "别人", "人家"})  # nothing is counted
# Whose words follow, where a transcript says so in its text: "其他人:我买了香槟".
_TAG = re.compile(r"^(其他人|别人|小[\u4e00-\u9fff]|[A-Z][A-Za-z]+)[:\uff1a]\s*")
_BA = re.compile("把|将(?!来|要)")
_TOPIC = re.compile(r"(?:我们?|都|已经|也|刚刚?|终于|全|全部|先)+$")


def told_in_chinese(text: str, *, told: bool = True, known: Collection[str] = ()) -> list[Told]:
    """What a text tells was done, in order; ``known`` are names of people that are known."""
    found: list[Told] = []
    tag = _TAG.match(text)
    for sentence in sentences(text[tag.end() :] if tag else text):
        for clause in read_clauses(sentence, told and not tag, known):
            for one in _in_clause(clause, known):
                doer = one.doer or (tag[1] if tag else "")
                _add(found, replace(one, sentence=sentence, doer=doer))
    return found


def _in_clause(clause: ChineseClause, known: Collection[str]) -> list[Told]:
    if clause.doer is None or clause.doer in _NOBODY or clause.days_ago is None:
        return []
    if clause.days_ago and clause.doer:  # of another day only the wearer's own account counts
        return []
    found = _read(clause, known)
    if found:
        return found
    turned = (
        one
        for text, thing, verb in _turned(clause)
        for one in _read(replace(clause, text=text), known)
        if thing in one.object and one.verb[0] == verb
    )
    return [*turned][:1]


def _read(clause: ChineseClause, known: Collection[str]) -> list[Told]:
    hits: list[tuple[ChinesePhrase, int, int]] = []
    at, text = 0, clause.text
    while at < len(text):
        hit = chinese_catalogue().at(text, at)
        if hit is None:
            at += 1
            continue
        phrase, end = hit
        verb = end - 1 if _led(phrase) else at
        if phrase.activity and clause.happened(verb, end if _led(phrase) else at + phrase.verb):
            hits.append((phrase, at, end))
        at = at + phrase.verb if phrase.activity and phrase.open and not _led(phrase) else end
    # 躺着看书: what is done meanwhile is not told of itself.
    hits = [h for n, h in enumerate(hits) if n == len(hits) - 1 or not _meanwhile(text, *h)]
    found = [_event(clause, *hit, known) for hit in hits]
    return _measured(clause, found, hits[0][1] if hits else 0)


def _turned(clause: ChineseClause) -> list[tuple[str, str, str]]:
    """The clause with its thing after the verb (洗了碗 for 把碗洗了, 碗洗了), thing and verb."""
    text = clause.text
    if ba := _BA.search(text):
        first, thing_at = ba.start(), ba.end()
    else:
        first = thing_at = clause.start
    turned = []
    for at in range(thing_at + 1, min(len(text), thing_at + 12)):
        thing = _TOPIC.sub("", text[thing_at:at])
        if thing and text[at] in chinese_catalogue().phrases and clause.happened(at, at + 1):
            turned.append((f"{text[:first]}{text[at:].rstrip('了')}了{thing}", thing, text[at]))
    return turned


def _event(
    clause: ChineseClause, phrase: ChinesePhrase, at: int, end: int, known: Collection[str]
) -> Told:
    text = clause.text
    whole = "~" in phrase.text or not phrase.open or _led(phrase)
    verb_end = end if whole else at + phrase.verb
    at = end - 1 if _led(phrase) else at
    thing = "" if "~" in phrase.text else things_listed(thing_of(text[verb_end:]))
    people = (*clause.beside, *company_of(text, at, phrase.activity, known))
    people = tuple(dict.fromkeys(name for name in people if name != clause.doer))
    if thing in people or phrase.activity == "seeing people":
        thing = ""
    return Told(
        activity=phrase.activity,
        kind=phrase.kind,
        verb=re.split(r"[~*<]", phrase.text)[0],
        object=thing,
        place=place_of(text, at),
        people=people,
        doer=clause.doer or "",
        quantity=None,
        unit="",
        minutes=None,
        whole="今天" in text or bool(clause.days_ago),
        sentence=text,
        days_ago=clause.days_ago or 0,
    )


def _meanwhile(text: str, phrase: ChinesePhrase, at: int, end: int) -> bool:
    """Whether 着 marks it as what goes on beside something else."""
    return "着" in (text[at + phrase.verb :][:1], text[end:][:1])


def _led(phrase: ChinesePhrase) -> bool:
    """Whether its verb stands last: 晚饭*吃."""
    return phrase.open and phrase.text.endswith("吃")


def _measured(clause: ChineseClause, found: list[Told], at: int) -> list[Told]:
    """The events with the length and amount that the clause tells, of the first of them."""
    if not found:
        return found
    minutes = minutes_in(clause.text)
    quantity, unit = quantity_in(clause.text[at:])
    whole = found[0].whole or minutes is not None or is_whole(unit)
    return [
        replace(found[0], minutes=minutes, quantity=quantity, unit=unit, whole=whole),
        *found[1:],
    ]


def _add(found: list[Told], one: Told) -> None:
    """Adds what is told; of one activity in one sentence a second clause only says more."""
    last = next((n for n in range(len(found)) if _alike(found[n], one)), None)
    if last is None:
        found.append(one)
        return
    before = found[last]
    things = ", ".join(dict.fromkeys(filter(None, (before.object, one.object))))
    found[last] = replace(
        before,
        kind=before.kind or one.kind,
        object=things,
        place=before.place or one.place,
        people=tuple(dict.fromkeys((*before.people, *one.people))),
        quantity=before.quantity if before.quantity is not None else one.quantity,
        unit=before.unit or one.unit,
        minutes=before.minutes if before.minutes is not None else one.minutes,
        whole=before.whole or one.whole,
    )


def _alike(one: Told, other: Told) -> bool:
    return (
        (one.sentence, one.activity, one.doer) == (other.sentence, other.activity, other.doer)
        and (not one.kind or not other.kind or one.kind == other.kind)
        and (one.minutes is None or other.minutes is None)
    )
