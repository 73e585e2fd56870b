"""What a question means after the ones before it: "And on Wednesday?", "What did she say?".

    follow_up(Question("And on Monday?", asked_at, zone, earlier=(turn,))) -> "What did I do on …?"

The new words become a question that stands alone, by rules; where these do not reach, the question
before it is carried along in brackets. Only words that are asked openly are carried, so the person
can read what was understood. A question that stands alone passes unchanged.
"""

from __future__ import annotations

import re

from egogpt.text.chinese_text import is_chinese
from egorag.conversation.coreference import (
    has_open_pronoun,
    names_itself,
    points_back,
    resolved,
)
from egorag.conversation.joined import at_another_time, joined, lacks_content, with_person
from egorag.conversation.rewrite import rewrite_for, with_other_kind, with_other_object
from egorag.conversation.time_carryover import (
    beside_words,
    moment_words,
    own_words,
    read_fragment,
    span_words,
    without_time,
)
from egorag.question.plan import Plan, plan_of
from egorag.question.whole_questions import general_in_english
from egorag.time.calendar.local_time import LocalTime
from memory.types.core import Question, Turn

LONGEST = 2000  # characters of a question; what would grow beyond is left as it was asked
_LED = re.compile(r"^(?:(?:and|but|so|ok|okay|well)\b[, ]*)?(?:(?:what|how) about\b ?)?", re.I)
_FULL = re.compile(
    r"^(?:(?:on|to|with|from|by|for|in|at|since|until|about) )?(?:what|when|where|who|whom|whose"
    r"|which|why|how|did|do|does|was|were|is|are|am|have|has|had|can|could|will|would|should|show"
    r"|list|summari[sz]e|tell|give|recap|count|name|find|remind|describe|please|i|we|if)\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"\b(?P<side>before|after) (?:that|this|it)\b|\b(?P<next>afterwards?|next|later)$", re.I
)
_THEN = re.compile(
    r"\b(?:at that (?:time|moment)|back then|just then|then|on that day|that day|there)$", re.I
)
_PRESENCE = re.compile(
    r"^(?:who(?: else)?(?: (?:was|were))(?: (?:there|present|with (?:me|us)))?"
    r"|who(?: else)? (?:came(?: along| with (?:me|us))?|joined (?:me|us))|where (?:was|were)"
    r" (?:i|we)|how many people were there)$",
    re.IGNORECASE,
)
_OWN_SUBJECT = re.compile(
    r"\b(?:day|week|weekend|month|year|morning|afternoon|evening|night|life|today|now)\b", re.I
)
_PREPOSITION = re.compile(r"^(?:On|In|At|During|Between|After|Before|The|This|Last|Around) ")
_PRESENT = re.compile(r"\b(?:do|does|is|are|am|will|can|should)\b", re.IGNORECASE)


def follow_up(question: Question) -> str:
    """The question in full: its own text where it stands alone or nothing can be carried.

    Raises:
        ValueError: the question's time zone is unknown.
    """
    if not question.earlier or not question.text.strip():
        return question.text
    local = LocalTime.of(question.asked_at, question.timezone)
    turn = question.earlier[-1]
    before = _earlier_plan(turn, local)
    words = question.text.strip().rstrip(" ?.!\uff1f。\uff01")
    if is_chinese(words):
        made = _chinese(words, before, turn, local)
    else:
        made = _made(words, before, turn, local)
    if (not made or has_open_pronoun(made)) and lacks_content(words, plan_of(words, local)):
        made = joined(made or words, before.text)
    if made and len(made) < LONGEST and made.rstrip(" ?.!\uff1f") != words:
        mark = "\uff1f" if is_chinese(made) else "?"
        return made if made.endswith((")", "\uff09")) else f"{made.rstrip(' ?.!')}{mark}"
    return question.text


def _chinese(words: str, before: Plan, turn: Turn, local: LocalTime) -> str:
    """The earlier question at another time, or the new one with its person or its time."""
    if (named := with_person(words, turn)) != words:
        return named
    own = plan_of(words, local)
    if own.time is None and general_in_english(words):
        return f"{own_words(before)}{words}" if own_words(before) else ""
    return at_another_time(words, without_time(before), local)


def _earlier_plan(turn: Turn, local: LocalTime) -> Plan:
    """The earlier question as it would be asked now: its "yesterday" is still that day."""
    then = plan_of(turn.question, LocalTime(turn.asked_at, local.zone))
    time = then.time
    if time is None or time.anchor or time.recurring or then.local.today == local.today:
        return plan_of(turn.question, local)
    return plan_of(_ask(without_time(then), span_words(time.span, local)), local)


def _made(words: str, before: Plan, turn: Turn, local: LocalTime) -> str:
    """The new question, or "" where nothing is carried."""
    core, time = without_time(before), own_words(before)
    kind = rewrite_for(words)
    if kind is not None:
        word, pointing = kind
        when = time or (moment_words(turn.moment, local) if pointing and word != "When" else "")
        return _ask(with_other_kind(word, core, turn), when)
    led = _LED.match(words)
    rest = words[led.end() :] if led else words
    if _BESIDE.fullmatch(rest) or rest.lower() == "then":
        side = _BESIDE.fullmatch(rest)
        later = side is None or (side["side"] or "after").lower() == "after"
        whole = before.kind in ("lookup", "count", "how_long") and turn.moment is None
        asked = core if whole and time else "What did I do"
        return _ask(asked, when) if (when := beside_words(before, turn.moment, later=later)) else ""
    if not _FULL.match(rest):
        return _fragment(rest, bool(led and led[0]), before, local)
    return _whole(rest, before, turn, local)


def _fragment(fragment: str, led: bool, before: Plan, local: LocalTime) -> str:
    """A few words without a verb: another time, or another person or thing."""
    core, time = without_time(before), own_words(before)
    if when := read_fragment(fragment, before):
        return _ask(core, _PREPOSITION.sub(lambda found: found[0].lower(), when))
    if not led or len(fragment.split()) > 6:
        return ""
    plan = plan_of(fragment, local)
    made = with_other_object(without_time(plan), core, before)
    return _ask(made, own_words(plan) or time)


def _whole(words: str, before: Plan, turn: Turn, local: LocalTime) -> str:
    """A question with a verb: its pronouns, its "there" and "after that", or its missing time."""
    own = plan_of(words, local)
    text = resolved(words, before, turn)
    if side := _BESIDE.search(text):
        later = (side["side"] or "after").lower() == "after"
        when = beside_words(before, turn.moment, later=later)
        return _ask(text[: side.start()] + text[side.end() :], when) if when else ""
    if own.time is not None:
        return text if text != words else ""
    time = own_words(before)
    if (place := _THEN.search(text)) and own.kind != "when":
        when = time or moment_words(turn.moment, local)
        kept = text if place[0].lower() == "there" else text[: place.start()]
        return _ask(kept, when) if when else ""
    if text != words or points_back(words):
        carries = own.kind != "when" and not own.order and not _PRESENT.search(words)
        return _ask(text, time if carries else "")
    return _open(words, own, time, turn, local)


def _open(words: str, own: Plan, time: str, turn: Turn, local: LocalTime) -> str:
    """A question that says neither what nor when: of the time that was spoken of."""
    present = _PRESENCE.fullmatch(words) is not None
    about = own.required not in ((), ("person",))
    if (about and not present) or own.kind == "when" or own.order:
        return ""
    if _OWN_SUBJECT.search(words) or _PRESENT.search(words) or names_itself(words, "it"):
        return ""
    if not time and present:
        time = moment_words(turn.moment, local)
    return _ask(words, time) if time else ""


def _ask(core: str, when: str) -> str:
    """The question with its time at the end; "" stays ""."""
    core = core.strip().rstrip(" ?.!,")
    return f"{core} {when}".strip() if core else ""
