"""Answer small talk with what this home holds and two questions that it can be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from egogpt.text.directives import is_strange_name
from egorag.evidence.wearer import Wearer
from egorag.generation.answers import explain
from egorag.handlers.context import Context
from egorag.time.calendar.format_interval import day_in_words
from egorag.time.calendar.local_time import LocalTime
from egorag.wording.chinese_text import day_in_chinese
from memory.store.view import View
from memory.types.core import Answer, Coverage, Sentence

_HEARD = 200  # speakers that are counted
_NAMED = 3  # of whom so many are named
_LONGEST = 40  # characters of a thing's name


def answer(context: Context) -> Iterator[Answer]:
    """Handler: a reply in the language of what was said, without citations."""
    talk = context.small_talk
    assert talk is not None  # see the registry
    reply = talk.phrases.reply
    home = HomeSummary(context.view, context.plan.local, talk.phrases.language, reply)
    sentences = [reply[talk.intent], *home.sentences()]
    explanation = explain(context.plan, None, "small talk")
    yield Answer(tuple(map(Sentence, sentences)), (), 1.0, Coverage(), explanation=explanation)


class HomeSummary:
    """What a home holds, in the words of one language."""

    def __init__(
        self, view: View, local: LocalTime, language: str, reply: Mapping[str, Any]
    ) -> None:
        self._view, self._local, self._language, self._reply = view, local, language, reply
        spans = view.coverage(None).indexed
        self._days = sorted(
            {
                day
                for span in spans
                for day in (local.local(span.start).date(), local.local(span.end - 1e-3).date())
            }
        )
        heard = Wearer(view).others(view.speakers(_HEARD))
        self._people = [name for name in heard if not is_strange_name(name)]

    def sentences(self) -> list[str]:
        """What is remembered, and what can be asked; or that there is nothing yet."""
        if not self._days:
            return [self._reply["empty"]]
        one, other = self._questions()
        return [self._holding(), self._reply["try"].format(one=one, other=other)]

    def _holding(self) -> str:
        reply, people = self._reply, self._people[:_NAMED]
        if rest := len(self._people) - len(people):
            people.append(_number(reply["others"], rest))
        names = reply["and"].join(filter(None, [reply["comma"].join(people[:-1]), *people[-1:]]))
        return str(
            reply["home"].format(
                days=_number(reply["day"], len(self._days)),
                period=self._period(),
                recordings=_number(reply["recording"], len(self._view.recordings())),
                heard=reply["heard"].format(people=names) if names else "",
            )
        )

    def _period(self) -> str:
        first, last = self._day(self._days[0]), self._day(self._days[-1])
        return first if first == last else str(self._reply["period"]).format(first=first, last=last)

    def _questions(self) -> list[str]:
        """Two questions that the newest memories answer."""
        reply = self._reply
        things = (thing for thing in self._view.objects_put(10) if len(thing) <= _LONGEST)
        found = [reply["of_thing"].format(thing=thing) for thing in things][:1]
        found += [reply["of_person"].format(person=name) for name in self._people[:1]]
        found.append(reply["of_day"].format(day=self._day(self._days[-1])))
        return [*found, reply["of_speech"]][:2]

    def _day(self, day: date) -> str:
        words = day_in_chinese if self._language == "zh" else day_in_words
        return words(day, self._local.today)


def _number(forms: list[str], number: int) -> str:
    return forms[number != 1].format(n=number)
