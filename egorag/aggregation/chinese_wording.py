"""The first sentence of a counted answer to a Chinese question, and what stands under it."""

from __future__ import annotations

from datetime import date

from egorag.aggregation.operation import Operation
from egorag.aggregation.predicate import Predicate
from egorag.aggregation.tally import Tally
from egorag.evidence.units import Unit
from egorag.question.plan import Plan
from egorag.time.calendar.local_time import LocalTime
from egorag.wording.chinese_text import duration_in_chinese, noted, time_in_chinese
from egorag.wording.draft import Draft
from memory.types.events import Event

_SHORT = 100  # characters of a quotation


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
        case "sum":
            length = duration_in_chinese(float(value), operation.unit)  # type: ignore[arg-type]
            return f"{did}一共{length}，共{len(found.events)}次"
        case "first" | "last":
            which = "第一次" if operation.op == "first" else "最近一次"
            return f"{did}{which}是{_date(str(value))}"
        case _:
            return f"{did}{len(found.events)}次"


def _date(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.year}年{day.month}月{day.day}日"
