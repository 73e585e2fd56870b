"""A question becomes a plan: what kind of answer, about what, when, and which words must be met.

Rules only, so that the same question always gets the same plan and the plan can be shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from typing import Any, Literal, TypeAlias

from egogpt.extraction.quantities import unit_asked
from egogpt.text.tokens import (
    ANSWER_TYPES,
    LIGHT_WORDS,
    STOP_WORDS,
    Token,
    content_words,
    fold,
    is_numbered,
    tokens,
    words_of,
)
from egorag.language.language import Language, language_of
from egorag.language.verbs import forms_of
from egorag.question.task_question import read_todo
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import TimeReference, find_time
from memory.store.view import View
from memory.types.core import Citation, Question, Span

Kind = Literal["lookup", "when", "who", "where", "count", "how_long", "summarise", "yes_no", "todo"]
Order = Literal["", "first", "last"]
Table: TypeAlias = Mapping[str, Any]

PEOPLE_WORDS = frozenset({"person", "people", "persons", "leute", "personen", "menschen"})

# A question that points back, and in brackets the one before it (``conversation/follow_up.py``).
BRACKETS = re.compile(r"(?P<own>.+?)[?？]? ?[(（](?P<before>.+)[)）]$")
A_DAY = 72_000.0  # seconds: what is of parts of a day was seen then, not told later
TOLD_WITHIN = 20 * 86_400.0  # seconds: what happened to others is told in the weeks after
_FIRST_PERSON = re.compile(r"\b(?:I|[Mm]e|[Mm]y|[Mm]ine|[Mm]yself|[Ww]e|[Uu]s|[Oo]urs?)\b")
WIDER = 5  # times as much is retrieved where windows will leave most of it out
_DAY = 86_400.0
_WEEK = 7.5 * _DAY  # of hours that change with the clocks, too
_WINDOWS = 6  # windows that a summary tells of: the latest


@dataclass(frozen=True, slots=True)
class Plan:
    """What a question asks. ``required`` are the words that evidence must speak of, ``head`` the
    weightiest of them; ``query`` is the question without its time words; ``recalled`` is what the
    answer before rests on, where the question points back to it."""

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
    recalled: tuple[Citation, ...] = ()

    @property
    def language(self) -> Language:
        """The language of the question: answers are in it."""
        return language_of(self.text)

    @property
    def core(self) -> str:
        """The question without what only colours it: "in the end", "by the way"."""
        return _uncoloured(self.text)

    @property
    def of_another(self) -> bool:
        """Whether it asks of somebody else by name: such things are mostly told, and told later."""
        return bool(self.names) and not _FIRST_PERSON.search(self.text)

    @property
    def of_former(self) -> bool:
        """Whether it asks for what held before what holds now: "where was the key before?"."""
        return re.search(self.language.table("question")["former"], self.text.lower()) is not None

    @property
    def exact_span(self) -> Span | None:
        """The interval that may not be left, or None."""
        return self.time.span if self.time and self.time.exact else None

    @property
    def time_filter(self) -> Span | None:
        """The time outside which nothing counts: one that was chosen, or all that is asked about.

        Any other only favours: what is said of a Monday may be said on the Sunday.
        """
        time = self.time
        if time is None or not time.exact:
            return None
        alone = not time.text or time.recurring or _is_whole(self.required)
        return time.span if alone else None

    @property
    def about_deed(self) -> bool:
        """Whether only a light verb says what it is about ("watched"), which no picture shows."""
        table = self.language.table("question")
        return bool(self.required) and self.required == _deed(self.query, self.kind, table)

    @property
    def about_anything(self) -> bool:
        """Whether no word says what the question is about, so that all of its time counts."""
        return not self.required

    @property
    def asks_amount(self) -> bool:
        """Whether it asks how much or how many, which no list of what was said tells."""
        return (
            self.language.pattern("question", "asks_amount").search(self.query.lower()) is not None
        )


def make_plan(question: Question, wearers: Sequence[str] = ()) -> Plan:
    """The plan of a question. ``wearers`` are others whose own cameras tell what they did.

    Raises:
        ValueError: the question's time zone is unknown.
    """
    plan = plan_of(question.text, LocalTime.of(question.asked_at, question.timezone), wearers)
    if plan.kind == "todo" and question.choices:  # the options are weighed, no list is asked for
        table = language_of(plan.query).table("question")
        return replace(plan, kind=_ordinary_kind(plan.query, table))
    return plan


def plan_of(
    text: str, local: LocalTime, wearers: Sequence[str] = (), *, timed: bool = True
) -> Plan:
    """The plan of a question's words, asked at a moment; ``wearers`` as of ``make_plan``. Words of
    time are words to find where it is not ``timed``."""
    time = find_time(text, local) if timed else None
    table = language_of(text).table("question")
    former = re.search(table["former"], text.lower()) is not None  # 钥匙之前在哪里 tells no time
    # "Since when is it off?"
    since = time.anchor.text.lower().rstrip("?)") if time and time.anchor else ""
    if time and (former or since in table["asking"] or is_asked(text, time.pieces, table)):
        time = None
    time = _through(time, text, local, table)
    query = without(text, time.pieces if time else ())
    query = re.sub(table["polite"], "", query, flags=re.IGNORECASE).strip() or text
    for short, full in table["contracted"].items():
        query = re.sub(short, full, query, flags=re.IGNORECASE)
    general = general_in_english(query := _uncoloured(query), language_of(text))
    query = general or query
    table = language_of(general or text).table("question")
    kind = "todo" if read_todo(query) else _ordinary_kind(query, table)
    asked_for = _asked_for(query, table)
    found = tokens(query)
    names = () if table["capital_nouns"] else _names(found)
    recording = {word for name in wearers for word in words_of(name)}
    time = _told(time, tuple(name for name in names if name not in recording), text)
    order = "|".join(table[name] for name in ("first", "last"))
    terms = tuple(
        word
        for word in content_words(query)
        if word not in language_of(general or text).empty_words
        and not (not word.isascii() and re.fullmatch(order, word))
    )
    required = _required(query, terms, names, asked_for, table)
    if adviser := re.search(table["asked_adviser"], query.lower()):  # whose words need not say so
        required = tuple(word for word in required if word != fold(adviser["verb"]))
    if not required and (deed := _deed(query, kind, table)):
        required, terms = deed, tuple(dict.fromkeys((*terms, *forms_of(deed[0]))))
    amount = kind != "count" and re.search(table["asks_amount"], query.lower())
    if not required and time is None and (amount or unit_asked(query)):  # "how far did I walk"
        required = tuple(word for word in terms if word != "far")
    if not required and time is None:  # "which room is the meeting in?"
        required = _nouns(found, terms, table["determiners"])
    people = kind == "who" or (kind == "count" and re.search(table["people"], query.lower()))
    if people and not required and not re.search(table["speech"], query.lower()):
        required = ("person",)
    if kind == "summarise" and any(word not in LIGHT_WORDS for word in required):
        kind = "lookup"
    if time and _is_whole(required) and not time.anchor:  # nothing else says which clips are meant
        time = replace(time, exact=True)
    elif time and time.end and not _is_whole(required):  # "lent until spring": lent before
        terms, time = (*terms, *content_words(time.text)), None
    elif time and not _is_whole(required) and re.fullmatch(table["colours"], time.text.lower()):
        time = None  # what I read "at the moment" may have been told long ago
    return Plan(
        text, query, kind, _order(query, kind, table), terms, required,
        _head(found, required, table["determiners"]), names, asked_for, time, local,
    )  # fmt: skip


def _is_whole(required: tuple[str, ...]) -> bool:
    """Whether all of a time is asked for, or whoever was there."""
    return required in ((), ("person",))


def _through(
    time: TimeReference | None, text: str, local: LocalTime, table: Table
) -> TimeReference | None:
    """The time; of what is to be done "by tonight", the night is meant, too."""
    if time is None or time.span.end < local.asked_at or not re.search(table["owed"], text.lower()):
        return time
    part = find_time(re.sub(table["by"], "", time.text.lower()).strip(), local, "future")
    if part is None or part.span.duration >= A_DAY or part.span.start != time.span.end:
        return time
    return replace(time, span=Span(time.span.start, part.span.end))


def _told(time: TimeReference | None, names: tuple[str, ...], text: str) -> TimeReference | None:
    """The time; one of days and more in the life of somebody else may only favour, not filter."""
    if time is None or not names or _FIRST_PERSON.search(text) or time.span.duration < A_DAY:
        return time
    return replace(time, exact=False)


def _uncoloured(text: str) -> str:
    colours = language_of(text).table("question")["colours"]
    plain = re.sub(rf"\s*,?\s*(?:{colours})", "", text, flags=re.IGNORECASE).lstrip(" ,，")
    return plain if re.search(r"\w", plain) else text


def is_asked(text: str, pieces: Sequence[tuple[int, int]], table: Table) -> bool:
    """Whether the time that is named is what is asked for or spoken of, and nothing that the search
    may rest on: "which Sunday am I covering?", "what did she say about Friday?", "is it in the
    morning? (when is the rehearsal)"."""
    chain = BRACKETS.match(text)
    own = chain["own"] if chain else text
    if not pieces or pieces[-1][1] > len(own):
        return False
    which = rf"(?:{table['which']})\s*$"
    if len(pieces) == 1 and (
        re.search(which, own[: pieces[0][0]].lower()) or is_spoken_of(own, pieces[0], table)
    ):
        return True
    rest = without(own, pieces).strip(table["marks"]).lower()
    last = not re.search(r"\w", own[pieces[-1][1] :])
    return (bool(rest) or chain is not None) and last and bool(re.match(table["is_when"], rest))


def asks_to_see(text: str) -> bool:
    """Whether a question asks for what only a picture shows: "what was I wearing?"."""
    return re.search(language_of(text).table("question")["seeing"], text.lower()) is not None


def is_spoken_of(text: str, piece: tuple[int, int], table: Table) -> bool:
    """Whether a time is what somebody spoke of: "what did she say about Friday?"."""
    marked = f"{text[: piece[0]]}<>{text[slice(*piece)]}".lower()
    return re.search(table["spoken_of"], marked) is not None


def without(text: str, places: Sequence[tuple[int, int]]) -> str:
    """The text without what stands at some places of it."""
    for start, end in sorted(places, reverse=True):
        text = f"{text[:start].rstrip()} {text[end:].lstrip()}"
    return re.sub(r"\s+([?.!,])", r"\1", text).strip()


def _ordinary_kind(query: str, table: Table) -> Kind:
    low = query.lower().replace("’", "'")
    kinds: Mapping[Kind, str] = table["kinds"]
    return next((kind for kind, pattern in kinds.items() if re.search(pattern, low)), "lookup")


def _order(query: str, kind: Kind, table: Table) -> Order:
    """Whether the first or the last is asked for: by whichever word stands first."""
    if kind not in ("when", "where", "lookup", "who"):
        return ""
    orders: tuple[Order, ...] = ("first", "last")
    found = ((re.search(table[order], query.lower()), order) for order in orders)
    places = {match.start(): order for match, order in found if match}
    return places[min(places)] if places else ""


def _asked_for(query: str, table: Table) -> str:
    """The word that names the kind of answer: "colour" of "what colour was …", else ""."""
    match = re.search(table["asked_type"], query.lower())
    how, type_ = (match["how"], match["type"]) if match else ("", "")
    return how or (type_ if type_ in ANSWER_TYPES else "")


def _names(found: list[Token]) -> tuple[str, ...]:
    """Capitalised words that do not only begin the sentence, and people by their numbers."""
    return tuple(
        dict.fromkeys(
            token.word
            for at, token in enumerate(found)
            if (token.capital and at > 0 and token.word not in STOP_WORDS and len(token.word) > 1)
            or is_numbered(token.word)
        )
    )


def _required(
    query: str, terms: tuple[str, ...], names: tuple[str, ...], asked_for: str, table: Table
) -> tuple[str, ...]:
    verb = re.search(table["verb_after_subject"], query.lower())
    skipped = {asked_for} | ({verb["verb"]} if verb and verb["verb"] in LIGHT_WORDS else set())
    return tuple(w for w in terms if (w not in LIGHT_WORDS or w in names) and w not in skipped)


def _deed(query: str, kind: Kind, table: Table) -> tuple[str, ...]:
    """The verb of a question that says nothing but what "I" did, unless that is anything at all:
    "watched", and not "did" or "saw"."""
    asked = re.search(table["own_deed"], query)
    verb = fold(asked["verb"] or "") if asked else ""
    light = verb in LIGHT_WORDS or (len(verb) == 1 and not verb.isascii())
    whole = verb in table["open_deeds"] or kind == "yes_no" or unit_asked(query)
    return (verb,) if light and not whole else ()


def _nouns(
    found: list[Token], terms: tuple[str, ...], determiners: Sequence[str]
) -> tuple[str, ...]:
    """Words that a determiner makes nouns of, which in other places say little: "the meeting"."""
    after = {word.word for before, word in pairwise(found) if before.word in determiners}
    return tuple(word for word in terms if word in after)


def _head(found: list[Token], required: tuple[str, ...], determiners: Sequence[str]) -> str:
    """The last word of the first noun phrase with a determiner, else the last required word."""
    for at, token in enumerate(found):
        if token.word in determiners:
            after = (following.word for following in found[at + 1 :])
            phrase = takewhile(lambda word: word not in STOP_WORDS, after)
            if inside := [word for word in phrase if word in required]:
                return inside[-1]
    return required[-1] if required else ""


def general_in_english(query: str, language: Language) -> str:
    """The English question of the same meaning as 做了什么; "" of one that is about something.

    Chinese has no gaps between words, and of other languages the rules read too little, so that it
    would be searched for by words that nobody ever said. ``query`` has no words of its time.
    """
    asked, general = language.bare(query).lower(), language.table("question")["general"]
    patterns = {english: language.pattern("question", f"general.{english}") for english in general}
    return next((e for e, pattern in patterns.items() if pattern.fullmatch(asked)), "")


def in_windows(plan: Plan, span: Span) -> bool:
    """Whether something lies in the windows of a recurring time; true where none recurs."""
    if plan.time is None or plan.time.recurring is None:
        return True
    reach = Span(span.start, max(span.end, span.start + 1e-3))
    return bool(plan.time.windows(plan.local, reach))


def bounds(view: View, plan: Plan) -> Sequence[Span | None]:
    """The intervals to be summarised: one, none named, or the latest recorded windows.

    Of "a week ago" the day itself, where it was recorded.
    """
    time = plan.time
    if time and time.named and A_DAY <= time.named.duration <= time.span.duration < _WEEK:
        return [time.named if view.coverage(time.named).indexed else time.span]
    if plan.time is None or plan.time.recurring is None:
        return [plan.time.span if plan.time else None]
    recorded = view.coverage(plan.time.span).indexed
    if not recorded:
        return [plan.time.span]
    reach = Span(recorded[0].start - _DAY, recorded[-1].end + _DAY)  # windows stay whole
    windows = plan.time.windows(plan.local, reach)
    return [w for w in windows if any(map(w.overlaps, recorded))][-_WINDOWS:]
