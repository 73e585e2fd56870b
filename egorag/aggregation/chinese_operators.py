"""What a Chinese question asks to be done with events: 几次, 多久, 第一次.

chinese_operation("我跑了几次步?").op  # "count"
"""

from __future__ import annotations

import re

from egorag.aggregation.operation import Operation

_LENGTH = re.compile(
    r"多久(?!没|不|一次)|多长时间(?!没)|多少(?:个)?(?P<unit>小时|钟头|分钟|时间)|几个?(?P<few>小时|钟头|分钟)"
)
_UNCOUNTED = re.compile("平均|每[天周月年个]|多久.{1,6}一次|最[多少常爱]|更")
_TIMES = re.compile("几[次回趟顿遍场局]|多少[次回趟顿遍场局]|多频繁|次数")
_AMOUNT = re.compile("(?:几|多少)(?P<unit>[杯瓶碗罐壶听圈页步米]|公里|千米)")
_SINCE = re.compile("多久(?:没|不)|多长时间没")
_FIRST, _LAST = (
    re.compile("第一次|首次|最早|头一次|头一回"),
    re.compile("上一?[次回]|最后一?[次回]|最近一?[次回]|上次|最近(?:是|一次)"),
)


def chinese_operation(query: str) -> Operation | None:
    """What a question asks to be done with its events, None where it asks for none of it."""
    text = query.rstrip(" ?\uff1f。!\uff01呢啊呀")
    if _UNCOUNTED.search(text):
        return None
    if _SINCE.search(text):
        return Operation("last")
    if length := _LENGTH.search(text):
        return Operation("sum", unit=_unit(length))
    return _plain(text)


def _unit(length: re.Match[str]) -> str:
    return "hours" if (length["unit"] or length["few"] or "") in ("小时", "钟头") else "minutes"


def _plain(text: str) -> Operation | None:
    """An operation without a length."""
    if _TIMES.search(text):
        return Operation("count")
    if amount := _AMOUNT.search(text):
        return Operation("count", unit=amount["unit"])
    if _FIRST.search(text):
        return Operation("first")
    if _LAST.search(text):
        return Operation("last")
    return None
