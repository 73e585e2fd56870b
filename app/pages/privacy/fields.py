"""Fields of the page Privacy, and choices of other pages, read as requests to forget."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from app.presentation.i18n import t
from app.presentation.rendering import local_time
from app.privacy.selection import BadRequest, ForgetRequest, Kind, check_typed
from memory.types.timezones import zone

_LONGEST = 1000  # letters of a name
_CLOCK = re.compile(
    r"(\d{1,2})(?:[:.：](\d{2}))?(?:[:.：](\d{2}))?\s*(?:([ap])\.?m\.?)?", re.IGNORECASE
)


class OnlyRecording(BaseModel):
    """The recording that a time is kept to."""

    id: str = Field(max_length=_LONGEST)
    name: str = Field(max_length=_LONGEST)


class ForgetChoice(BaseModel):
    """What another page would have forgotten; ``start`` and ``end`` are seconds UTC."""

    kind: Kind
    day: str = Field("", max_length=40)
    name: str = Field("", max_length=_LONGEST)
    moments: bool = False
    start: float = Field(0, ge=-1e10, le=1e11)
    end: float = Field(0, ge=-1e10, le=1e11)
    only: OnlyRecording | None = None


@dataclass(frozen=True, slots=True)
class ExactTime:
    """A time that another page gave, to the fraction of a second, and how the fields show it."""

    start: float
    end: float
    shown: tuple[str, str, str]  # day, beginning, end
    recording: str = ""


@dataclass(frozen=True, slots=True)
class TypedChoice:
    """The values of the fields."""

    kind: Any
    day: Any
    begins: Any
    ends: Any
    only: Any
    person: Any
    moments: Any
    place: Any
    recording: Any
    originals: Any


def choice_of(sent: Any) -> ForgetChoice | None:
    """What a script sent of another page's choice; None where that is no choice."""
    try:
        return None if sent is None else ForgetChoice.model_validate(sent)
    except ValidationError:
        return None


def exact_time(choice: ForgetChoice, timezone: str) -> ExactTime:
    """The time of a choice on the clock of the home."""
    begin, end = local_time(choice.start, timezone), local_time(choice.end, timezone)
    shown = (f"{begin:%Y-%m-%d}", f"{begin:%H:%M:%S}", f"{end:%H:%M:%S}")
    recording = "" if choice.only is None else choice.only.id
    return ExactTime(choice.start, choice.end, shown, recording)


def request_of(
    typed: TypedChoice, exact: ExactTime | None, timezone: str
) -> tuple[ForgetRequest, str]:
    """What is to be forgotten, and a note on how a time was understood, empty as a rule.

    Raises:
        BadRequest: the fields name nothing; the text says what to do.
    """
    originals = bool(typed.originals)
    if typed.kind == "span":
        return _span(typed, exact, timezone)
    if typed.kind == "day":
        return ForgetRequest("day", day=_day(typed.day), originals=originals), ""
    if typed.kind == "person":
        name, moments = _name(typed.person), bool(typed.moments)
        return ForgetRequest("person", name=name, moments=moments), ""
    if typed.kind == "place":
        return ForgetRequest("place", name=_name(typed.place), originals=originals), ""
    return ForgetRequest("recording", name=_name(typed.recording), originals=originals), ""


def _span(typed: TypedChoice, exact: ExactTime | None, timezone: str) -> tuple[ForgetRequest, str]:
    only = exact.recording if exact is not None and typed.only else ""
    originals, note = bool(typed.originals), ""
    if exact is not None and (typed.day, typed.begins, typed.ends) == exact.shown:
        start, end = exact.start, exact.end
    else:
        day, begins, ends = _day(typed.day), clock_time(typed.begins), clock_time(typed.ends)
        last = day + timedelta(days=1) if ends < begins else day
        if last > day:
            note = t("It ends on the day after: until {time}.", time=f"{ends:%H:%M:%S}")
        clock = zone(timezone)
        start = datetime.combine(day, begins, clock).timestamp()
        end = datetime.combine(last, ends, clock).timestamp()
    request = ForgetRequest("span", start, end, originals=originals, recording=only)
    return request, note


def clock_time(typed: Any) -> time:
    """The time of ``18:30``, ``18:30:05``, ``18`` or ``6.30 pm``; 24:00 is midnight.

    Raises:
        BadRequest: it is none.
    """
    match = _CLOCK.fullmatch(str(typed or "").strip())
    if match is None:
        raise BadRequest(t("That is no time; choose a day and hours."))
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    half = (match[4] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif half:
        hour = 99
    if (hour, minute, second) == (24, 0, 0):
        hour = 0
    try:
        return time(hour, minute, second)
    except ValueError as error:
        raise BadRequest(t("That is no time; choose a day and hours.")) from error


def _day(typed: Any) -> date:
    try:
        day = date.fromisoformat(str(typed or "")[:10])
    except ValueError as error:
        raise BadRequest(t("Choose a day.")) from error
    if not 1900 <= day.year <= 2200:
        raise BadRequest(t("Choose a day."))
    return day


def _name(typed: Any) -> str:
    name = str(typed or "")[:_LONGEST]
    check_typed(name)
    return name
