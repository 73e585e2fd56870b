"""What a question means after the ones before it: "And on Wednesday?", "What did she say?".

    follow_up(Question("And on Monday?", asked_at, zone, earlier=(turn,))) -> "What did I do on …?"

A time, the one person who was spoken of and the time of the question before are carried into the
new words; where that leaves them open, the question before it is carried along in brackets. Only
words that are asked openly are carried, so the person can read what was understood. A question that
stands alone passes unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, content_words, fold, tokens, words_of
from egorag.conversation.hanging import Hangs
from egorag.language.language import LANGUAGES, Language, language_after, language_of
from egorag.question.plan import BRACKETS, Plan, is_spoken_of, plan_of, without
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time, names_only_hours
from memory.types.core import Question, Span, Turn

LONGEST = 2000  # characters of a question; what would grow beyond is left as it was asked
_DAY = 86_400.0
_CARRIED = 200  # characters of what is carried along in brackets
MARKS = " ?？.!。，,！"  # no words of a question
_NAME = re.compile(r"[^\W\d_][\w'’.-]{0,30}(?: [\w'’.-]{1,30}){0,3}")
_COMPLETE = frozenset({"summarise", "todo", "who"})  # kinds that ask of a whole time
_LONGEST_DAY = 90_000.0  # seconds: the longest day has 25 hours
_REACH = 7200.0  # seconds that "before that" and "after that" look


def follow_up(question: Question, hangs: Hangs | None = None) -> str:
    """The question in full: its own text where it stands alone or nothing can be carried.

    Of words that do not point back, ``hangs`` tells whether they stand alone.

    Raises:
        ValueError: the question's time zone is unknown.
    """
    words = question.text.strip().rstrip(MARKS)
    if not question.earlier or not words:
        return question.text
    local = LocalTime.of(question.asked_at, question.timezone)
    turn = question.earlier[-1]
    if doubts(words):
        return turn.question
    before = _earlier_plan(turn, local)
    made = _FollowUp(words, before, turn, language_after(words, turn.question), hangs).in_full()
    if made == words or len(made) >= LONGEST:
        return question.text
    mark = "？" if language_of(made).code == "zh" else "?"
    return made if made.endswith((")", "）")) else f"{made.rstrip(MARKS)}{mark}"


def goes_on(words: str, turn: Turn) -> bool:
    """Whether words can only ask on about the turn before: "where exactly?", "are you sure?"."""
    words, language = words.strip().rstrip(MARKS), language_after(words, turn.question)
    return doubts(words) or is_bare(words, language)


def has_own_topic(words: str) -> bool:
    """Whether words that point back to somebody alone say of what they are: "what did he say about
    the boat?", but not "when did he leave?" or "did he like it?"."""
    language = language_of(words)
    table = language.table("follow_up")
    someone = "|".join(table["person"]) or "(?!)"
    left = re.sub(rf"\b(?:{someone})\b\W*\w*", "", words, flags=re.IGNORECASE)
    if left == words or re.search(rf"\b(?:{'|'.join(table['pronouns'])})", left, re.IGNORECASE):
        return False
    function = {*LIGHT_WORDS, *map(fold, table["function"])}
    function |= {fold(word) for word in language.table("question")["function"]}
    return any(word not in function for word in content_words(left))


def doubts(words: str) -> bool:
    """Whether it is asked if the answer before was right: "are you sure?", "Wirklich?"."""
    low = words.strip().rstrip(MARKS).lower()
    patterns = (Language(code).table("follow_up")["doubt"] for code in LANGUAGES)
    return any(re.fullmatch(pattern, low) for pattern in patterns)


def is_bare(words: str, language: Language) -> bool:
    """Whether words only name what else is asked: "with whom", "um wie viel Uhr"."""
    table, said = language.table("follow_up"), set(words_of(words))
    bare = {fold(word) for word in table["bare"]}
    return said <= bare and bool(said - set(table["particles"]))


def _earlier_plan(turn: Turn, local: LocalTime) -> Plan:
    """The earlier question as it would be asked now: its "yesterday" is still that day."""
    then = plan_of(turn.question, LocalTime(turn.asked_at, local.zone))
    time = then.time
    if time is None or time.anchor or time.recurring or then.local.today == local.today:
        return plan_of(turn.question, local)
    return plan_of(_put(without_time(then), span_words(time.span, local, then.language)), local)


def _put(words: str, when: str) -> str:
    """The words with a time: before them in Chinese, else at their end."""
    if chain := BRACKETS.match(words):
        return asked_after(_put(chain["own"], when), chain["before"])
    words = words.strip(MARKS)
    if language_of(words).code == "zh":
        return f"{when}{words.replace(' ', '')}"
    return f"{words} {when}".strip()


def asked_after(words: str, carried: str) -> str:
    """The words, and in brackets what was asked before them."""
    words, carried = words.strip().rstrip(MARKS), carried.strip().rstrip(MARKS)
    chinese = language_of(words).code == "zh"
    return f"{words}？（{carried}）" if chinese else f"{words}? ({carried})"


@dataclass(frozen=True, slots=True)
class _FollowUp:
    """A question without its mark, the plan and the turn before it, and its language."""

    words: str
    before: Plan
    turn: Turn
    language: Language
    hangs: Hangs | None = None

    @property
    def table(self) -> Mapping[str, Any]:
        return self.language.table("follow_up")

    @property
    def is_chinese(self) -> bool:
        return self.language.code == "zh"

    def in_full(self) -> str:
        """The question with what it carries on; the words themselves where that is nothing."""
        if made := self._at_neighbour() or self._beside() or self._at_another_time():
            return made
        made = self._with_person()
        if made == self.words and self._lacks_content():
            return self._joined()
        timed = self._at_its_time(made)
        return self._joined() if timed == self.words and self._hangs() else timed

    def _joined(self) -> str:
        """The question, and in brackets what the one before it was about."""
        carried = self.before.text.strip(MARKS)
        if chain := BRACKETS.match(carried):
            own, carried = chain["own"], chain["before"]
            if self._says_something(own):
                carried = f"{carried}; {own}"
        return asked_after(self.words, re.sub("[()]", "", carried[:_CARRIED]))

    def _hangs(self) -> bool:
        """Whether words that do not point back hang on it; never "what's on tomorrow"."""
        plan = plan_of(self.words, self.before.local)
        whole = plan.time is not None and (plan.kind in _COMPLETE or not plan.required)
        return self.hangs is not None and not whole and self.hangs(self.words)

    def _pattern(self, name: str) -> re.Pattern[str]:
        """Any of the words of a table that stand by themselves."""
        either = "|".join(self.table[name]) or "(?!)"
        bound = f"(?:{either})" if self.is_chinese else rf"\b(?:{either})\b"
        return re.compile(bound, re.IGNORECASE)

    def _beside(self) -> str:
        """ "What did I do after that": the hours beside the moment of the answer; else ""."""
        match = self._pattern("beside").search(self.words)
        turn, local = self.turn, self.before.local
        if match is None or turn.moment is None:
            return ""
        later = not self._pattern("before").search(match[0])
        rest = f"{self.words[: match.start()]}{self.words[match.end() :]}"
        asks = bool(set(content_words(rest)) - self._function_words())
        asks = self._says_something(rest) if self.is_chinese else asks
        if not asks and not later and turn.citations and self.before.required:
            kept = re.sub(self.table["now"], "", without_time(self.before), flags=re.IGNORECASE)
            latest = max(citation.span.start for citation in turn.citations)
            return _put(kept, before_day_of(latest, local, language_of(kept)))
        whole = plan_of(self.words, local)
        if whole.time is not None or (asks and whole.of_former):
            return ""
        asked = rest if asks else self.table["deed"]
        return _put(asked, beside_words(turn.moment, local, self.language, later=later))

    def _at_neighbour(self) -> str:
        """ "And the day before": the earlier question at the time beside its own; else ""."""
        words = self._pattern("particles").sub("", self.words).strip(MARKS)
        neighbours = self.table["neighbours"].items()
        said = next((said for asked, said in neighbours if re.fullmatch(asked, words.lower())), "")
        time = self.before.time
        named = time is not None and not (time.anchor or time.recurring)
        own = time.span if time and named else self.turn.moment
        if not said or own is None:
            return ""
        local = self.before.local
        beside = find_time(said, LocalTime(max(own.start, own.end - _DAY), local.zone))
        assert beside is not None
        return _put(_without_day(self.before), span_words(beside.span, local, self.language))

    def _at_another_time(self) -> str:
        """ "And on Monday": the earlier question at the time that is named; else "". Of a question
        after a time, that may be the answer that is meant."""
        before, when = self.before, self._time_alone()
        core = _without_day(before).strip(MARKS)
        if not when or not core or self._after_a_time():
            return ""
        any_day = names_only_hours(when, before.local) or _recurs(when, before.local)
        day = single_day(before, before.language) if any_day else ""
        made, chain = _put(core, f"{day} {when}".strip()), BRACKETS.match(core)
        if chain and plan_of(made, before.local).time is None:  # "is it there on Monday?"
            return _put(chain["before"], when)
        return made

    def _after_a_time(self) -> bool:
        """Whether the question before, or the one that it goes back to, asks when."""
        chain = BRACKETS.match(self.before.text)
        root = plan_of(chain["before"], self.before.local) if chain else self.before
        return "when" in (self.before.kind, root.kind)

    def _time_alone(self) -> str:
        """The words of a time, where they are all that is said; else ""."""
        words, time = self.words, find_time(self.words, self.before.local)
        if time is None or time.anchor:
            return ""
        named = [words[start:end] for start, end in sorted(time.pieces)]
        if self._pattern("particles").sub("", without(words, time.pieces)).strip(MARKS):
            return ""
        return " ".join(re.sub("^about ", "", part.strip()) for part in named)

    def _at_its_time(self, made: str) -> str:
        """The question of the time that was asked about, if it follows on and names none."""
        words, before = self.words, self.before
        plan = plan_of(made, before.local)
        general = plan.required in ((), ("person",)) and plan.kind in ("who", "summarise", "lookup")
        general = general and not (self._pattern("periods").search(words) or self._points_back())
        general = general and not self._is_of_a_time()
        follows = made != words or general
        if not follows or plan.time is not None or plan.kind == "when" or not own_words(before):
            return made
        return _put(made, own_words(before))

    def _with_person(self) -> str:
        """The words with the one person of the question or the answer before for "she"."""
        words = self.words
        heard = [name for name in self.turn.people if _NAME.fullmatch(name)]
        people = _people_in(self.before) or heard
        match = self._pattern("person").search(words)
        if match is None or len(people) != 1 or self._names(words[: match.start()]):
            return words
        if "们" in words:
            return words
        return f"{words[: match.start()]}{people[0]}{words[match.end() :]}"

    def _names(self, text: str) -> bool:
        """Whether a text names somebody or something that a pronoun after it may mean."""
        of_noun = "|".join([*self.language.table("question")["determiners"], r"\w+['’]s"])
        if any(
            token.capital and at > 0 and token.word != "i" for at, token in enumerate(tokens(text))
        ):
            return True
        return re.search(rf"\b(?:{of_noun}) \w", text, re.IGNORECASE) is not None

    def _points_back(self) -> bool:
        """Whether a pronoun means something outside the words."""
        match = self._pattern("pronouns").search(self.words)
        if match is None or self._names(self.words[: match.start()]):
            return False
        return not self._pattern("impersonal").search(self.words)

    def _lacks_content(self) -> bool:
        """Whether a question points back, or says of itself too little to be searched for."""
        words, plan = self.words, plan_of(self.words, self.before.local)
        if (
            self._points_back()
            or self._pattern("fragment").search(words)
            or is_bare(words, self.language)
        ):
            return True
        whole = plan.time is not None or plan.kind in _COMPLETE or self._is_of_a_time()
        whole = whole and not self._pattern("reason").search(words)
        if self._after_a_time() and self._time_alone():
            return True
        return not whole and not self._says_something(without_time(plan))

    def _is_of_a_time(self) -> bool:
        """Whether a time is spoken of: "what did I hear about tomorrow"."""
        time, table = find_time(self.words, self.before.local), self.language.table("question")
        return time is not None and any(
            is_spoken_of(self.words, piece, table) for piece in time.pieces
        )

    def _says_something(self, words: str) -> bool:
        table = self.table
        if self.is_chinese:
            for word in (*table["pronouns"], *table["function"]):
                words = words.replace(word, "")
            return len(re.sub(r"\W", "", words)) > 1
        light = {*LIGHT_WORDS, *map(fold, table["function"]), *self._function_words()}
        return any(word not in light for word in content_words(words))

    def _function_words(self) -> set[str]:
        return {fold(word) for word in self.language.table("question")["function"]}


def _people_in(plan: Plan) -> list[str]:
    """The names in a question, as they are written; none where every noun is written like one."""
    text = without_time(plan)
    if plan.language.table("question")["capital_nouns"]:
        return []
    names = (
        re.sub(r"['’].*", "", text[token.start : token.end])
        for at, token in enumerate(tokens(text))
        if token.capital and at > 0 and token.word not in STOP_WORDS and len(token.word) > 1
    )
    return list(dict.fromkeys(names))


def own_words(plan: Plan) -> str:
    """The words in which a question names its time, in its order; "" where it names none."""
    return " ".join(plan.text[start:end].strip() for start, end in sorted(_places(plan)))


def without_time(plan: Plan) -> str:
    """The question without the words of its time."""
    return without(plan.text, _places(plan)).strip(" ,")


def _without_day(plan: Plan) -> str:
    """The question without its time, but for an event: "at dinner" of "at dinner on Monday"."""
    text = plan.text
    for start, end in sorted(plan.time.pieces, reverse=True) if plan.time else ():
        words = text[start:end].split(" ")
        parts = [" ".join(part) for n in range(1, len(words)) for part in (words[:n], words[n:])]
        event = next((part for part in parts if _is_event(part, plan.local)), "")
        text = f"{text[:start].rstrip()} {event} {text[end:].lstrip()}"
    return " ".join(text.split())


def _is_event(words: str, local: LocalTime) -> bool:
    time = find_time(words, local)
    return time is not None and time.anchor is not None and not time.pieces


def _recurs(words: str, local: LocalTime) -> bool:
    time = find_time(words, local)
    return time is not None and time.recurring is not None


def _places(plan: Plan) -> list[tuple[int, int]]:
    time = plan.time
    return [*time.pieces, *([time.anchor.place] if time.anchor else [])] if time else []


def span_words(span: Span, local: LocalTime, language: Language) -> str:
    """ "on 3 March 2026", "from 1 March 2026 to 3 March 2026", "on 3 March 2026 between …"."""
    first, last = local.local(span.start), local.local(max(span.start, span.end - 1e-3))
    whole = (first.hour, first.minute) == (0, 0) and (last.hour, last.minute) == (23, 59)
    if first.date() != last.date():
        ends = {"first": language.date(first.date()), "last": language.date(last.date())}
        return _said(language, "days", **ends)
    day = _said(language, "day", date=language.date(first.date()))
    if whole:
        return day
    after = last + timedelta(minutes=1) if last.second or last.microsecond else last
    end = "24:00" if after.date() != first.date() else f"{after:%H:%M}"
    return _said(language, "hours", day=day, start=f"{first:%H:%M}", end=end)


def beside_words(moment: Span, local: LocalTime, language: Language, *, later: bool) -> str:
    """The two hours before a moment of the day on which it begins, or after it of the day on which
    it ends."""
    day_of = local.local(moment.end if later else moment.start).date()
    midnight = local.days(day_of, day_of)
    day = Span(midnight.start, midnight.start + _LONGEST_DAY)
    if later:
        return span_words(Span(moment.end, min(moment.end + _REACH, day.end)), local, language)
    return span_words(Span(max(moment.start - _REACH, day.start), moment.start), local, language)


def before_day_of(moment: float, local: LocalTime, language: Language) -> str:
    """ "before 3 March 2026", "2026年3月3日之前": what held before the day of a moment."""
    return _said(language, "before", date=language.date(local.local(moment).date()))


def single_day(plan: Plan, language: Language) -> str:
    """ "on 3 March 2026" of a question about one day or a part of it, else ""."""
    time = plan.time
    if time is None or time.anchor or time.recurring or time.span.duration > _LONGEST_DAY:
        return ""
    day = plan.local.local(time.span.start).date()
    return _said(language, "day", date=language.date(day))


def _said(language: Language, name: str, **values: str) -> str:
    return str(language.table("follow_up")["time"][name].format(**values))
