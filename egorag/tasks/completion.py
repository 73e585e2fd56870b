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
from egorag.tasks.commitments import Commitment, commitments

# Deeds by other words: what is bought was "got", too; whoever "spoke to" somebody has called.
_SAME_DEED = {
    "buy": ("get", "purchase", "order"),
    "get": ("buy",),
    "call": ("phone", "ring"),
    "phone": ("call", "ring"),
    "send": ("mail", "email", "post"),
    "email": ("send", "write", "mail"),
    "write": ("email", "send"),
    "return": ("bring", "give"),
    "fix": ("repair", "mend"),
    "repair": ("fix", "mend"),
    "book": ("reserve",),
}
_SPOKEN = frozenset("call phone ask tell contact".split())
_SPOKE = re.compile(r"\b(?:speak|spoke|spoken|speaking|talk|talked|talking) (?=(?:to|with)\b)")
_PARTICLES = frozenset("off on out in up down back away".split())
_OTHERS = frozenset(
    "he she they you it everyone everybody someone somebody who his her their your".split()
)
# What may stand before the verb where whoever tells leaves "I" out: "Just called the dentist."
_LEADS = frozenset(
    """just then also already finally now start started starting continue continued begin began yes
    yeah ok okay have has and so done finished finish well oh""".split()
)
_IS = frozenset("is are was were been be got s has have".split())
_NEAR = 8  # words after a verb in which what it is done to is named
_CLAUSE = re.compile(r"\b(?:when|if|after|before|because|so that|as soon as|once|while)\b.*$")
_OPEN = re.compile(
    r"\b(?:not|never|forgot|forget|will|would|should|could|might|must|going to|gonna|want|wanted"
    r"|need|needs|needed|have to|has to|had to|if|when|plan|planned|try|tried|about to|ought|let's"
    r"|supposed|tomorrow|later|nobody)\b|n't\b|'ll\b"
)
_TIME = frozenset(
    """today tonight tomorrow morning afternoon evening night weekend week month year day monday
    tuesday wednesday thursday friday saturday sunday noon midnight next later soon end way home
    back friday's clock minute minutes hour hours please promise swear""".split()
)
_MOST = 2 / 3  # of the words for what the deed is done to, so many must be told


def object_words(task: str, verb: str) -> tuple[str, ...]:
    """The words of a task that say to whom or what, without the verb and the time; in order."""
    skipped = STOP_WORDS | _TIME
    words = (
        word
        for word in words_of(_CLAUSE.sub("", task.lower()))
        if word not in skipped and word != verb
    )
    kept = tuple(dict.fromkeys(word for word in words if not word.isdigit()))
    strong = tuple(word for word in kept if word not in LIGHT_WORDS)
    return strong or kept


def object_phrase(commitment: Commitment) -> tuple[list[str], list[str], list[str]]:
    """Of what a task is done to: the stems of the nouns, those of the words before them, and what
    stands behind a preposition."""
    known = set(object_words(commitment.task, commitment.verb))
    words = words_of(_CLAUSE.sub("", commitment.task.lower()))
    heads: list[str] = []
    before: list[str] = []
    behind: list[str] = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in PREPOSITIONS and heads:
            return heads, before, [stem(w) for w in words[words.index(word) :] if w in known]
        if word in known:
            (before if following in known else heads).append(stem(word))
    return heads, before, behind


def other_verbs(verb: str) -> frozenset[str]:
    """Other verbs for the same deed: "repair" for "fix"."""
    others = {name for name, same in _SAME_DEED.items() if verb in same}
    return frozenset({*_SAME_DEED.get(verb, ()), *others})


def tells_done(commitment: Commitment, sentence: str, *, told: bool = False) -> bool:
    """Whether the sentence tells of the commitment's task as of something done or being done.

    ``told``: it is an account ("I call the dentist", "Wash the car"), where speech would order.
    """
    if is_chinese(commitment.task):
        return _chinese_done(commitment, sentence)
    low = sentence.lower().replace("’", "'")
    if low.rstrip().endswith("?") or _OPEN.search(low) or commitments(sentence):
        return False
    if commitment.verb in _SPOKEN:
        low = _SPOKE.sub(f"{_past(commitment.verb)} ", low)
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
    inflected = words[at] not in (commitment.verb, *_SAME_DEED.get(commitment.verb, ()))
    unchanged = words[at] in _UNCHANGED
    if _met(after, wanted) and _particle(commitment.task) <= set(after):
        return _by_self(before, leave_out=inflected or told) and (inflected or unchanged or told)
    passive = bool(_IS.intersection(before[-3:])) or not after
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
        return leave_out and len(before) <= 3 and all(word in _LEADS for word in before)
    return not _OTHERS.intersection(before[subjects[-1] :])


def _particle(task: str) -> set[str]:
    """The particle that makes another verb of the task's: "off" of "turn off the tap"."""
    return set(words_of(task)[1:2]) & _PARTICLES


def _past(verb: str) -> str:
    return next(iter(sorted(inflections(verb) - {verb}, key=lambda form: not form.endswith("d"))))


_UNCHANGED = frozenset("put read cut set let hit shut spread".split())


def _forms(verb: str) -> frozenset[str]:
    """What a deed is told with: the verb's forms and those of its other names."""
    return frozenset().union(*(inflections(word) for word in (verb, *_SAME_DEED.get(verb, ()))))


def _chinese_done(commitment: Commitment, sentence: str) -> bool:
    """The task's words with 了 or 过: 买牛奶 — 我买了牛奶, 牛奶买好了."""
    if re.search(r"[?？吗]|没|还要|要去|别忘|记得|打算", sentence):
        return False
    if not re.search("了|过|好", sentence):
        return False
    signs = [sign for sign in commitment.task if sign not in "的了去把给一个点些"]
    return len(signs) > 1 and sum(sign in sentence for sign in signs) >= 0.8 * len(signs)
