"""How long and how much a Chinese sentence says: 一个半小时, 二十分钟, 五公里, 三十页."""

from __future__ import annotations

import re

from egogpt.text.chinese_numbers import AMOUNT, amount

_HOURS = rf"(?P<n>{AMOUNT}|半)个?多?(?P<half>半)?多?(?P<unit>小时|钟头)(?P<rest>半)?"
_LENGTH = re.compile(rf"{_HOURS}|(?P<m>{AMOUNT})多?(?P<small>分钟|刻钟|秒钟?)")
_SMALL = {"分钟": 1.0, "刻钟": 15.0, "秒": 1 / 60, "秒钟": 1 / 60}
# Units that say how much of it was done; of these, a telling is of a whole occasion.
_WHOLE = "公里|千米|英里|米|里路|圈|页|步|天|周|个月|块钱|元"
MEASURES = (
    "公斤|杯|瓶|碗|个|只|条|件|双|本|份|块|片|张|盒|袋|包|斤|克|口|顿|部|集|场|次|遍|趟|回|盘|局|篇|封"
    "|首|幅|把|辆|台|串|根|颗|粒|壶|罐|听|盆|朵|束|盏|面|节|堂|位|名|家|支|枝|套|对|副|顶|勺|锅|笼|打|道|期"
    "|桌|盏|滴|桶|排|声|种|样|群"
)
_QUANTITY = re.compile(rf"(?P<n>{AMOUNT})多?(?P<unit>{_WHOLE}|{MEASURES})(?!钟)")
LEADING = re.compile(
    rf"^(?:(?:{AMOUNT}|半|几|这|那|好几|每|某|整|另)+(?:多|来)?(?:{_WHOLE}|{MEASURES}|些|分钟|个?小时)?"
    r"|[一有]?(?:些|点儿?|会儿|下儿?)|半天)的?"
)


def minutes_in(text: str) -> float | None:
    """The minutes that a text tells, all lengths in it added up; None where it tells none."""
    found = [_minutes(match) for match in _LENGTH.finditer(text)]
    return sum(found) if found else None


def _minutes(match: re.Match[str]) -> float:
    if match["small"]:
        return amount(match["m"]) * _SMALL[match["small"]]
    whole = 0.5 if match["n"] == "半" else amount(match["n"])
    return 60 * (whole + (0.5 if match["half"] or match["rest"] else 0.0))


def quantity_in(text: str) -> tuple[float | None, str]:
    """The first amount with its unit, other than a length of time."""
    match = _QUANTITY.search(_LENGTH.sub(" ", text))
    return (amount(match["n"]), match["unit"]) if match else (None, "")


def is_whole(unit: str) -> bool:
    """Whether an amount of this unit is of a whole occasion rather than of a moment: 五公里."""
    return bool(unit) and re.fullmatch(_WHOLE, unit) is not None
