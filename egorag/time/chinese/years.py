"""Chinese words for years, months and what lies in them: 去年三月, 2024年5月3日, 中秋节."""

from __future__ import annotations

import re
from datetime import date, timedelta

from egogpt.text.chinese_numbers import chinese_number
from egorag.time.calendar.day_rules import Row, one, safe
from egorag.time.calendar.holidays import CHINESE, INEXACT, holiday
from egorag.time.calendar.local_time import month_start

_YEARS = {"大前年": -3, "前年": -2, "去年": -1, "今年": 0, "本年": 0, "明年": 1}
_YEAR = (
    r"(?P<year>大前年|前年|去年|今年|本年|明年|(?<![0-9])[0-9]{4} ?年"
    r"|(?<![0-9])[0-9]{2}年(?= ?[0-9十一二三四五六七八九]{1,2} ?月)"
    r"|[一二][零〇一二三四五六七八九]{3}年)"
)
_MONTH = r"(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY = r"(?P<day>[0-3]?[0-9]|[一二三]?十?[一二三四五六七八九十])"
_PIECE = r"(?P<piece>初|中旬|中|底|末|上旬|下旬|上半月|下半月)?"
_SEASONS = {"春": 3, "夏": 6, "秋": 9, "冬": 12}
_HALF = r"(?P<half>上半年|下半年|年初|年底|年末|年中|初|底|末)"
_TAIL = "(?:的时候|那天|当天|那会儿|(?=的))?"


def _year_of(match: re.Match[str], today: date) -> int | None:
    words = match.groupdict().get("year")
    if not words:
        return None
    if words in _YEARS:
        return today.year + _YEARS[words]
    year = chinese_number(words.rstrip("年 "))
    return year + 2000 if year < 100 else year  # 24年3月


def _year(match: re.Match[str], today: date) -> tuple[date, date]:
    year = _year_of(match, today) or today.year
    return date(year, 1, 1), date(year + 1, 1, 1)


def _piece_of_year(match: re.Match[str], today: date) -> tuple[date, date]:
    """Halves of a year; its beginning and end are a quarter."""
    year, half = _year_of(match, today), match["half"]
    if year is None:
        year = today.year - (half in ("年底", "年末", "底", "末") and today.month < 10)
    first, months = {"上半年": (1, 6), "下半年": (7, 6), "年中": (5, 4)}.get(
        half, (1, 3) if half.endswith("初") else (10, 3)
    )
    return date(year, first, 1), month_start(date(year, first, 1), months)


def _quarter(match: re.Match[str], today: date) -> tuple[date, date]:
    first = date(_year_of(match, today) or today.year, 3 * chinese_number(match["n"]) - 2, 1)
    return first, month_start(first, 3)


def _season(match: re.Match[str], today: date) -> tuple[date, date]:
    """Three whole months; without a year the latest that has begun."""
    year, month = _year_of(match, today), _SEASONS[match["season"]]
    if year is None:
        year = today.year - (date(today.year, month, 1) > today)
    return date(year, month, 1), month_start(date(year, month, 1), 3)


def _month(match: re.Match[str], today: date) -> tuple[date, date]:
    """A month of a year, or the latest that has begun, or a piece of it."""
    year, month = _year_of(match, today), chinese_number(match["month"])
    if year is None:
        year = today.year - (month > today.month)
    return _piece(date(year, month, 1), match["piece"])


def _near_month(match: re.Match[str], today: date) -> tuple[date, date]:
    shift = {"上上": -2, "上": -1, "下": 1}.get(match["which"].rstrip("个"), 0)
    return _piece(month_start(today, shift), match["piece"])


def _day_of_near_month(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """ "上个月五号"."""
    first, _ = _near_month(match, today)
    found = safe(first.year, first.month, chinese_number(match["day"]))
    return one(found) if found else None


def _near_quarter(match: re.Match[str], today: date) -> tuple[date, date]:
    shift = -3 if match["which"].startswith("上") else 0
    first = month_start(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), shift)
    return first, month_start(first, 3)


def _piece_of_this_month(match: re.Match[str], today: date) -> tuple[date, date]:
    return _piece(month_start(today), match["piece"])


def _piece(first: date, piece: str | None) -> tuple[date, date]:
    after = month_start(first, 1)
    ten = timedelta(days=10)
    if not piece:
        return first, after
    if piece in ("初", "上旬"):
        return first, first + ten
    if piece in ("底", "末", "下旬"):
        return after - ten, after
    if piece.endswith("半月"):
        middle = first + timedelta(days=15)
        return (first, middle) if piece[0] == "上" else (middle, after)
    return first + ten, first + 2 * ten


def _date(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """A day of a month; without a year the latest such day that is not ahead."""
    year, month, day = _year_of(match, today), chinese_number(match["month"]), match["day"]
    if year is not None:
        found = safe(year, month, chinese_number(day))
        return one(found) if found else None
    for back in range(8):  # 29 February may lie years back
        found = safe(today.year - back, month, chinese_number(day))
        if found and found <= today:
            return one(found)
    return None


def _digits(match: re.Match[str], today: date) -> tuple[date, date] | None:
    groups = match.groupdict()
    found = safe(int(groups["y"]), int(groups["m"]), int(groups.get("d") or 1))
    if found is None:
        return None
    return one(found) if groups.get("d") else (found, month_start(found, 1))


def _holiday(match: re.Match[str], today: date) -> tuple[date, date]:
    return holiday(CHINESE[match["name"]], today, _year_of(match, today))


def _row(pattern: str, rule: object, exact: bool = True) -> Row:
    return Row(re.compile(pattern + _TAIL), rule, exact)  # type: ignore[arg-type]


def _names(exact: bool) -> str:
    names = [name for name in CHINESE if (name not in INEXACT) is exact]
    return "|".join(sorted(names, key=lambda name: (-len(name), name)))


_THINGS = "(?!树|老人|帽|礼物|歌|卡|月饼|上河图|粽子|晚会|红包|的?问候|快乐|班|路|广场|大道)"
_ANY = f"(?:{_YEAR}的?)?"
YEAR_ROWS: tuple[Row, ...] = (
    _row(
        r"(?<![0-9])(?P<y>(?:19|20)[0-9]{2})[-/.](?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})(?![0-9])",
        _digits,
    ),
    _row(r"(?<![0-9])(?P<y>(?:19|20)[0-9]{2})[-/](?P<m>[0-9]{1,2})(?![-/0-9])", _digits),
    *(
        _row(rf"{_ANY}(?P<name>{_names(exact)})(?:假期|期间|前后)?{_THINGS}", _holiday, exact)
        for exact in (True, False)
    ),
    _row(rf"{_ANY}(?<![0-9]){_MONTH} ?月 ?{_DAY} ?[号日]?(?![0-9一二三四五六七八九十个])", _date),
    _row(
        rf"{_YEAR}?的?(?<![0-9零一二三四五六七八九十百]){_MONTH} ?月份?{_PIECE}"
        "(?!饼|天|球|亮|薪|[0-9])",
        _month,
    ),
    _row(rf"(?P<which>上上个?|上个?|这个?|本)月(?P<piece>){_DAY}[号日]", _day_of_near_month),
    _row(rf"(?P<which>上上个?|上个?|这个?|本|下个?)月份?{_PIECE}(?!饼|球|亮|薪)", _near_month),
    _row(
        r"(?<![0-9一二三四五六七八九十个上这本下每])月(?P<piece>初|底|末|中旬|上旬|下旬)",
        _piece_of_this_month,
    ),
    _row(r"(?P<which>上个?|这个?|本)季度", _near_quarter),
    _row(rf"{_YEAR}的?{_HALF}", _piece_of_year, exact=False),
    _row(r"(?<![一-龥])(?P<half>上半年|下半年|年初|年底|年末)", _piece_of_year, exact=False),
    _row(rf"{_ANY}第?(?P<n>[一二三四1-4])季度", _quarter),
    _row(rf"{_ANY}(?P<season>[春夏秋冬])(?:天|季)(?:里)?", _season),
    _row(rf"{_YEAR}", _year),
)  # fmt: skip
