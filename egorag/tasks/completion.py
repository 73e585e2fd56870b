"""Whether a sentence tells that a task was done: its verb in the past, and what it was done to.

tells_done(commitment("I have to call the dentist"), "I called the dentist") -> True
"""

from __future__ import annotations

import re

from egogpt.extraction.english_clauses import PREPOSITIONS
from egogpt.text.chinese_text import is_chinese
from egogpt.text.lemmatizer import inflections
from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, words_of
from egorag.language.language import Language
from egorag.tasks.commitments import Commitment, commitments

_ENGLISH, _CHINESE = Language("en"), Language("zh")
_NEAR = 8  # words after a verb in which what it is done to is named
_MOST = 2 / 3  # of the words for what the deed is done to, so many must be told


def object_words(task: str, verb: str) -> tuple[str, ...]:
    """The words of a task that say to whom or what, without the verb and the time; in order."""
    skipped = STOP_WORDS | _words("time")
    words = (
        word
        for word in words_of(_pattern("clause").sub("", task.lower()))
        if word not in skipped and word != verb
    )
    kept = tuple(dict.fromkeys(word for word in words if not word.isdigit()))
    strong = tuple(word for word in kept if word not in LIGHT_WORDS)
    return strong or kept


def object_phrase(commitment: Commitment) -> tuple[list[str], list[str], list[str]]:
    """Of what a task is done to: the stems of the nouns, those of the words before them, and what
    stands behind a preposition."""
    known = set(object_words(commitment.task, commitment.verb))
    words = words_of(_pattern("clause").sub("", commitment.task.lower()))
    heads: list[str] = []
    before: list[str] = []
    behind: list[str] = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in PREPOSITIONS and heads:
            return heads, before, [stem(w) for w in words[words.index(word) :] if w in known]
        if word in known:
            (before if following in known else heads).append(stem(word))
    return heads, before, behind


def _words(name: str) -> frozenset[str]:
    return _ENGLISH.words("tasks", f"done.{name}")


def _pattern(name: str, language: Language = _ENGLISH) -> re.Pattern[str]:
    return language.pattern("tasks", f"done.{name}")


def other_verbs(verb: str) -> frozenset[str]:
    """Other verbs for the same deed: "repair" for "fix"."""
    others = {
        name for name, same in _ENGLISH.table("tasks")["done"]["same"].items() if verb in same
    }
    return frozenset({*_ENGLISH.table("tasks")["done"]["same"].get(verb, ()), *others})


def tells_done(commitment: Commitment, sentence: str, *, told: bool = False) -> bool:
    """Whether the sentence tells of the commitment's task as of something done or being done.

    ``told``: it is an account ("I call the dentist", "Wash the car"), where speech would order.
    """
    if is_chinese(commitment.task):
        return _chinese_done(commitment, sentence)
    low = sentence.lower().replace("’", "'")
    if low.rstrip().endswith("?") or _pattern("open").search(low) or commitments(sentence):
        return False
    if commitment.verb in _words("spoken"):
        low = _pattern("spoke").sub(f"{_past(commitment.verb)} ", low)
    words, forms = words_of(low), _forms(commitment.verb)
    wanted = {stem(word) for word in object_words(commitment.task, commitment.verb)}
    return bool(wanted) and any(
        _tells(words, at, wanted, commitment, told)
        for at, word in enumerate(words)
        if word in forms
    )


def _tells(words: list[str], at: int, wanted: set[str], commitment: Commitment, told: bool) -> bool:
    """Whether the verb at a place tells of the deed, done by who tells it or by nobody named."""
    before, after = words[:at], words[at + 1 : at + 1 + _NEAR]
    inflected = words[at] not in (
        commitment.verb,
        *_ENGLISH.table("tasks")["done"]["same"].get(commitment.verb, ()),
    )
    unchanged = words[at] in _words("unchanged")
    if _met(after, wanted) and _particle(commitment.task) <= set(after):
        return _by_self(before, leave_out=inflected or told) and (inflected or unchanged or told)
    passive = bool(_words("is").intersection(before[-3:])) or not after
    participle = (inflected or unchanged) and not words[at].endswith("ing")
    return _met(before, wanted) and passive and participle and "i" not in before


def _met(words: list[str], wanted: set[str]) -> bool:
    return len(wanted & {stem(word) for word in words}) >= _MOST * len(wanted)


def _by_self(before: list[str], *, leave_out: bool) -> bool:
    """Whether the words before a verb make the one who tells its subject."""
    subjects = [n for n, word in enumerate(before) if word in ("i", "we")]
    if before[-1:] == ["to"]:
        return False
    if not subjects:
        return leave_out and len(before) <= 3 and all(word in _words("leads") for word in before)
    return not _words("others").intersection(before[subjects[-1] :])


def _particle(task: str) -> set[str]:
    """The particle that makes another verb of the task's: "off" of "turn off the tap"."""
    return set(words_of(task)[1:2]) & _words("particles")


def _past(verb: str) -> str:
    return next(iter(sorted(inflections(verb) - {verb}, key=lambda form: not form.endswith("d"))))


def _forms(verb: str) -> frozenset[str]:
    """What a deed is told with: the verb's forms and those of its other names."""
    return frozenset().union(
        *(
            inflections(word)
            for word in (verb, *_ENGLISH.table("tasks")["done"]["same"].get(verb, ()))
        )
    )


def _chinese_done(commitment: Commitment, sentence: str) -> bool:
    """The task's words with 了 or 过: 买牛奶 — 我买了牛奶, 牛奶买好了."""
    undone, done = _pattern("undone", _CHINESE), _pattern("done", _CHINESE)
    if undone.search(sentence) or not done.search(sentence):
        return False
    light = _CHINESE.table("tasks")["done"]["light"]
    signs = [sign for sign in commitment.task if sign not in light]
    return len(signs) > 1 and sum(sign in sentence for sign in signs) >= 0.8 * len(signs)
