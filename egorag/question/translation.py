"""The names of common things in the other language, so that 咖啡 finds "coffee" and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from egogpt.extraction.chinese_activities import chinese_catalogue
from egogpt.extraction.english_object_states import singular
from egogpt.text.chinese_text import is_chinese


@lru_cache(maxsize=1)
def _chinese_of() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for chinese, english in chinese_catalogue().english.items():
        name = singular(english)
        found[name] = (*found.get(name, ()), chinese)
    return found


def _others(thing: str) -> tuple[str, ...]:
    """What a thing is called in the other language, where that is listed."""
    if is_chinese(thing):
        english = chinese_catalogue().english.get(thing)
        return (singular(english),) if english else ()
    return _chinese_of().get(singular(thing.lower()), ())


def translated(words: Sequence[str]) -> tuple[str, ...]:
    """The words in the other language; empty where one of them is not listed."""
    found = [_others(word)[:1] for word in words]
    return tuple(names[0] for names in found) if all(found) else ()


def tells_in_another(question: str, quote: str) -> bool:
    """Whether what was told is not in the language of the question."""
    return is_chinese(question) != is_chinese(quote)
