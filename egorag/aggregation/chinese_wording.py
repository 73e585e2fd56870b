"""The first sentence of a counted answer to a Chinese question, and what stands under it."""

from __future__ import annotations

from datetime import date

from egogpt.extraction.chinese_activities import chinese_catalogue
from egorag.aggregation.operation import Of, Operation
from egorag.aggregation.predicate import Predicate
from egorag.aggregation.tally import Tally
from egorag.evidence.units import Unit
from egorag.question.plan import Plan
from egorag.time.calendar.local_time import LocalTime
from egorag.wording.chinese_text import duration_in_chinese, noted, time_in_chinese
from egorag.wording.draft import Draft
from memory.types.events import Event

_SHORT = 100  # characters of a quotation
_PERIODS = {"day": "天", "week": "周", "month": "月", "year": "年"}
_WEEKDAYS = {
    "Monday": "星期一", "Tuesday": "星期二", "Wednesday": "星期三", "Thursday": "星期四",
    "Friday": "星期五", "Saturday": "星期六", "Sunday": "星期日",
}  # fmt: skip


def lead(
    found: Tally, operation: Operation, predicate: Predicate, plan: Plan, days: tuple[int, int]
) -> str:
    """ "上周（3月9日–15日）你跑步3次（7天中有5天有记录）。"."""
    known = f"{days[1]}天中有{days[0]}天有记录" if days[1] else "当时没有记录"
    return f"{time_in_chinese(plan)}{_value(found, operation, predicate)}（{known}）。"


def none_found(predicate: Predicate, plan: Plan) -> str:
    """Said where such things are told of, but none of them fits."""
    return f"0次：{time_in_chinese(plan)}没有找到{_did(predicate)}的记录。"


def occasion_draft(event: Event, local: LocalTime) -> Draft:
    """What was told of an occasion, and when."""
    quote = event.quote if len(event.quote) <= _SHORT else f"{event.quote[: _SHORT - 1]}…"
    return noted(Unit(event.recording_id, event.clip_ids[0], event.span, "caption", quote), local)


def _did(predicate: Predicate) -> str:
    """ "你和小明跑步", "小明做饭(饺子)"."""
    company = f"和{'、'.join(predicate.people)}" if predicate.people else ""
    words = f"（{'、'.join(predicate.words)}）" if predicate.words else ""
    return f"{predicate.doer or '你'}{company}{predicate.named}{words}"


def _value(found: Tally, operation: Operation, predicate: Predicate) -> str:
    value, did = found.value, _did(predicate)
    match operation.op:
        case "count":
            return f"{did}{value}{operation.unit or '次'}"
        case "whether":
            return f"有：{did}{value}次"
        case "days":
            return f"{did}的日子有{value}天"
        case "distinct":
            return f"{did}：{value}个，{'、'.join(label for label, _ in found.scores)}"
        case "list":
            if not found.scores:
                return f"{did}{len(found.events)}次"
            labels = (in_chinese(label, operation.of) for label, _ in found.scores)
            return f"{did}：{'、'.join(labels)}"
        case "sum":
            length = duration_in_chinese(float(value), operation.unit)  # type: ignore[arg-type]
            return f"{did}一共{length}，共{len(found.events)}次"
        case "average" if isinstance(value, (int, float)):
            amount = duration_in_chinese(value) if operation.unit else f"{value:g}次"
            return f"{did}平均每{_PERIODS[operation.per]}{amount}"
        case "first" | "last":
            which = "第一次" if operation.op == "first" else "最近一次"
            return f"{did}{which}是{_date(str(value))}"
        case _:
            return _best(found, operation, did)


def _best(found: Tally, operation: Operation, did: str) -> str:
    labels = "、".join(in_chinese(label, operation.of) for label in found.value)  # type: ignore[union-attr]
    best = found.scores[0][1]
    amount = duration_in_chinese(best) if found.timed else f"{best:g}次"
    each = "各" if len(found.scores) > 1 else ""
    most = "最多" if operation.op == "argmax" else "最少"
    return f"{did}{most}的是{labels}：{each}{amount}"


def in_chinese(label: str, of: Of) -> str:
    """A label as a person reads it: "2016年6月", "1997年5月22日"."""
    if of == "month":
        year, month = label.split("-")
        return f"{year}年{int(month)}月"
    if of == "year":
        return f"{label}年"
    if of == "week":
        return f"{_date(label)}那一周"
    if of == "day":
        return _date(label)
    return _WEEKDAYS.get(label) or chinese_catalogue().called(label)


def _date(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.year}年{day.month}月{day.day}日"
