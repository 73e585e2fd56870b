"""Whether a sentence tells that a task was done: its verb in the past, and what it was done to.

tells_done(commitment("I have to call the dentist"), "I called the dentist") -> True
"""

from __future__ import annotations

import re

from egogpt.lemmas import inflections
from egorag.chinese_words import is_chinese
from egorag.commitments import Commitment, commitments
from egorag.stems import stem
from egorag.words import LIGHT_WORDS, STOP_WORDS, words_of

# Deeds by other words. A task to buy is done, too, by whoever "got" the thing.
_SAME_DEED = {
    "buy": ("get", "purchase", "order", "pick"),
    "get": ("buy", "pick", "fetch"),
    "pick": ("fetch", "collect", "get"),
    "call": ("phone", "ring", "speak", "talk"),
    "phone": ("call", "ring", "speak", "talk"),
    "send": ("mail", "email", "post", "share"),
    "email": ("send", "write", "mail"),
    "write": ("email", "send"),
    "return": ("bring", "give", "take"),
    "pay": ("transfer", "settle"),
    "fix": ("repair", "mend"),
    "repair": ("fix", "mend"),
    "book": ("make", "reserve", "order"),
    "take": ("bring", "put"),
    "ask": ("talk", "speak"),
    "give": ("hand", "return", "bring"),
    "feed": ("give",),
}
_OPEN = re.compile(
    r"\b(?:not|never|forgot|forget|will|would|should|could|might|must|going to|gonna|want|wanted"
    r"|need|needs|needed|have to|has to|had to|if|when|plan|planned|try|tried|about to|ought|let's"
    r"|supposed|tomorrow|later|nobody)\b|n't\b|'ll\b"
)
_TIME = frozenset(
    """today tonight tomorrow morning afternoon evening night weekend week month year day monday
    tuesday wednesday thursday friday saturday sunday noon midnight next later soon end way home
    back friday's clock minute minutes hour hours please""".split()
)
_MOST = 2 / 3  # of the words for what the deed is done to, so many must be told


def object_words(task: str, verb: str) -> tuple[str, ...]:
    """The words of a task that say to whom or what, without the verb and the time; in order."""
    skipped = STOP_WORDS | _TIME
    words = (word for word in words_of(task) if word not in skipped and word != verb)
    kept = tuple(dict.fromkeys(word for word in words if not word.isdigit()))
    strong = tuple(word for word in kept if word not in LIGHT_WORDS)
    return strong or kept


def tells_done(commitment: Commitment, sentence: str) -> bool:
    """Whether the sentence tells of the commitment's task as of something done or being done."""
    if is_chinese(commitment.task):
        return _chinese_done(commitment, sentence)
    low = sentence.lower().replace("’", "'")
    if low.rstrip().endswith("?") or _OPEN.search(low) or commitments(sentence):
        return False
    told = words_of(sentence)
    if not _forms(commitment.verb).intersection(told):
        return False
    wanted = {stem(word) for word in object_words(commitment.task, commitment.verb)}
    met = wanted & {stem(word) for word in told}
    return bool(wanted) and len(met) >= _MOST * len(wanted)


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
