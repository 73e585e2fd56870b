"""A question becomes a plan: what kind of answer, about what, when, and which words must be met.

Rules only, so that the same question always gets the same plan and the plan can be shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from egogpt.text.tokens import ANSWER_TYPES, LIGHT_WORDS, STOP_WORDS, Token, content_words, tokens
from egorag.question.chinese_overview import general_in_english
from egorag.question.task_question import read_todo
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import TimeReference, find_time
from memory.types.core import Question

Kind = Literal["lookup", "when", "who", "where", "count", "how_long", "summarise", "yes_no", "todo"]
Order = Literal["", "first", "last"]

_POLITE = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|please|so|and|well)[, ]+)*"
    r"(?:(?:can|could|would|will) you (?:please )?(?:tell|show|remind) me(?: about)?"
    r"(?: if| whether)? "
    r"|(?:please )?(?:tell|remind) me(?: about)? |do you (?:know|remember)(?: if| whether)? "
    r"|i (?:want|would like|'d like) to know(?: if| whether)? |please )?",
    re.IGNORECASE,
)
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))  # type: ignore[misc]
    for kind, pattern in (
        ("count", r"^(?:.* )?(?:how many|how often|how frequently|what number of|count)\b"),
        ("how_long", r"^(?:.* )?(?:how long|how much time|what duration)\b"),
        (
            "when",
            r"^(?:on |at |since |until |in )?(?:when\b|what (?:time|day|date|month|year)\b"
            r"|which (?:day|date|month|year)\b)|^(?:list|show)(?: me)? (?:all )?(?:the )?times\b",
        ),
        (
            "where",
            r"^(?:to |from |in )?where\b|^in (?:what|which) (?:room|place|city|town|street)\b",
        ),
        (
            "who",
            r"^(?:with |to |from |by |for |about )?(?:who|whom|whose)\b"
            r"|^(?:which|what) (?:person|people)\b",
        ),
        (
            "summarise",
            r"^(?:summar|recap|give me (?:a|an) (?:summary|overview|recap))"
            r"|^how (?:was|did) (?:my|the) (?:day|week|weekend|month|morning|afternoon|evening)"
            r"|^what (?:did|have|was|were) (?:i|we) (?:been )?(?:do|done|doing|up to)\b"
            r"|^what (?:happened|was going on|went on)\b"
            r"|^(?:my |the )?(?:day|week|weekend|morning|afternoon|evening)\b",
        ),
        (
            "yes_no",
            r"^(?:did|do|does|was|were|is|are|am|have|has|had|can|could|will|would|should|didn't"
            r"|wasn't|isn't|if|whether)\b",
        ),
    )
)
_DETERMINERS = frozenset(
    "the a an my our his her their your its this that these those any some no".split()
)
_ASKED_TYPE = re.compile(
    r"\b(?:what|which|whose)(?: is| was| were| are)?(?: the)? (?:kind|sort|type) of \w+"
    r"|\b(?:what|which)(?: is| was| were| are)?(?: the)? (?P<type>\w+)|\bhow (?P<how>\w+)"
)
_SPEECH = re.compile(
    r"\b(?:said|say|says|spoke|speak|talked|talk|told|asked|called)\b", re.IGNORECASE
)
PEOPLE_WORDS = frozenset({"person", "people", "persons"})
_PEOPLE = re.compile(r"\bhow many (?:\w+ )?(?:people|persons)\b", re.IGNORECASE)
_VERB_AFTER_SUBJECT = re.compile(
    r"\b(?:did|do|does|have|has|had|was|were|am|is|are) "
    r"(?:i|we|you|he|she|they|it|somebody|someone) (?P<verb>\w+)"
)

A_DAY = 72_000.0  # seconds: what is of parts of a day was seen then, not told later
TOLD_WITHIN = 20 * 86_400.0  # seconds: what happened to others is told in the weeks after
_FIRST_PERSON = re.compile(r"\b(?:I|[Mm]e|[Mm]y|[Mm]ine|[Mm]yself|[Ww]e|[Uu]s|[Oo]urs?)\b")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a question asks. ``required`` are the words that evidence must speak of, ``head`` the
    weightiest of them; ``query`` is the question without its time words."""

    text: str
    query: str
    kind: Kind
    order: Order
    terms: tuple[str, ...]
    required: tuple[str, ...]
    head: str
    names: tuple[str, ...]
    asked_for: str
    time: TimeReference | None
    local: LocalTime

    @property
    def of_another(self) -> bool:
        """Whether it asks of somebody else by name: such things are mostly told, and told later."""
        return bool(self.names) and not _FIRST_PERSON.search(self.text)

    @property
    def about_anything(self) -> bool:
        """Whether no word says what the question is about, so that all of its time counts."""
        return not self.required


def make_plan(question: Question) -> Plan:
    """The plan of a question.

    Raises:
        ValueError: the question's time zone is unknown.
    """
    plan = plan_of(question.text, LocalTime.of(question.asked_at, question.timezone))
    if plan.kind == "todo" and question.choices:  # the options are weighed, no list is asked for
        return replace(plan, kind=_ordinary_kind(plan.query))
    return plan


def plan_of(text: str, local: LocalTime) -> Plan:
    """The plan of a question's words, asked at a moment."""
    time = find_time(text, local)
    query = _POLITE.sub("", _without(text, time)).strip() or text
    if not query.isascii():
        query = general_in_english(query) or query
    kind = _kind(query)
    asked_for = _asked_for(query)
    found = tokens(query)
    names = _names(found)
    time = _told(time, names, text)
    terms = tuple(content_words(query))
    required = _required(query, terms, names, asked_for)
    people = kind == "who" or (kind == "count" and _PEOPLE.search(query))
    if people and not required and not _SPEECH.search(query):
        required = ("person",)
    if kind == "summarise" and any(word not in LIGHT_WORDS for word in required):
        kind = "lookup"
    time = _all_of(time, required)
    return Plan(
        text, query, kind, _order(query, kind), terms, required,
        _head(found, required), names, asked_for, time, local,
    )  # fmt: skip


def _all_of(time: TimeReference | None, required: tuple[str, ...]) -> TimeReference | None:
    """The time; it filters where nothing else says which clips are meant."""
    if time and not time.anchor and required in ((), ("person",)):
        return replace(time, exact=True)
    return time


def _told(time: TimeReference | None, names: tuple[str, ...], text: str) -> TimeReference | None:
    """The time; one of days and more in the life of somebody else may only favour, not filter."""
    if time is None or not names or _FIRST_PERSON.search(text) or time.span.duration < A_DAY:
        return time
    return replace(time, exact=False)


def _without(text: str, time: TimeReference | None) -> str:
    for start, end in reversed(time.pieces if time else ()):
        text = f"{text[:start].rstrip()} {text[end:].lstrip()}"
    return re.sub(r"\s+([?.!,])", r"\1", text).strip()


def _kind(query: str) -> Kind:
    return "todo" if read_todo(query) else _ordinary_kind(query)


def _ordinary_kind(query: str) -> Kind:
    low = query.lower().replace("’", "'")
    return next((kind for kind, pattern in _KINDS if pattern.search(low)), "lookup")


def _order(query: str, kind: Kind) -> Order:
    if kind not in ("when", "where", "lookup", "who"):
        return ""
    match = re.search(r"\b(first|last|latest|most recently|earliest)\b", query.lower())
    if not match:
        return ""
    return "first" if match.group() in ("first", "earliest") else "last"


def _asked_for(query: str) -> str:
    """The word that names the kind of answer: "colour" of "what colour was …", else ""."""
    match = _ASKED_TYPE.search(query.lower())
    if not match:
        return ""
    word = match["type"] or match["how"] or ""
    return word if match["how"] or word in ANSWER_TYPES else ""


def _names(found: list[Token]) -> tuple[str, ...]:
    """Capitalised words that do not only begin the sentence."""
    return tuple(
        dict.fromkeys(
            token.word
            for at, token in enumerate(found)
            if token.capital and at > 0 and token.word not in STOP_WORDS and len(token.word) > 1
        )
    )


def _required(
    query: str, terms: tuple[str, ...], names: tuple[str, ...], asked_for: str
) -> tuple[str, ...]:
    verb = _VERB_AFTER_SUBJECT.search(query.lower())
    skipped = {asked_for} | ({verb["verb"]} if verb and verb["verb"] in LIGHT_WORDS else set())
    return tuple(w for w in terms if (w not in LIGHT_WORDS or w in names) and w not in skipped)


def _head(found: list[Token], required: tuple[str, ...]) -> str:
    """The last word of the first noun phrase with a determiner, else the last required word."""
    for at, token in enumerate(found):
        if token.word not in _DETERMINERS:
            continue
        phrase: list[str] = []
        for following in found[at + 1 :]:
            if following.word in STOP_WORDS:
                break
            phrase.append(following.word)
        inside = [word for word in phrase if word in required]
        if inside:
            return inside[-1]
    return required[-1] if required else ""
