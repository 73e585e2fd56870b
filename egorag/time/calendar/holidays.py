"""Which days of a year a holiday is, by its English or Chinese name.

Where peoples differ (Mother's Day, Thanksgiving) the United States' day counts; where a holiday is
kept for days, those days.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from egorag.time.calendar.lunar_calendar import lunar_day, solar_term

OfYear = Callable[[int], tuple[date, date]]


def _on(month: int, day: int, length: int = 1) -> OfYear:
    return lambda year: _from(date(year, month, day), length)


def _nth(month: int, weekday: int, n: int, length: int = 1, later: int = 0) -> OfYear:
    """The n-th weekday of a month, or ``later`` days after it."""

    def rule(year: int) -> tuple[date, date]:
        first = date(year, month, 1)
        day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1) + later)
        return _from(day, length)

    return rule


def _easter(offset: int, length: int = 1) -> OfYear:
    """Days from Easter Sunday (Gregorian computus, Meeus/Jones/Butcher)."""

    def rule(year: int) -> tuple[date, date]:
        a, b, c = year % 19, year // 100, year % 100
        d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
        e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
        f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
        return _from(date(year, f // 31, f % 31 + 1) + timedelta(days=offset), length)

    return rule


def _lunar(month: int, day: int, length: int = 1, earlier: int = 0) -> OfYear:
    return lambda year: _from(lunar_day(year, month, day) - timedelta(days=earlier), length)


def _from(day: date, length: int) -> tuple[date, date]:
    return day, day + timedelta(days=length)


def _new_year_night(year: int) -> tuple[date, date]:
    return _from(date(year, 12, 31), 1)


ENGLISH: dict[str, OfYear] = {
    "christmas eve": _on(12, 24), "christmas day": _on(12, 25), "boxing day": _on(12, 26),
    "christmas": _on(12, 24, 3), "xmas": _on(12, 24, 3), "new year's eve": _new_year_night,
    "new years eve": _new_year_night, "new year's day": _on(1, 1), "new year's": _on(1, 1),
    "new years": _on(1, 1), "new year": _on(1, 1), "valentine's day": _on(2, 14),
    "valentine's": _on(2, 14), "st patrick's day": _on(3, 17), "halloween": _on(10, 31),
    "thanksgiving day": _nth(11, 3, 4), "thanksgiving": _nth(11, 3, 4),
    "black friday": _nth(11, 3, 4, 1, 1), "independence day": _on(7, 4),
    "the fourth of july": _on(7, 4), "fourth of july": _on(7, 4), "the 4th of july": _on(7, 4),
    "labor day": _nth(9, 0, 1), "memorial day": lambda year: _last_monday_of_may(year),
    "mother's day": _nth(5, 6, 2), "father's day": _nth(6, 6, 3), "good friday": _easter(-2),
    "easter sunday": _easter(0), "easter monday": _easter(1), "easter": _easter(-2, 4),
    "the easter weekend": _easter(-2, 4), "april fools' day": _on(4, 1),
    "april fools": _on(4, 1), "st. patrick's day": _on(3, 17), "veterans day": _on(11, 11),
    "martin luther king day": _nth(1, 0, 3), "mlk day": _nth(1, 0, 3),
    "presidents' day": _nth(2, 0, 3), "columbus day": _nth(10, 0, 2), "juneteenth": _on(6, 19),
    "canada day": _on(7, 1), "australia day": _on(1, 26), "bastille day": _on(7, 14),
    "cinco de mayo": _on(5, 5), "bonfire night": _on(11, 5), "guy fawkes night": _on(11, 5),
    "labour day": _on(5, 1), "may day": _on(5, 1), "cyber monday": _nth(11, 3, 4, 1, 4),
    "ash wednesday": _easter(-46), "shrove tuesday": _easter(-47), "pancake day": _easter(-47),
    "palm sunday": _easter(-7), "pentecost": _easter(49, 2), "whitsun": _easter(49, 2),
    "ascension day": _easter(39), "twelfth night": _on(1, 5), "epiphany": _on(1, 6),
    "women's day": _on(3, 8), "children's day": _on(6, 1),
    "chinese new year": _lunar(1, 1, 8, 1), "lunar new year": _lunar(1, 1, 8, 1),
    "spring festival": _lunar(1, 1, 8, 1), "the mid-autumn festival": _lunar(8, 15),
    "mid-autumn festival": _lunar(8, 15), "the dragon boat festival": _lunar(5, 5),
    "dragon boat festival": _lunar(5, 5), "golden week": _on(10, 1, 7),
}  # fmt: skip

CHINESE: dict[str, OfYear] = {
    "春节": _lunar(1, 1, 8, 1), "过年": _lunar(1, 1, 8, 1), "大年初一": _lunar(1, 1),
    "大年三十": _lunar(1, 1, 1, 1), "除夕": _lunar(1, 1, 1, 1), "年三十": _lunar(1, 1, 1, 1),
    "元宵节": _lunar(1, 15), "元宵": _lunar(1, 15), "端午节": _lunar(5, 5), "端午": _lunar(5, 5),
    "七夕": _lunar(7, 7), "七夕节": _lunar(7, 7), "中秋节": _lunar(8, 15), "中秋": _lunar(8, 15),
    "重阳节": _lunar(9, 9), "清明节": lambda year: _from(solar_term(year, 15), 1),
    "清明": lambda year: _from(solar_term(year, 15), 1),
    "冬至": lambda year: _from(solar_term(year, 270), 1), "元旦": _on(1, 1), "元旦节": _on(1, 1),
    "跨年夜": _new_year_night, "跨年": _new_year_night, "情人节": _on(2, 14), "妇女节": _on(3, 8),
    "劳动节": _on(5, 1, 5), "五一": _on(5, 1, 5), "儿童节": _on(6, 1), "六一": _on(6, 1),
    "教师节": _on(9, 10), "国庆节": _on(10, 1, 7), "国庆": _on(10, 1, 7), "十一假期": _on(10, 1, 7),
    "双十一": _on(11, 11), "平安夜": _on(12, 24), "圣诞节": _on(12, 24, 2), "圣诞": _on(12, 24, 2),
    "暑假": _on(7, 1, 62), "寒假": _on(1, 15, 41),
    "感恩节": _nth(11, 3, 4), "万圣节": _on(10, 31), "母亲节": _nth(5, 6, 2),
    "父亲节": _nth(6, 6, 3),
}  # fmt: skip
INEXACT = frozenset(
    {"christmas", "xmas", "easter", "new year", "chinese new year", "lunar new year"}
    | {
        "spring festival",
        "春节",
        "过年",
        "暑假",
        "寒假",
        "圣诞节",
        "圣诞",
        "国庆",
        "国庆节",
        "五一",
        "new year's",
    }
)


def _last_monday_of_may(year: int) -> tuple[date, date]:
    last = date(year, 5, 31)
    return _from(last - timedelta(days=last.weekday()), 1)


def holiday(of_year: OfYear, today: date, year: int | None = None) -> tuple[date, date]:
    """The holiday of a year, or else the latest one that has begun.

    Raises:
        ValueError: no calendar at hand knows the year.
    """
    if year is not None:
        return of_year(year)
    this = of_year(today.year)
    return this if this[0] <= today else of_year(today.year - 1)
