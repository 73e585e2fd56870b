"""English words that hang a time on an event: "after the meeting", "while I was cooking".

The event ends at a pause, at other time words (made unreadable before) or at the question itself.
Words that only look so are left alone: "looked after", "after all", "before me", "for a while".
"""

from __future__ import annotations

import re

from egorag.time.calendar.parsed_time import trimmed
from egorag.time.calendar.time_reference import Anchor, Relation

_LONGEST = 14  # words of an event
_RELATIONS: dict[str, Relation] = {
    "before": "before", "prior to": "before", "until": "before", "till": "before",
    "after": "after", "following": "after", "since": "after", "as soon as": "after",
    "during": "during", "while": "during", "whilst": "during", "when": "during",
    "in the middle of": "during", "by the time": "before", "ahead of": "before", "upon": "after",
    "once": "after", "on": "after", "as": "during", "at": "during", "over": "during",
}  # fmt: skip
# Words that relate to an event only before some others: "on arriving", "as I left", "over lunch".
_ONLY_BEFORE = {
    "on": r"(?:arriving|returning|entering|leaving|waking|getting|coming|reaching)\b",
    "as": r"(?:i|we|he|she|they)\b", "at": r"(?:breakfast|brunch|lunch|dinner|supper)\b",
    "over": r"(?:breakfast|brunch|lunch|dinner|supper|coffee|tea|drinks)\b",
}  # fmt: skip
_WORDS = "|".join(
    rf"{word}(?= {_ONLY_BEFORE[word]})" if word in _ONLY_BEFORE else word for word in _RELATIONS
)
_START = re.compile(
    r"\b(?P<adverb>(?:right|just|shortly|immediately|soon|directly|straight|short) )?"
    rf"(?P<word>{_WORDS}) (?P<event>[^\0?.!;,:]+)"
)
_BETWEEN = re.compile(r"\bbetween (?P<one>[^\0?.!;,:]{3,60}?) and (?P<two>[^\0?.!;,:]{3,60})")
_QUESTION = re.compile(r" (?:who|whom|whose|what|where|which|how|did|why)\b")
_NOT_AFTER = re.compile(  # words before "after" or "before" that make it something else
    r"\b(?:look(?:s|ed|ing)?|named?|takes?|took|r[au]n(?:ning)?|runs|chas(?:e|ed|ing)|call(?:ed)?"
    r"|ask(?:ed|ing)?|go(?:es|ing)? (?=after the)|stood|stand(?:ing)?|kneel(?:ing)?|knelt|day|week"
    r"|year|time|one|shortly and|long|soon)$"
)
_NO_EVENT = re.compile(
    r"^(?:me|him|her|us|them|you|it|that|this|these|those|then|now|all|long|too long|hand|noon|dark"
    r"|ever|never|school hours|a while|(?:a|some) (?:long |short )?time"
    r"|an? (?:minute|hour|day|week|month|year)s?|\d+)$"
)
_JOURNEY = re.compile(r"\b(?:trip|holidays?|vacation|journey|semester|childhood|pandemic|stay)\b")
_SUBJECT = r"(?:i|we|he|she|they|you|it|the|a|an|my|our|his|her|their|somebody|someone|everyone)"
_AUX = r"(?:did|do|does|is|are|was|were|has|have|had|will|would|can|could|should|exactly)"
_KNOWING = re.compile(
    r"\b(?:remember|know|knew|recall|tell me|told me|told us|ask(?:ed)?|said?|say|about|idea|since"
    r"|until|exactly|wonder(?:ed)?|decided?|discuss(?:ed)?|mention(?:ed)?|explain(?:ed)?|sure|and"
    r"|(?:tell|told|ask(?:ed)?|show(?:ed)?|remind(?:ed)?) \w+|check(?:ed)?|find out"
    r"|found out|or|forgot|forget|of|to|see|that's)$"
)
_SAYING = re.compile(r"\b(?:say|said|mention(?:ed)?|ask(?:ed)?|explain(?:ed)?)$")
_EVENTS = re.compile(
    r"\b(?:meeting|lunch|breakfast|dinner|brunch|supper|call|class|lecture|party|appointment|game"
    r"|match|show|concert|film|movie|talk|interview|walk|run|gym|shower|nap|visit|break|work"
    r"|school|flight|workout|lesson|training|ceremony|speech|session|workshop|\w{3,}ing)\b"
)


def find_anchor(text: str, low: str) -> Anchor | None:
    """The event that a question's time hangs on. ``low`` is ``text`` in lower case, its other time
    words unreadable."""
    if between := _between(text, low):
        return between
    for match in _START.finditer(low):
        start, end = match.start("event"), _event_end(low, match)
        start, end = trimmed(low, start, end)
        if end > start and _is_event(text, low, match, low[start:end]):
            place = (match.start(), end)
            word = match["word"]
            return Anchor(_RELATIONS[word], text[start:end], "", place, word == "since")
    return None


def _event_end(low: str, match: re.Match[str]) -> int:
    """An event that opens the question ends where the question itself begins."""
    end = match.end("event")
    if _opens(low, match.start()):
        question = _QUESTION.search(low, match.start("event"), end)
        end = question.start() if question and low[end : end + 1] != "," else end
    return match.start("event") + len(_without_tail(low[match.start("event") : end]))


def _without_tail(event: str) -> str:
    return re.sub(r"(?:\s+(?:on|in|at|of|from|during|for|and|just|right|the))*\s*$", "", event)


def _opens(low: str, at: int) -> bool:
    return not low[:at].strip(" \0,") or low[:at].rstrip().endswith((",", ".", ";"))


def _is_event(text: str, low: str, match: re.Match[str], event: str) -> bool:
    word, head = match["word"], low[: match.start()].rstrip()
    if event.startswith(("or before ", "or after ")):  # "before or after lunch": it is asked which
        return False
    if head.endswith((" before or", " after or")) or re.search(
        r"\bhow (?:long|soon|much time|much longer|many \w+)$", head
    ):
        return False
    if _NO_EVENT.match(event) or len(event.split()) > _LONGEST or re.match(_AUX + r"\b", event):
        return False
    if word in ("before", "after", "following"):
        return not (match["adverb"] is None and _NOT_AFTER.search(head)) and event[0].isalnum()
    if word == "during":
        return not _JOURNEY.search(event)
    if word in ("while", "whilst"):
        return not head.endswith((" a", " the", "worth"))
    if word == "since":
        clause = re.match(r"(?:i|we|he|she|they|it|you|\w+ (?:know|are|is|have|can))\b", event)
        return not (clause and _opens(low, match.start())) and not event.startswith("you ")
    if word == "as":
        return not re.search(r"\b(?:same|such|as|well|soon|long|far|just|much|many)$", head)
    if word == "once":
        return bool(re.match(rf"{_SUBJECT}\b .*\w+", event))
    if word == "when":
        return _when(text, low, match, event)
    return True


def _when(text: str, low: str, match: re.Match[str], event: str) -> bool:
    """Whether a "when" tells a time rather than asks for one."""
    told = re.match(rf"{_SUBJECT}\b|\w+ing\b", event) or text[match.start("event")].isupper()
    if not told:
        return False
    if not _opens(low, match.start()):
        head = low[: match.start()].rstrip()
        said = _SAYING.search(head) and re.match(r"(?:what|which|who|how)\b", head)
        return bool(said) or not _KNOWING.search(head)
    rest = low[match.end("event") - len(match["event"]) + len(event) :].lstrip(" \0")
    return rest.startswith(",") or bool(re.match(r"(?:who|what|where|which|how|why|whose)\b", rest))


def _between(text: str, low: str) -> Anchor | None:
    for match in _BETWEEN.finditer(low):
        one, two = match["one"], _without_tail(match["two"])
        if not (_EVENTS.search(one) and _EVENTS.search(two)):
            continue
        if re.search(r"\b(?:difference|choose|conflict|compare|chose)\b", low[: match.start()]):
            continue
        second = slice(match.start("two"), match.start("two") + len(two))
        place = (match.start(), second.stop)
        return Anchor("between", text[match.start("one") : match.end("one")], text[second], place)
    return None
