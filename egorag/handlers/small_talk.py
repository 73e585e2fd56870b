"""Answer small talk with what this home holds and two questions that it can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from egogpt.text.directives import is_strange_name
from egorag.evidence.wearer import Wearer
from egorag.generation.answers import explain
from egorag.handlers.context import Context
from egorag.language.language import Language
from egorag.question.plan import Plan, without
from egorag.time.calendar.local_time import LocalTime
from egorag.time.grammar.read import looks_back
from egorag.time.resolve import find_time
from memory.store.view import View
from memory.types.core import Answer, Coverage, Sentence, Span

_HEARD = 200  # speakers that are counted
_NAMED = 3  # of whom so many are named
_LONGEST_DAY = 90_000.0  # seconds, when clocks are set back
_SHORT = 60  # characters of a question for a date
_LONGEST = 40  # characters of a thing's name


def answer(context: Context) -> Iterator[Answer]:
    """Handler: a reply in the language of what was said, without citations."""
    talk = context.small_talk
    assert talk is not None  # see the registry
    home = HomeSummary(context.view, context.plan.local, talk.language)
    of_home = [] if talk.intent == "request" else home.sentences()
    sentences = [talk.language.say(f"talk_{talk.intent}"), *of_home]
    explanation = explain(context.plan, None, "small talk")
    yield Answer(tuple(map(Sentence, sentences)), (), 1.0, Coverage(), explanation=explanation)


def date_asked(plan: Plan) -> date | None:
    """The day of which the date is asked for: "what day is it?", "what's the date on Friday?"; the
    next Friday, unless it is asked for what was."""
    if len(plan.text) > _SHORT:
        return None
    asked = plan.language.pattern("question", "date_asked")
    time = find_time(plan.text, plan.local, "past" if looks_back(plan.text) else "future")
    if not asked.fullmatch(without(plan.text, time.pieces if time else ()).strip(" ?.!？。")):
        return None
    span = (time.named or time.span) if time else Span(plan.local.asked_at, plan.local.asked_at)
    return plan.local.local(span.start).date() if span.duration <= _LONGEST_DAY else None


def date_answer(context: Context) -> Iterator[Answer]:
    """Handler: the date, which no recording has to tell."""
    plan, day = context.plan, date_asked(context.plan)
    assert day is not None  # see the registry
    text = plan.language.say("the_date", day=plan.language.day(day, plan.local.today))
    explanation = explain(plan, None, "calendar")
    yield Answer((Sentence(text),), (), 1.0, Coverage(), explanation=explanation)


class HomeSummary:
    """What a home holds, in the words of one language."""

    def __init__(self, view: View, local: LocalTime, language: Language) -> None:
        self._view, self._local, self._language = view, local, language
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
            return [self._language.say("talk_empty")]
        one, other = self._questions()
        return [self._holding(), self._language.say("talk_try", one=one, other=other)]

    def _holding(self) -> str:
        say, people = self._language.say, self._people[:_NAMED]
        if rest := len(self._people) - len(people):
            people.append(say("talk_others", rest))
        return say(
            "talk_home",
            days=say("talk_day", len(self._days)),
            period=self._period(),
            recordings=say("talk_recording", len(self._view.recordings())),
            heard=say("talk_heard", people=self._language.listed(people)) if people else "",
        )

    def _period(self) -> str:
        first, last = self._day(self._days[0]), self._day(self._days[-1])
        return first if first == last else self._language.say("talk_period", first=first, last=last)

    def _questions(self) -> list[str]:
        """Two questions that the newest memories answer."""
        say = self._language.say
        things = (thing for thing in self._view.objects_put(10) if len(thing) <= _LONGEST)
        found = [say("talk_of_thing", thing=thing) for thing in things][:1]
        found += [say("talk_of_person", person=name) for name in self._people[:1]]
        found.append(say("talk_of_day", day=self._day(self._days[-1])))
        return [*found, say("talk_of_speech")][:2]

    def _day(self, day: date) -> str:
        return self._language.day(day, self._local.today)
