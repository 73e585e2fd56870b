"""Whom and what "she", "it" and "that" of a new question mean: who and what the last one spoke of.

Nothing is guessed: with two persons to choose from, or a noun in the new question itself that a
pronoun may mean, the pronoun stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from egogpt.text.tokens import ANSWER_TYPES, STOP_WORDS, fold, tokens
from egorag.conversation.time_carryover import without_time
from egorag.question.plan import Plan
from memory.types.core import Turn

_SHE = """sister mother mum mom mommy daughter aunt grandmother grandma granny wife girlfriend niece
    woman lady girl"""
_HE = """brother father dad daddy son uncle grandfather grandpa husband boyfriend nephew man
    boy guy"""
_EITHER = """friend neighbour neighbor colleague boss doctor dentist teacher partner cousin child
    baby guest visitor plumber nurse driver waiter landlord coach"""
_FEMALE, _MALE = frozenset(_SHE.split()), frozenset(_HE.split())
PERSONS = _FEMALE | _MALE | frozenset(_EITHER.split())
DETERMINER = r"(?:the|a|an|my|our|your|his|her|their|this|these|those|which|what|\w+['’]s)"
_PHRASE = re.compile(
    rf"\b(?P<det>{DETERMINER}) (?=(?P<rest>[\w'’-]+(?: [\w'’-]+){{0,3}}))", re.IGNORECASE
)
_NAME = re.compile(r"[^\W\d_][\w'’.-]{0,30}(?: [\w'’.-]{1,30}){0,3}")
_ANY = frozenset("a an the which what".split())
_DOING = re.compile(r"\b(?:do|does|did) $", re.IGNORECASE)
_PLACED = re.compile(r"\b(?:in|at|near|from|through|into) $", re.IGNORECASE)
_PERSONAL = re.compile(r"\b(?:she|he|her|him|hers|his)\b", re.IGNORECASE)
_PLURAL = re.compile(r"\b(?:they|them|their)\b", re.IGNORECASE)
_OBJECT = re.compile(r"\b(?:it|that one|this one)\b", re.IGNORECASE)
_IMPERSONAL = re.compile(
    r"\b(?:is|was|has) it (?!there\b|then\b|\?|$)|\bd(?:id|oes) it (?:rain|snow|get|happen|take)\b"
    r"|\b(?:what|how) (?:time|late|day|date"
    r"|cold|hot|warm|dark|far) (?:is|was) it\b",
    re.IGNORECASE,
)
_ANYBODY = re.compile(r"\b(?:who|whom|somebody|someone|anybody|anyone|everybody|everyone)\b", re.I)
_POSSESSIVE = re.compile(
    r"\b(?P<word>her|his|their)\b(?= (?!(?:last|first|again|yesterday|today|about|on|in|at|to|for"
    r"|with|and|or|before|after|there|then|when|while)\b)\w)",
    re.IGNORECASE,
)


def thing_of(plan: Plan) -> str:
    """The one thing that the question names, with its determiner; "" where there is none or two."""
    things = things_of(plan)
    return things[0] if len(things) == 1 else ""


def things_of(plan: Plan) -> list[str]:
    """The things that a question names, each with its determiner."""
    text, things = without_time(plan), list[str]()
    for match in _PHRASE.finditer(text):
        words = _nouns(match["rest"], text[: match.start()])
        if not words or fold(words[-1]) in PERSONS:
            continue
        if match["det"].lower() in ("what", "which") and fold(words[0]) in ANSWER_TYPES:
            continue
        article = match["det"].lower()
        things.append(" ".join(["the" if article in _ANY else match["det"], *words]))
    return list(dict.fromkeys(things))


def _nouns(rest: str, before: str) -> list[str]:
    """The phrase up to what ends it; after "did the parcel arrive" the last word is its verb."""
    words: list[str] = []
    for word in rest.split():
        if fold(word) in STOP_WORDS or len(words) == 3:
            break
        words.append(word)
    verb = len(words) > 1 and (_DOING.search(before) or words[-1].endswith(("ed", "ing")))
    return words[:-1] if verb else words


def people_of(turn: Turn) -> list[str]:
    """The people of the answer, without labels that are no names: they may be a recording's."""
    return [name for name in turn.people if _NAME.fullmatch(name)]


def people_in(plan: Plan) -> list[str]:
    """The names in a question that are no places, as they are written."""
    text = without_time(plan)
    return [
        text[token.start : token.end].split("'")[0].split("’")[0]
        for at, token in enumerate(tokens(text))
        if token.capital
        and at > 0
        and token.word not in STOP_WORDS
        and len(token.word) > 1
        and not _PLACED.search(text[: token.start])
    ]


def person_of(plan: Plan, turn: Turn, pronoun: str) -> str:
    """The one person whom "she" or "he" can mean, as a noun; "" where nobody or several can."""
    named = list(dict.fromkeys(people_in(plan)))
    kin = [phrase for phrase in kin_of(plan) if _suits(phrase, pronoun)]
    owned = " ".join(kin)  # of "Anna's sister", the sister is meant
    named = [name for name in named if f"{name}'s" not in owned and f"{name}’s" not in owned]
    if len(named) + len(kin) > 1:
        return ""
    if named or kin:
        return (named or kin)[0]
    people = people_of(turn)
    return people[0] if len(people) == 1 else ""


def kin_of(plan: Plan) -> list[str]:
    """Who is named in a question by what they are: "my brother", "Anna's sister"."""
    found = []
    for match in _PHRASE.finditer(without_time(plan)):
        words = match["rest"].split()
        for at, word in enumerate(words[:2]):
            if fold(word).split("'")[0] in PERSONS and match["det"].lower() not in ("a", "an"):
                found.append(" ".join([match["det"], *words[: at + 1]]))
                break
    return found


def _suits(phrase: str, pronoun: str) -> bool:
    noun = fold(phrase).split()[-1]
    other = _MALE if pronoun.lower() in ("she", "her", "hers") else _FEMALE
    return noun not in other


def several_of(plan: Plan, turn: Turn) -> str:
    """Whom "they" can mean: the two or three people of the question, else of its answer."""
    named = list(dict.fromkeys(people_in(plan)))
    people = named if len(named) > 1 else people_of(turn)
    if not 2 <= len(people) <= 3:
        return ""
    return f"{', '.join(people[:-1])} and {people[-1]}"


def resolved(text: str, plan: Plan, turn: Turn) -> str:
    """The new words with their pronouns replaced by whom and what the earlier question named."""
    text = _replaced(text, _PERSONAL, lambda word: person_of(plan, turn, word))
    text = _replaced(text, _PLURAL, lambda _: several_of(plan, turn))
    if not _IMPERSONAL.search(text):
        text = _replaced(text, _OBJECT, lambda _: thing_of(plan))
    return text


def points_back(text: str) -> bool:
    """Whether a pronoun of the text means something outside it, known or not."""
    found = [one for one in (_PERSONAL.search(text), _PLURAL.search(text)) if one]
    if (thing := _OBJECT.search(text)) and not _IMPERSONAL.search(text):
        found.append(thing)
    return any(not names_itself(text[: one.start()], one[0]) for one in found)


def has_open_pronoun(text: str) -> bool:
    """Whether a pronoun is left that means something outside the text, or an "it" of any kind."""
    thing = _OBJECT.search(text) is not None and _IMPERSONAL.search(text) is None
    return thing or points_back(text)


def _replaced(text: str, pattern: re.Pattern[str], find: Callable[[str], str]) -> str:
    match = pattern.search(text)
    if match is None or names_itself(text[: match.start()], match[0]):
        return text
    noun = find(match[0])
    if not noun:
        return text
    owned = _POSSESSIVE.match(text, match.start())
    word = f"{noun}'s" if owned or match[0].lower() in ("hers", "his") else noun
    return text[: match.start()] + word + text[match.end() :]


def names_itself(before: str, pronoun: str) -> bool:
    """Whether words before a pronoun already name what it may mean."""
    named = any(t.capital and at > 0 and t.word != "i" for at, t in enumerate(tokens(before)))
    noun = any(
        _nouns(match["rest"], "")
        for match in _PHRASE.finditer(before)
        if match["det"].lower() not in ("what", "which")
    )
    somebody = pronoun.lower() != "it" and _ANYBODY.search(before) is not None
    return named or noun or (somebody and not re.match(r"^(?:\w+ )?who(?:m|se)?\b", before, re.I))
