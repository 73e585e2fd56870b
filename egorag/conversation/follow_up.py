"""What a question means after the ones before it: "And on Wednesday?", "What did she say?".

    follow_up(Question("And on Monday?", asked_at, zone, earlier=(turn,))) -> "What did I do on …?"

A time, the one person who was spoken of and the time of the question before are carried into the
new words; where that leaves them open, the question before it is carried along in brackets. Only
words that are asked openly are carried, so the person can read what was understood. A question that
stands alone passes unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from egogpt.text.chinese_text import is_chinese
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, content_words, tokens
from egorag.conversation.time_words import (
    before_day_of,
    beside_words,
    own_words,
    single_day,
    span_words,
    without_time,
)
from egorag.language.language import Language
from egorag.question.plan import Plan, plan_of
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time, names_only_hours
from memory.types.core import Question, Turn

LONGEST = 2000  # characters of a question; what would grow beyond is left as it was asked
_CARRIED = 200  # characters of what is carried along in brackets
_MARKS = " ?？.!。，,！"
_BRACKETS = re.compile(r"(?P<own>.+?)[?？]? [(（](?P<before>.+)[)）]$")
_NOW = r"\s*\b(?:right )?now\b|\s*\bcurrently\b|\s*\bstill\b|现在|目前|如今"
_NAME = re.compile(r"[^\W\d_][\w'’.-]{0,30}(?: [\w'’.-]{1,30}){0,3}")
_NOUN = re.compile(r"\b(?:the|an?|my|our|your|this|these|those|\w+['’]s) \w", re.IGNORECASE)
_COMPLETE = frozenset({"summarise", "todo", "who"})  # kinds that ask of a whole time


def follow_up(question: Question) -> str:
    """The question in full: its own text where it stands alone or nothing can be carried.

    Raises:
        ValueError: the question's time zone is unknown.
    """
    words = question.text.strip().rstrip(_MARKS)
    if not question.earlier or not words:
        return question.text
    local = LocalTime.of(question.asked_at, question.timezone)
    turn = question.earlier[-1]
    before = _earlier_plan(turn, local)
    made = _beside(words, before, turn) or _at_another_time(words, before) or words
    if made == words:
        made = _with_person(words, before, turn)
        lacking = made == words and _lacks_content(words, plan_of(words, local))
        made = _joined(words, before.text) if lacking else _at_its_time(made, words, before)
    if made == words or len(made) >= LONGEST:
        return question.text
    mark = "？" if is_chinese(made) else "?"
    return made if made.endswith((")", "）")) else f"{made.rstrip(_MARKS)}{mark}"


def _words_for(text: str) -> Mapping[str, Sequence[str]]:
    return Language("zh" if is_chinese(text) else "en").table("follow_up")


def _pattern(text: str, name: str) -> re.Pattern[str]:
    """Any of the words of a table that stand by themselves."""
    either = "|".join(_words_for(text)[name]) or "(?!)"
    return re.compile(f"(?:{either})" if is_chinese(text) else rf"\b(?:{either})\b", re.IGNORECASE)


def _earlier_plan(turn: Turn, local: LocalTime) -> Plan:
    """The earlier question as it would be asked now: its "yesterday" is still that day."""
    then = plan_of(turn.question, LocalTime(turn.asked_at, local.zone))
    time = then.time
    if time is None or time.anchor or time.recurring or then.local.today == local.today:
        return plan_of(turn.question, local)
    return plan_of(_put(without_time(then), span_words(time.span, local)), local)


def _put(words: str, when: str) -> str:
    """The words with a time: at their end in English, before them in Chinese."""
    words = words.strip(_MARKS)
    return f"{when}{words.replace(' ', '')}" if is_chinese(words) else f"{words} {when}".strip()


def _beside(words: str, before: Plan, turn: Turn) -> str:
    """ "What did I do after that": the hours beside the moment of the answer before; else ""."""
    match = _pattern(words, "beside").search(words)
    if match is None or turn.moment is None:
        return ""
    later = not _pattern(words, "before").search(match[0])
    rest = f"{words[: match.start()]}{words[match.end() :]}"
    bare = not (_says_something(rest) if is_chinese(rest) else content_words(rest))
    if bare and not later and turn.citations and before.required:
        held = re.sub(_NOW, "", without_time(before), flags=re.IGNORECASE)
        latest = max(citation.span.start for citation in turn.citations)
        return _put(held, before_day_of(latest, before.local, is_chinese(held)))
    if plan_of(words, before.local).time is not None:
        return ""
    asked = rest if content_words(rest) else "What did I do"
    return _put(asked, beside_words(turn.moment, before.local, later=later))


def _at_another_time(words: str, before: Plan) -> str:
    """ "And on Monday": the earlier question at the time that is named; else ""."""
    time, core = find_time(words, before.local), without_time(before).strip(_MARKS)
    if time is None or time.anchor or not core:
        return ""
    rest, named = words, [words[start:end] for start, end in sorted(time.pieces)]
    for start, end in sorted(time.pieces, reverse=True):
        rest = rest[:start] + rest[end:]
    if _pattern(words, "particles").sub("", rest).strip(_MARKS):
        return ""
    when = " ".join(re.sub("^about ", "", part.strip()) for part in named)
    day = single_day(before) if names_only_hours(when, before.local) else ""
    return _put(core, f"{day} {when}".strip())


def _at_its_time(made: str, words: str, before: Plan) -> str:
    """The question of the time that was asked about, if it follows on and names none."""
    plan = plan_of(made, before.local)
    general = plan.required in ((), ("person",)) and plan.kind in ("who", "summarise", "lookup")
    general = general and not (_pattern(words, "periods").search(words) or _points_back(words))
    follows = made != words or general
    if not follows or plan.time is not None or plan.kind == "when" or not own_words(before):
        return made
    return _put(made, own_words(before))


def _with_person(words: str, before: Plan, turn: Turn) -> str:
    """The words with the one person of the question or the answer before for "she" or "he"."""
    people = _people_in(before) or [name for name in turn.people if _NAME.fullmatch(name)]
    match = _pattern(words, "person").search(words)
    if match is None or len(people) != 1 or _names(words[: match.start()]) or "们" in words:
        return words
    return f"{words[: match.start()]}{people[0]}{words[match.end() :]}"


def _people_in(plan: Plan) -> list[str]:
    """The names in a question, as they are written."""
    text = without_time(plan)
    found = (
        re.sub(r"['’].*", "", text[token.start : token.end])
        for at, token in enumerate(tokens(text))
        if token.capital and at > 0 and token.word not in STOP_WORDS and len(token.word) > 1
    )
    return list(dict.fromkeys(found))


def _names(text: str) -> bool:
    """Whether a text names somebody or something that a pronoun after it may mean."""
    capital = any(t.capital and at > 0 and t.word != "i" for at, t in enumerate(tokens(text)))
    return capital or _NOUN.search(text) is not None


def _points_back(words: str) -> bool:
    """Whether a pronoun means something outside the words."""
    found = _pattern(words, "pronouns").search(words)
    if found is None or _names(words[: found.start()]):
        return False
    return not _pattern(words, "impersonal").search(words)


def _lacks_content(words: str, plan: Plan) -> bool:
    """Whether a question points back, or says of itself too little to be searched for."""
    if _points_back(words) or _pattern(words, "fragment").search(words):
        return True
    whole = plan.time is not None or plan.kind in _COMPLETE
    whole = whole and not _pattern(words, "reason").search(words)
    return not whole and not _says_something(without_time(plan))


def _says_something(words: str) -> bool:
    if is_chinese(words):
        table = _words_for(words)
        for word in (*table["pronouns"], *table["function"]):
            words = words.replace(word, "")
        return len(re.sub(r"\W", "", words)) > 1
    light = {*LIGHT_WORDS, *_words_for(words)["function"]}
    return any(word not in light for word in content_words(words))


def _joined(words: str, before: str) -> str:
    """The question, and in brackets what the one before it was about."""
    carried = before.strip(_MARKS)
    if chain := _BRACKETS.match(carried):
        own, carried = chain["own"], chain["before"]
        if _says_something(own):
            carried = f"{carried}; {own}"
    carried = re.sub("[()]", "", carried[:_CARRIED])
    return f"{words}？（{carried}）" if is_chinese(words) else f"{words}? ({carried})"
