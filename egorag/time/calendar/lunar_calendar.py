"""The Chinese calendar from the sun and the moon: when the Spring Festival of a year is.

Months begin on the day (in Beijing) of a new moon; the eleventh holds the winter solstice. New
moons after Meeus, Astronomical Algorithms, chapter 49 (largest terms, minutes); the sun's longitude
after chapter 25 (0.01 degrees). Good for 1900–2100 but where a new moon falls within minutes
of midnight.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from math import floor, radians, sin

_BEIJING = 8 / 24
_J2000 = date(2000, 1, 1)
_MONTH = 29.530588861
# amplitude in days, multiples of the sun's anomaly, the moon's anomaly and the moon's latitude
_TERMS = (
    (-0.40720, 0, 1, 0), (0.17241, 1, 0, 0), (0.01608, 0, 2, 0), (0.01039, 0, 0, 2),
    (0.00739, -1, 1, 0), (-0.00514, 1, 1, 0), (0.00208, 2, 0, 0), (-0.00111, 0, 1, -2),
    (-0.00057, 0, 1, 2), (0.00056, 1, 2, 0), (-0.00042, 0, 3, 0), (0.00042, 1, 0, 2),
    (0.00038, 1, 0, -2), (-0.00024, -1, 2, 0),
)  # fmt: skip


def _new_moon(number: int) -> date:
    """The day, in Beijing, of a new moon; number 0 is that of 6 January 2000."""
    century = number / 1236.85
    moment = 5.09766 + _MONTH * number + 0.00015437 * century**2  # days since 1.5 January 2000
    sun = radians(2.5534 + 29.10535670 * number)
    moon = radians(201.5643 + 385.81693528 * number + 0.0107582 * century**2)
    node = radians(160.7108 + 390.67050284 * number - 0.0016118 * century**2)
    moment += sum(a * sin(s * sun + m * moon + n * node) for a, s, m, n in _TERMS)
    return _J2000 + timedelta(days=floor(moment + 0.5 - 0.0008 + _BEIJING))


def _longitude(day: date) -> float:
    """The sun's apparent longitude, in degrees, at the midnight (in Beijing) that begins a day."""
    days = (day - _J2000).days - 0.5 - _BEIJING + 0.0008
    anomaly = radians(357.52911 + 0.98560028 * days)
    return (
        280.46646 + 0.98564736 * days + 1.914602 * sin(anomaly) + 0.019993 * sin(2 * anomaly)
        - 0.00569 - 0.00478 * sin(radians(125.04 - 0.05295 * days))
    ) % 360  # fmt: skip


def solar_term(year: int, degrees: float) -> date:
    """The day of a year on which the sun reaches a longitude: 0 in March, 15 for Qingming."""
    day = date(year, 3, 21) + timedelta(days=round(((degrees + 80) % 360 - 80) / 0.98565) - 4)
    while (degrees - _longitude(day + timedelta(days=1))) % 360 < 180:
        day += timedelta(days=1)
    return day


def _month_of(day: date) -> int:
    """The number of the last new moon on or before a day."""
    number = round((day - _J2000).days / _MONTH) + 1
    while _new_moon(number) > day:
        number -= 1
    return number


@cache
def _months(year: int) -> tuple[date, ...]:
    """First days of the months 1 to 12 of a Chinese year, leap months left out."""
    eleventh = _month_of(solar_term(year - 1, 270))
    following = _month_of(solar_term(year, 270))
    final = _month_of(solar_term(year + 1, 270))
    regular = _regular(eleventh, following) + _regular(following, final)
    return tuple(_new_moon(number) for number in regular[2:14])


def _regular(first: int, after: int) -> list[int]:
    """The twelve months between two eleventh ones: of thirteen, the first without a mid-term."""
    numbers = list(range(first, after))
    if len(numbers) == 13:
        numbers.remove(next((n for n in numbers[1:] if not _has_term(n)), numbers[-1]))
    return numbers


def _has_term(number: int) -> bool:
    return floor(_longitude(_new_moon(number)) / 30) != floor(
        _longitude(_new_moon(number + 1)) / 30
    )


def lunar_day(year: int, month: int, day: int) -> date:
    """The day of the common calendar of a day of the Chinese year that begins in ``year``.

    Raises:
        ValueError: the year lies outside 1900–2100.
    """
    if not 1900 <= year <= 2100:
        raise ValueError("the Chinese calendar is known for 1900–2100")
    return _months(year)[month - 1] + timedelta(days=day - 1)
