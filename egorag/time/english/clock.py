"""Words that name a time of day: "between 3 and 4", "half past nine", "in the evening".

A bare number counts as a clock time only where a time can stand and no other noun follows it, so
that "after 3 beers" and "between 3 and 4 people" are left alone.
"""

from __future__ import annotations

import re

from egorag.time.calendar.calendar_terms import MONTHS, NUMBERS, WEEKDAYS, small_letters
from egorag.time.calendar.clock_types import NEEDS_DAY, PARTS, Clock, ClockKind, ClockTime, Part

_HOUR_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_MINUTE_WORDS = "five|ten|a quarter|quarter|twenty|twenty[- ]five|half"
_MINUTES = {"five": 5, "ten": 10, "quarter": 15, "a quarter": 15, "twenty": 20, "half": 30}


# "seven thirty"; a ten is written "oh five"
_SAIDS = {
    "oh five": 5, "five": 5, "ten": 10, "fifteen": 15, "twenty": 20, "twenty-five": 25,
    "twenty five": 25, "thirty": 30, "thirty-five": 35, "thirty five": 35, "forty": 40,
    "forty-five": 45, "forty five": 45, "fifty": 50, "fifty-five": 55, "fifty five": 55,
}  # fmt: skip
_SAID = "|".join(sorted(_SAIDS, key=len, reverse=True))


def _time(tag: str) -> str:
    """A pattern of one clock time whose groups end in ``tag``."""
    return (
        rf"(?:(?:(?:12|twelve) )?(?P<noon{tag}>noon|midnight)"
        rf"|(?:(?P<minutes{tag}>\d{{1,2}}|{_MINUTE_WORDS})(?: minutes)? "
        rf"(?P<side{tag}>past|to|after) )?"
        rf"(?P<brit{tag}>half )?(?:(?P<hour{tag}>\d{{1,2}}|{_HOUR_WORDS}))"
        rf"(?P<minute{tag}>[:.h][0-5]\d(?::[0-5]\d)?)?(?P<said{tag}>[ -](?:{_SAID})\b)?"
        rf"(?P<clock{tag}> ?o'? ?clock)?(?: ?(?P<half{tag}>a\.?m\b\.?|p\.?m\b\.?))?"
        rf"(?P<ish{tag}> ?-?ish\b)?)"
    )


_AFTER_A_TIME = (
    r"(?![\w:%]|[.,]\d|['-]\w)(?=\s*$|\s*[?!.,;)]|\s+(?:and|or|on|in|at|to|until|till|today|yesterday"
    r"|tomorrow|tonight|this|last|that|did|was|were|do|have|had|i|we|he|she|they|you|it|there|my|while|as|sharp|by|from|when|what|who|where|which|with"
    rf"|the day|{'|'.join(WEEKDAYS)}|{'|'.join(MONTHS)}|for|during|before|after|is|are)\b)"
)
_HALVES = r" (?:in the (?:morning|afternoon|evening)|at night)"
_RANGE = re.compile(
    rf"\b(?P<word>between|from) {_time('1')}(?P<in1>{_HALVES})?\s*(?:and|to|until|till|-|–|—)\s*"
    rf"{_time('2')}(?P<in2>{_HALVES})?{_AFTER_A_TIME}"
)
_DASH = re.compile(
    r"\b(?P<hour1>\d{1,2})(?P<minute1>[:.][0-5]\d(?::[0-5]\d)?)?\s*[-–—]\s*(?P<hour2>\d{1,2})"
    r"(?P<minute2>[:.][0-5]\d(?::[0-5]\d)?)?(?: ?(?P<half2>a\.?m\b\.?|p\.?m\b\.?))?"
    r"(?![\w:-]|[.,]\d)"
)
_SINGLE = re.compile(
    r"\b(?P<word>at around|at about|at roughly|at approximately|sometime around|some time around"
    r"|round about|at exactly|at precisely|from about|from around|towards?|around|about|near"
    r"|roughly|approximately|circa"
    r"|(?:shortly|just|right|straight|immediately|soon) (?:before|after)|before|after|prior to"
    r"|since|up until|until|till|up to|by|past"
    rf"|from|at)\s+{_time('1')}(?P<onwards> onwards?)?{_AFTER_A_TIME}"
)
_LONE = re.compile(
    r"(?<![:/.\d])(?P<hour1>\b\d{1,2})(?P<minute1>:[0-5]\d(?::[0-5]\d)?(?!\d))?"
    r"(?: ?(?P<half1>a\.?m\b\.?|p\.?m\b\.?))?(?P<ish1>-?ish\b)?"
)
_PART = re.compile(
    r"\b(?:(?P<this>this|that|my|in the|during the|at|over|during|for|the|on the|before|by|towards?"
    r"|until|since|after)(?: (?P<same>same))? )?"
    r"(?P<part>(?:(?:early|late|mid)[ -])?(?:morning|afternoon|evening)|midday|noontime|sunrise"
    r"|sunset|tea ?time|first light|overnight|lunch ?time|lunch"
    r"|breakfast(?: time)?|brunch|supper|dinner ?time|dinner|night|daytime|dawn|dusk|bedtime"
    r"|forenoon|(?:in )?(?:the )?(?:middle of the night|small hours|early hours|wee hours))\b"
    r"(?: hours?\b)?"
)
_EDGE = re.compile(
    r"\b(?P<edge>early|late|first thing|(?:at )?the (?:beginning|start) of"
    r"|(?:at |towards )?the end of)"
    r"(?: (?:in the|this|that|on|in))?(?:\s+today)?\s*$"
)
_OWN = (
    "small hours",
    "overnight",
    "mid morning",
    "mid afternoon",
)  # parts of the day that need no word before them
_ALONE = ("my", "the", "that", "before", "by", "until", "since", "after", "")
# What may follow a part of the day that stands for itself: "the evening dress" is none.
_PART_STANDS = re.compile(
    r"\s*(?:$|[?.!,;:)\0]|(?:today|yesterday|on|in|at|of|with|did|was|were|when|who|what|where|which"
    r"|before|after|and|or|to|until|till|from|for|around|about|between|by|last|this|i|we|he|she|they"
    r"|have|had|has|did|do)\b)"
)
_KINDS: dict[str, ClockKind] = {
    "at": "at", "by": "until", "till": "until", "until": "until", "up to": "until",
    "up until": "until", "since": "since", "before": "before", "prior to": "before",
    "after": "after", "past": "after", "from": "since", "at exactly": "at", "at precisely": "at",
    "from about": "since", "from around": "since",
}  # fmt: skip


def _clock_time(match: re.Match[str], tag: str) -> ClockTime | None:
    """The time that the groups with ``tag`` say, or None when no clock shows it."""
    groups = match.groupdict()
    noon = groups.get(f"noon{tag}")
    if noon:
        return ClockTime(12 if noon == "noon" else 24, True)
    raw, half = groups[f"hour{tag}"], (groups.get(f"half{tag}") or "").replace(".", "")
    hour = int(raw) if raw.isdigit() else NUMBERS[raw]
    minute_text = (groups.get(f"minute{tag}") or "").lstrip(":.h")
    minutes = int(minute_text[:2]) if minute_text else 0
    seconds = minute_text[3:]
    if hour > 24 or (half and not 1 <= hour <= 12):
        return None
    minutes += _SAIDS.get((groups.get(f"said{tag}") or " ")[1:], 0)
    minutes += 30 if groups.get(f"brit{tag}") else 0  # "half seven"
    hours: float = hour + minutes / 60 + int(seconds or 0) / 3600
    side, past = groups.get(f"side{tag}"), groups.get(f"minutes{tag}") or ""
    if side:
        shift = (int(past) if past.isdigit() else _MINUTES.get(past, 25)) / 60
        hours = hours + shift if side != "to" else hours - shift
    if not half and 1 <= hour <= 12 and (said := groups.get(f"in{tag}")):
        half = "am" if said.endswith("morning") else "pm"
    if half:
        return ClockTime(hours % 12 + (12 if half == "pm" else 0), True, bool(seconds))
    two_digits = raw.startswith("0") or hour > 12 or hour == 0
    return ClockTime(hours, two_digits, bool(seconds))


def _single(match: re.Match[str], time: ClockTime) -> Clock:
    """One time and its word; "shortly before" is the hour before, as vague as "around"."""
    word, start, end = match["word"], match.start(), match.end()
    kind = "since" if match["onwards"] else _KINDS.get(word, "around")
    if " " in word and word.endswith((" before", " after")):
        shift = -0.5 if word.endswith("before") else 0.5
        return Clock("around", ClockTime(time.hours + shift, time.half_known), None, start, end)
    if time.hours == 24 and kind in ("after", "since"):  # midnight begins the day
        time = ClockTime(0.0, True)
    return Clock("around" if match["ish1"] else kind, time, None, start, end)


def _is_dash_of_times(match: re.Match[str]) -> bool:
    """Two times with minutes or with a half of the day: "3-4" may be anything."""
    colons = (match["minute1"] or "").startswith(":") and (match["minute2"] or "").startswith(":")
    return colons or bool(match["half2"])


def find_clock(text: str) -> Clock | None:
    """The first clock constraint of a text, or None."""
    low = small_letters(text)
    for match in (*_RANGE.finditer(low), *_DASH.finditer(low)):
        if match.re is _DASH and not _is_dash_of_times(match):
            continue
        first, second = _clock_time(match, "1"), _clock_time(match, "2")
        if first and second:
            first = ClockTime(0.0, True) if first.hours == 24 else first
            return Clock("between", first, second, match.start(), match.end())
    for match in _SINGLE.finditer(low):
        first = _clock_time(match, "1")
        if first:
            return _single(match, first)
    for match in _LONE.finditer(low):
        colon = (match["minute1"] or "").startswith(":") and int(match["hour1"]) < 24
        if (match["half1"] or match["ish1"] or colon) and (first := _clock_time(match, "1")):
            return Clock("at", first, None, match.start(), match.end())
    return None


def find_part(text: str, *, has_day: bool) -> Part | None:
    """The first part of the day of a text, or None; meals count only beside a day."""
    low = small_letters(text)
    for match in _PART.finditer(low):
        name, lead = _part_name(match["part"]), match["this"] or ""
        if not has_day and (name in NEEDS_DAY or lead in ("", "for")) and name not in _OWN:
            continue
        if has_day and name in NEEDS_DAY and lead in ("for", "before", "after", "until", "since"):
            continue  # "for lunch yesterday": the meal is asked for, the day is enough
        if name in NEEDS_DAY and not lead:
            continue  # "whom did I have lunch with yesterday": it is asked about, not a time
        if re.search(r"\b(?:every|each|good) (?:(?:early|late) )?$", low[: match.start("part")]):
            continue
        if lead in _ALONE and not _PART_STANDS.match(low, match.end()):
            continue
        start = match.end("this") if lead in ("before", "by", "until", "since", "after") else None
        return _with_edge(low, name, match.start() if start is None else start + 1, match.end())
    return None


def _part_name(words: str) -> str:
    if words.endswith(("middle of the night", "small hours", "early hours", "wee hours")):
        return "small hours"
    words = words.replace("-", " ").replace("mid evening", "evening")
    return {
        "sunrise": "dawn",
        "first light": "dawn",
        "sunset": "dusk",
        "noontime": "midday",
        "tea time": "teatime",
        "lunch time": "lunchtime",
        "dinner time": "dinnertime",
    }.get(words, words)


def _with_edge(low: str, name: str, start: int, end: int) -> Part:
    """ "late yesterday evening", "first thing this morning": the first words narrow the part."""
    match = _EDGE.search(low[:start])
    if not match:
        return Part(name, start, end)
    edge = "late" if match["edge"].startswith("late") or "end" in match["edge"] else "early"
    return Part(f"{edge} {name}" if f"{edge} {name}" in PARTS else name, match.start(), end)
