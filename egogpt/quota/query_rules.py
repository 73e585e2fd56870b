"""Things and doings that a question names, by rules: for when no language model is at hand.

A rule that takes a word too many costs a little attention on frames that show it; one that takes a
word too few leaves the frame unfound. So in doubt the word is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from egogpt.text.word_lists import word_list

NOT_SEEN = word_list("egogpt.quota", "not_seen")
_ENDS = word_list("egogpt.quota", "ends")
_ACTORS = frozenset("i you he she it we they who somebody someone anybody anyone".split())
_TO = frozenset({"to", "not", "never", "ever"})

_WORD = re.compile(r"[a-z0-9]+(?:['’-][a-z0-9]+)*|[.,;:?!()]", re.IGNORECASE)
_HAN = re.compile(r"[㐀-鿿]+")
_HAN_SMALL = re.compile(
    "什么时候|为什么|有没有|是不是|什么|怎么样?|哪里|哪儿|哪个|哪些|哪|谁|几点|几次|几个|多少|多久|多大|最后|第一次|"
    "上次|昨天|今天|前天|早上|上午|中午|下午|晚上|我们|你们|他们|她们|自己|一个|一起|之前|之后|以前|以后|时候|"
    "[我你您他她它的了着过吗呢吧啊把被在是有和跟与给对从到去来放用里上下中这那些个次不没都也就还又再得地]"
)


def things_in(question: str) -> list[str]:
    """Noun phrases of an English question; of a Chinese one, what stands between small words."""
    noun_phrases = list(_chinese(question))
    for run, verb in _runs(question):
        things = run[1:] if verb else run
        if things and not _bare(things):
            noun_phrases.append(" ".join(things))
    return noun_phrases


def doings_in(question: str) -> list[str]:
    """Verbs of an English question with what they are done to: "put red mug"."""
    runs = _runs(question)
    verb_phrases = []
    for at, (run, verb) in enumerate(runs):
        if not verb:
            continue
        after = runs[at + 1][0] if len(run) == 1 and at + 1 < len(runs) else []
        words = [*run, *after]
        if len(words) > 1:
            verb_phrases.append(" ".join(words))
    return verb_phrases


def _runs(question: str) -> list[tuple[list[str], bool]]:
    """Runs of content words, and whether the first of a run is a verb."""
    words = _WORD.findall(question)
    runs: list[tuple[list[str], bool]] = []
    fresh = True  # the next content word begins a run
    for at, word in enumerate(words):
        if word.casefold() in _ENDS or not word[0].isalnum():
            fresh = True
            continue
        named = _is_name(words, at)
        if fresh or named or _is_name(words, at - 1):
            runs.append(([], not named and _acts(words, at)))
        runs[-1][0].append(word)
        fresh = False
    return runs


def _is_name(words: list[str], at: int) -> bool:
    """Whether a word inside a sentence has a capital."""
    return at > 0 and words[at][0].isupper() and words[at - 1] not in (".", "?", "!", ":")


def _acts(words: list[str], at: int) -> bool:
    """Whether the word at this place is done by somebody: "I put", "to buy", "did Ann carry"."""
    before = words[at - 1].casefold() if at else ""
    return before in _ACTORS | _TO or _is_name(words, at - 1)


def _bare(words: list[str]) -> bool:
    """Whether a run has nothing to point at."""
    return all(word.casefold() in NOT_SEEN for word in words)


def _chinese(question: str) -> Iterator[str]:
    for text in _HAN.findall(question):
        yield from (part for part in _HAN_SMALL.split(text) if len(part) > 1)
