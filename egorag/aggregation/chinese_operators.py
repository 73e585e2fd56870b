"""What a Chinese question asks to be done with events: 几次, 多久, 最多, 第一次, 和谁, 吗.

chinese_operation("我跑了几次步?").op  # "count"
"""

from __future__ import annotations

import re

from egorag.aggregation.operation import Of, Operation, Operator

_MOST = re.compile(r"最(?:多|常|经常|频繁|爱|喜欢)|(?P<least>最少)")
_LENGTH = re.compile(
    r"多久(?!没|不|一次)|多长时间(?!没)|多少(?:个)?(?P<unit>小时|钟头|分钟|时间)|几个?(?P<few>小时|钟头|分钟)"
)
_TIMES = re.compile("几[次回趟顿遍场局]|多少[次回趟顿遍场局]|多频繁|多久.{0,6}一次|次数")
_AMOUNT = re.compile("(?:几|多少)(?P<unit>[杯瓶碗罐壶听圈页步米]|公里|千米)")
_WHERE = re.compile("在(?:哪儿|哪里|哪个地方|什么地方|哪家).")
_SINCE = re.compile("多久(?:没|不)|多长时间没")
_DAYS = re.compile("[几多]少?天(?!前|之前|以前)")
_WHICH_DAYS = re.compile(
    "哪(?:几|些|一)?(?:天|日子)|几月几[号日]|几号|什么时候|何时|什么日期|星期几|周几"
)
_FIRST, _LAST = (
    re.compile("第一次|首次|最早|头一次|头一回"),
    re.compile("上一?[次回]|最后一?[次回]|最近一?[次回]|上次|最近(?:是|一次)"),
)
_EVERY = re.compile(r"每(?:一|个)?(?P<per>天|周|星期|礼拜|月|年)|平均")
_PER = {"天": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month", "年": "year"}
_PERIODS: tuple[tuple[str, Of], ...] = (
    (r"星期几|周几|礼拜几", "weekday"),
    (r"哪一?个?月|几月", "month"),
    (r"哪一?年", "year"),
    (r"哪一?个?(?:周|星期|礼拜)", "week"),
    (r"哪一?天|哪个日子|几号", "day"),
    (r"谁|哪个(?:人|朋友|同事)", "who"),
    (r"哪儿|哪里|哪个(?:地方|城市|餐厅|公园)|什么地方|哪家", "where"),
    (r"什么|哪[种个项]", "what"),
)
_WITH_WHOM = re.compile(
    r"(?:和|跟|与|同|陪|约|给|带|请)(?:了|过)?(?:谁|哪些人|什么人|哪个人)|谁(?:和|跟|与|陪|同)(?:着)?我"
    r"|(?:见|遇到|碰到|遇见)[了过到]*(?:谁|哪些人|什么人)|有谁.*一起"
)
_WHAT = re.compile("[了过的喝吃买看读玩做](?:些|了些)?(?:什么|哪些)(?!时|地|人)|哪些运动|什么运动")
_DISTINCT = re.compile(
    r"(?:几|多少)(?:个|种|家|位)(?:不同的)?(?P<noun>地方|景点|城市|国家|餐厅|朋友|人|菜|运动)"
)
_WHETHER = re.compile(r"(?:吗|没有|没|么)$|是不是|有没有")


def chinese_operation(query: str) -> Operation | None:
    """What a question asks to be done with its events, None where it asks for none of it."""
    text = query.rstrip(" ?\uff1f。!\uff01呢啊呀")
    if _SINCE.search(text):
        return Operation("last")
    length = _LENGTH.search(text)
    unit = _unit(length) if length else ""
    if most := _MOST.search(text):
        return _superlative(text, "argmin" if most["least"] else "argmax")
    every = _EVERY.search(text)
    if every and (unit or _TIMES.search(text)):
        return Operation("average", per=_PER.get(every["per"] or "天", "day"), unit=unit)
    if re.search("多久.{0,6}一次", text):
        return Operation("average", per="week")
    if length:
        return Operation("sum", unit=unit)
    return _plain(text)


def _unit(length: re.Match[str]) -> str:
    return "hours" if (length["unit"] or length["few"] or "") in ("小时", "钟头") else "minutes"


def _superlative(text: str, op: Operator) -> Operation | None:
    return next((Operation(op, of) for pattern, of in _PERIODS if re.search(pattern, text)), None)


def _plain(text: str) -> Operation | None:
    """An operation without a comparison, a mean or a length."""
    if found := _DISTINCT.search(text):
        return Operation("distinct", "who" if found["noun"] in ("人", "朋友") else "what")
    if _TIMES.search(text):
        return Operation("count")
    if amount := _AMOUNT.search(text):
        return Operation("count", unit=amount["unit"])
    if _FIRST.search(text):
        return Operation("first")
    if _LAST.search(text):
        return Operation("last")
    if _DAYS.search(text):
        return Operation("days", "day")
    if _WHICH_DAYS.search(text):
        return Operation("list", "day")
    if _WITH_WHOM.search(text):
        return Operation("list", "who")
    if _WHERE.search(text):
        return Operation("list", "where")
    if _WHAT.search(text):
        return Operation("list", "what")
    return Operation("whether") if _WHETHER.search(text) else None
