"""Chinese words that name days: 大前天, 上周二, 三月五号, 去年夏天, 上个月底, 春节.

Rows as in ``english/days.py``. A numeral, a week or a known name must stand in them, so that
周杰伦, 月饼 and 日本 are no times.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from egogpt.text.chinese_numbers import NUMERAL, WEEKDAY, chinese_number, weekday_number
from egorag.time.calendar.ago_rules import around_month
from egorag.time.calendar.calendar_terms import Days
from egorag.time.calendar.day_rules import Row, ahead, one, recent, safe, settled
from egorag.time.calendar.local_time import monday_of, month_start
from egorag.time.chinese.years import YEAR_ROWS

_N = rf"(?P<n>{NUMERAL}|半)"
_WEEK = "(?:周|星期|礼拜)"
_WHICH = "(?P<which>上上个?|上个?|这个?|本|下个?)?"
_AGO = "(?:之前|以前|前)"
_NO_DAY = "(?![线楼房门桌机电选球厅院码车店位床台馆室座])"  # 五号线, 3号楼


def _week_shift(which: str | None) -> int:
    return {"上上": -14, "上": -7, "下": 7}.get((which or "").rstrip("个"), 0)


def _weekday(match: re.Match[str], today: date) -> tuple[date, date]:
    """Of the named week; without one the latest that is not ahead."""
    wanted = weekday_number(match["day"])
    if match["which"]:
        monday = monday_of(today) + timedelta(days=_week_shift(match["which"]))
        return one(monday + timedelta(days=wanted))
    return one(today - timedelta(days=(today.weekday() - wanted) % 7))


def _week(match: re.Match[str], today: date) -> tuple[date, date]:
    first = monday_of(today) + timedelta(days=_week_shift(match["which"]))
    return first, first + timedelta(days=7)


def _weekend(match: re.Match[str], today: date) -> tuple[date, date]:
    """The weekend that has begun last; 上个 means the last that is over."""
    saturday = monday_of(today) + timedelta(days=5)
    shift = _week_shift(match["which"])
    if shift > 0:
        saturday += timedelta(days=7 if today >= saturday else 0)
    elif today < saturday or shift:
        saturday -= timedelta(days=7)
    if shift == -14:
        saturday -= timedelta(days=7)
    return saturday, saturday + timedelta(days=2)


def _days_ago(match: re.Match[str], today: date) -> tuple[date, date]:
    return one(today - timedelta(days=chinese_number(match["n"])))


def _these_days(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "这三天": so many days, today the last."""
    after = today + timedelta(days=1)
    return after - timedelta(days=chinese_number(match["n"])), after


def _these_weeks(match: re.Match[str], today: date) -> tuple[date, date]:
    """ "这两周": so many times seven days, today the last."""
    after = today + timedelta(days=1)
    return after - timedelta(weeks=chinese_number(match["n"])), after


def _weeks_ago(match: re.Match[str], today: date) -> tuple[date, date]:
    weeks = chinese_number(match["n"])
    day, slack = today - timedelta(weeks=weeks), timedelta(days=1 if weeks == 1 else 3)
    return day - slack, day + slack + timedelta(days=1)


def _months_ago(match: re.Match[str], today: date) -> tuple[date, date]:
    if match["n"] == "半":
        return today - timedelta(days=18), today - timedelta(days=11)
    return around_month(today, -chinese_number(match["n"]), 15)


def _years_ago(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """A few years back; 2020年以前 is no count of years."""
    if match["n"] == "半":
        return around_month(today, -6, 30)
    years = chinese_number(match["n"])
    if years > 150:
        return None
    if years == 1:
        return around_month(today, -12, 61)
    return date(today.year - years, 1, 1), date(today.year - years + 1, 1, 1)


def _day_of_month(match: re.Match[str], today: date) -> tuple[date, date] | None:
    number = chinese_number(match["day"])
    for back in range(12):
        month = month_start(today, -back)
        found = safe(month.year, month.month, number)
        if found and found <= today:
            return one(found)
    return None


def _after(rows: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(rows.items(), key=lambda row: -len(row[0]))


def _row(
    pattern: str,
    rule: Callable[[re.Match[str], date], tuple[date, date] | None],
    exact: bool = True,
    part: str = "",
) -> Row:
    return Row(re.compile(rf"(?:{pattern})(?:的时候|那天|当天|那会儿|(?=的))?"), rule, exact, part)


_RELATIVE = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "昨儿": -1, "今天": 0, "今日(?!头条)": 0,
    "今儿": 0, "明天": 1, "明日": 1, "大后天": 3, "后天": 2,
}  # fmt: skip
_WITH_PART = {
    "昨晚上?": (-1, "last night"), "昨夜": (-1, "last night"), "前晚": (-2, "last night"),
    "今晚上?": (0, "last night"), "今夜": (0, "last night"), "今早上?": (0, "morning"),
    "今晨": (0, "early morning"), "昨早": (-1, "morning"), "明早": (1, "morning"),
    "明晚": (1, "evening"),
}  # fmt: skip
_ROWS: tuple[Row, ...] = (
    *(_row(words, ahead(shift), part=part) for words, (shift, part) in _WITH_PART.items()),
    *(_row(words, ahead(shift)) for words, shift in _after(_RELATIVE)),
    _row(rf"{_N}(?:天|日){_AGO}", _days_ago),
    _row(rf"{_N}(?:个)?{_WEEK}{_AGO}", _weeks_ago, exact=False),
    _row(rf"(?:大约|大概)?{_N}个月{_AGO}", _months_ago, exact=False),
    _row(rf"(?:大约|大概)?{_N}年{_AGO}", _years_ago, exact=False),
    _row(rf"{_WHICH}{_WEEK}末", _weekend),
    _row(rf"{_WHICH}{_WEEK}(?P<day>{WEEKDAY})(?!餐厅|酒吧|画报|年|个|点)", _weekday),
    _row(rf"(?P<which>上上个?|上个?|这个?|本|下个?){_WEEK}(?!边|围)", _week),
    _row("前几天|前些天|前些日子|几天(?:之前|以前|前)", recent(5, True), exact=False),
    _row("前一?阵子|前一?段时间|不久(?:之前|以前|前)", recent(30, True), exact=False),
    _row(rf"这(?P<n>{NUMERAL})天(?!前|之前|以前)", _these_days),
    _row(rf"这(?P<n>{NUMERAL})个?{_WEEK}(?!前|之前|以前|[一二三四五六日末])", _these_weeks),
    _row("前两天|前两日", recent(3, True), exact=False),
    _row("这几天|这两天|这些天", recent(3, False), exact=False),
    _row(
        "(?:最近|近来|近期|近日|这阵子|这段时间)(?!一次|一回|的|那|哪)",
        recent(14, False),
        exact=False,
    ),
    *YEAR_ROWS,
    _row(rf"(?<!每月)(?<!每个月)(?P<day>{NUMERAL})号{_NO_DAY}", _day_of_month),
)  # fmt: skip


def find_chinese_days(text: str, today: date) -> list[Days]:
    """All day expressions of a text, in order, none overlapping."""
    return settled(((match, row) for row in _ROWS for match in row.pattern.finditer(text)), today)
