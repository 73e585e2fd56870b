"""Join a question that points back with the one before it, where no rule says what it means.

    joined("Why not?", "Did I call the insurance?")  -> "Why not? (Did I call the insurance)"

Both are searched for; the person reads there what was understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from egogpt.text.chinese_text import is_chinese
from egogpt.text.tokens import LIGHT_WORDS, content_words
from egorag.conversation.coreference import people_of, points_back, things_of
from egorag.language.language import Language
from egorag.question.plan import Plan
from egorag.question.whole_questions import general_in_english
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time
from memory.types.core import Turn

_LONGEST = 200  # characters of what is carried along
_BEFORE = re.compile(r"(?P<own>.+?)[?\uff1f]? [(\uff08](?P<before>.+)[)\uff09]$")
_MARKS = " ?\uff1f.!。，,\uff01"
_COMPLETE = frozenset({"summarise", "todo", "who"})  # kinds that ask of a whole time


def _table() -> Mapping[str, Sequence[str]]:
    return Language("zh").table("follow_up")


def joined(words: str, before: str) -> str:
    """The question, and in brackets what the one before it was about."""
    carried = before.strip(_MARKS)
    if chain := _BEFORE.match(before.strip(_MARKS)):
        own, carried = chain["own"], chain["before"]
        if _says_something(own):
            carried = f"{carried}; {own}"
    carried = carried[:_LONGEST].replace("(", "").replace(")", "")
    if is_chinese(words):
        return f"{words}\uff1f\uff08{carried}\uff09"
    return f"{words}? ({carried})"


def lacks_content(words: str, plan: Plan) -> bool:
    """Whether a question points back, or says of itself too little to be searched for.

    ``words`` are without marks at their end; ``plan`` is theirs.
    """
    if is_chinese(words):
        return _chinese_lacks(words, plan)
    if points_back(words):
        return True
    whole = plan.time is not None or plan.kind in _COMPLETE or things_of(plan)
    return not whole and not _says_something(words)


def _says_something(words: str) -> bool:
    if is_chinese(words):
        return len(_bare(words)) > 1
    return any(word not in LIGHT_WORDS for word in content_words(words))


def _chinese_lacks(words: str, plan: Plan) -> bool:
    if general_in_english(plan.query) and plan.time is not None:
        return False
    if any(word in words for word in _table()["pronouns"]):
        return True
    return plan.time is None and not _says_something(words) and not general_in_english(words)


def with_person(words: str, turn: Turn) -> str:
    """Chinese words with the one person of the answer before for 他 or 她."""
    people = people_of(turn)
    if len(people) != 1 or "们" in words:
        return words
    return re.sub("[他她]", people[0], words, count=1)


def _bare(words: str) -> str:
    """What is left of Chinese words without those that say nothing of what is asked about."""
    for word in (*_table()["pronouns"], *_table()["function"]):
        words = words.replace(word, "")
    return re.sub(r"\W", "", words)


def at_another_time(words: str, core: str, local: LocalTime) -> str:
    """ "那星期一呢": the earlier question (without its time) at the time that is named; else ""."""
    time = find_time(words, local)
    if time is None or time.anchor:
        return ""
    rest = words
    for start, end in sorted(time.pieces, reverse=True):
        rest = rest[:start] + rest[end:]
    for word in _table()["particles"]:
        rest = rest.replace(word, "")
    core = core.strip(_MARKS).replace(" ", "")
    return f"{time.text}{core}" if core and not rest.strip(_MARKS) else ""
