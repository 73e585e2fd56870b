"""Questions that a person could ask, made from their own newest days. Few and bounded queries.

What is suggested has an answer: a day that was recorded, somebody who was there, a thing that was
put somewhere, a promise that was heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from app.presentation.i18n import language, t
from egorag.evidence.wearer import Wearer
from egorag.tasks.commitments import may_commit
from egorag.tasks.tasks import find_tasks
from egorag.time.calendar.local_time import LocalTime
from memory.store.store import Store
from memory.types.timezones import zone

MOST = 6
_LATELY = 1500  # clips: about half a day without pause, some days as people record
_READ = 150  # clips that are read for promises
_THING = re.compile(r"[\w' -]{2,40}")


def suggestions(store: Store, timezone: str, now: float) -> list[str]:
    """At most ``MOST`` questions, the most telling first; none where nothing is remembered."""
    newest = store.recordings.newest()
    if newest is None:
        return []
    recorded = datetime.fromtimestamp(newest.span.end - 1, zone(newest.timezone)).date()
    today = datetime.fromtimestamp(now, zone(timezone)).date()
    questions = [_of_day(recorded, today)]
    people = _people(store)
    questions += _of_people(people)
    questions += _of_things(store)
    questions += _of_promises(store, timezone, now)
    if len(questions) < 3:
        questions.append(t("What did we talk about?"))
    return list(dict.fromkeys(questions))[:MOST]


def _of_day(day: date, today: date) -> str:
    if day == today:
        return t("What happened today?")
    return t("What happened on {day}?", day=day_name(day, today))


def day_name(day: date, today: date) -> str:
    """ "Tuesday 3 March", as questions name it, with the year where it is another."""
    if language() == "zh":
        year = "" if day.year == today.year else f"{day.year}年"
        return f"{year}{day.month}月{day.day}日"
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%A} {day.day} {day:%B}{year}"


def _people(store: Store) -> list[str]:
    """Who was met most of late; not the wearer, as far as that is known."""
    return Wearer(store.as_of(float("inf"))).others(store.recent.people(_LATELY))


def _of_people(names: Iterable[str]) -> Iterator[str]:
    for number, name in zip(range(2), names):
        if number == 0:
            yield t("What did {name} say?", name=name)
        else:
            yield t("When did I last see {name}?", name=name)


def _of_things(store: Store) -> Iterator[str]:
    for name in store.recent.objects_put(_LATELY):
        if _THING.fullmatch(item := name.strip()):
            yield t("Where did I put the {thing}?", thing=item)
            return


def _of_promises(store: Store, timezone: str, now: float) -> Iterator[str]:
    texts = store.recent.texts(_READ)
    likely = [memory_id for memory_id, text in texts if may_commit(text)][:20]
    if not likely:
        return
    view = store.as_of(now)
    local = LocalTime.of(now, timezone)
    if find_tasks(view, view.by_id(likely), local, Wearer(view)):
        yield t("What do I still have to do?")
