"""What sentences commit somebody to: a task taken on, or one that somebody else is asked to do.

    commitments("Okay. I still have to pay the rent by Friday!")
    -> [Commitment("I still have to pay the rent by Friday!", "own", "pay the rent by Friday", …)]

Rules over single sentences. Questions ("do I have to …?"), denials, conditions ("I would, if …"),
what is quoted, and what is done this very moment ("I'll have the soup") commit to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from egogpt.text.chinese_text import is_chinese
from egogpt.text.tokens import fold
from egorag.evidence.units import sentences
from egorag.language.language import Language

By = Literal["own", "asked"]

_ENGLISH, _CHINESE = Language("en"), Language("zh")
_CUES: tuple[tuple[str, By, bool], ...] = (
    ("own_firm", "own", True),
    ("asked_firm", "asked", True),
    ("own_soft", "own", False),
    ("asked_soft", "asked", False),
)
_QUOTED = re.compile(r"[\"“”][^\"“”]*(?:[\"“”]|$)|(?<!\w)'[^']{3,}'(?!\w)")
_WORD = re.compile(r"[a-z]+(?:[-'][a-z]+)*")
_LYRICS = re.compile(r"^\W*(?:\(?lyrics|♪|♫|\[?singing)")


@dataclass(frozen=True, slots=True)
class Commitment:
    """A task and who took it: ``own`` the speaker, ``asked`` the hearer.

    ``task`` is what is to be done, as said, without what leads to it; ``verb`` its first word in
    lower case. ``lasting`` tasks stay open for weeks ("I have to …"); others ("I'll send it") are
    mostly done, or dropped, soon.
    """

    sentence: str
    by: By
    task: str
    verb: str
    lasting: bool = True


def commitments(text: str) -> list[Commitment]:
    """The commitments of a text, at most one a sentence."""
    return [found for part in sentences(text) if may_commit(part) for found in _of_sentence(part)]


def may_commit(text: str) -> bool:
    """A quick test that every text passes in which `commitments` finds any."""
    low = _folded(text)
    return any(
        sign in low for sign in _ENGLISH.table("tasks")["commitments"]["signs"]
    ) or is_chinese(text)


def _cue(name: str) -> re.Pattern[str]:
    return _ENGLISH.pattern("tasks", f"commitments.{name}")


def _words(name: str) -> frozenset[str]:
    return _ENGLISH.words("tasks", f"commitments.{name}")


def _of_sentence(sentence: str) -> Iterator[Commitment]:
    if is_chinese(sentence):
        yield from _of_chinese(sentence)
        return
    low = _QUOTED.sub(lambda match: " " * len(match.group()), _folded(sentence))
    if _cue("condition").search(low) or _LYRICS.match(low):
        return
    asking = low.rstrip().endswith("?") and not _cue("tagged").search(low.rstrip())
    for cue, by, firm in _CUES:
        for match in _cue(cue).finditer(low):
            if asking and (by == "own" or firm or _cue("asking").match(low)):
                continue
            if _cue("unsure").search(low[: match.start()]):
                continue
            found = _task(sentence, low, match, by, firm)
            if found is not None:
                yield found
                return


def _folded(text: str) -> str:
    """Lower case, of the same length where it is the same letter for letter."""
    folded = fold(text.replace("’", "'"))
    if len(folded) == len(text):
        return folded
    kept = (sign if len(sign.lower()) != 1 else sign.lower() for sign in text)
    return "".join(kept).replace("’", "'")


def _task(sentence: str, low: str, match: re.Match[str], by: By, firm: bool) -> Commitment | None:
    """The task that stands behind a cue, if it is one to be remembered."""
    if _cue("before").search(low[: match.start()]):
        return None
    rest = low[match.end() :]
    skipped = _cue("leads").match(rest)
    start = match.end() + (skipped.end() if skipped else 0)
    word = _WORD.match(low[start:])
    if word is None or word.group() in _words("never") | _words("no_verb"):
        return None
    verb = word.group()
    if low[: match.end()].endswith("mind "):
        verb = verb.removesuffix("ing")
    task = _cue("ends").sub("", sentence[start:].rstrip("?!. "))
    if not task.strip() or not _counts(verb, task.lower().replace("’", "'"), low, firm):
        return None
    if by == "own" and " " not in task and not _cue("joining").search(low[: match.start()]):
        return None
    if not _bears_out(match.group(), verb, low):
        return None
    return Commitment(sentence, by, task.strip(" ,"), verb, firm)


def _bears_out(cue: str, verb: str, low: str) -> bool:
    """Whether the weakest cues have the company that they need: an errand, a time to come."""
    if cue.startswith("will you"):
        return verb in _words("errands")
    return not cue.startswith("let me") or bool(_cue("to_come").search(low))


def _counts(verb: str, task: str, low: str, firm: bool) -> bool:
    """Whether the deed is one that waits: by its verb, and by a time to come that is named."""
    if verb in _words("manner") or _cue("talk").match(task):
        return False
    if _cue("to_come").search(low):
        return True
    if _cue("now").search(low):
        return False
    if _cue("waits").match(task):
        return True
    if _cue("at_hand").match(task) and not (firm and verb in _words("errands")):
        return False
    if firm:
        return verb not in _words("idle")
    return verb in _words("errands") and verb not in _words("on_the_spot")


def _of_chinese(sentence: str) -> Iterator[Commitment]:
    """What a Chinese sentence commits to; the task's first character stands for its verb."""
    asked, firm, soft, none, day, errand, end = (
        _CHINESE.pattern("tasks", f"commitments.{name}")
        for name in ("asked", "firm", "soft", "none", "day", "errand", "end")
    )
    if none.search(sentence):
        return
    match = asked.search(sentence)
    by: By = "asked" if match else "own"
    match = match or firm.search(sentence)
    if match is None and (likely := soft.search(sentence)):
        match = likely if day.search(sentence) or errand.search(likely["task"]) else None
    task = end.sub("", match["task"]).strip() if match else ""
    if len(task) > 1:
        yield Commitment(sentence, by, task, task[0])
