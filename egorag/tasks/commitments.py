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
from egorag.tasks import english_terms as cues
from egorag.tasks.chinese_commitments import chinese_commitment

By = Literal["own", "asked"]

_QUOTED = re.compile(r"[\"“”][^\"“”]*(?:[\"“”]|$)|(?<!\w)'[^']{3,}'(?!\w)")
_TAGGED = re.compile(r",? *(?:ok|okay|right|alright|all right|yeah|yes|please|will you|can you)\?$")
_ENDS = re.compile(
    r"(?:[;.!?]|, (?:but|and then|so|because|or|he|she|they|it|i|we|you)\b| but "
    r"|,? (?:right|okay|ok|sure|please|alright|(?:ha)+)$).*$",
    re.DOTALL,
)
_WORD = re.compile(r"[a-z]+(?:[-'][a-z]+)*")
_GERUND = re.compile(r"mind $")
_LYRICS = re.compile(r"^\W*(?:\(?lyrics|♪|♫|\[?singing)")
_LEADS = re.compile(
    r"(?:go and |make sure (?:to |(?:that )?(?:i |we ))|try to |try and |remember to |please )+"
)
_TALK = re.compile(
    r"(?:see (?:you|this|it|that|how|if|what)|talk to you|catch up with you|(?:tell|ask) you some"
    r"|do (?:something|anything|what|(?:my|our|your) best|better|more)"
    r"|be (?!at |in |there|back|home|ready|on time))\b"
)
_ASKING = re.compile(r"(?:and |so |but )?(?:how|what|which|where|when|who|why)\b")
_NOW = re.compile(r"\b(?<!for )now\b")
_UNSURE = re.compile(r"\b(?:maybe|perhaps)\b")


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
    return any(sign in low for sign in cues.SIGNS) or is_chinese(text)


_CUES: tuple[tuple[re.Pattern[str], By, bool], ...] = (
    (cues.OWN_FIRM, "own", True),
    (cues.ASKED_FIRM, "asked", True),
    (cues.OWN_SOFT, "own", False),
    (cues.ASKED_SOFT, "asked", False),
)


def _of_sentence(sentence: str) -> Iterator[Commitment]:
    if is_chinese(sentence):
        if read := chinese_commitment(sentence):
            yield Commitment(sentence, *read)
        return
    low = _QUOTED.sub(lambda match: " " * len(match.group()), _folded(sentence))
    if cues.CONDITION.search(low) or _LYRICS.match(low):
        return
    asking = low.rstrip().endswith("?") and not _TAGGED.search(low.rstrip())
    for cue, by, firm in _CUES:
        for match in cue.finditer(low):
            if asking and (by == "own" or firm or _ASKING.match(low)):
                continue
            if _UNSURE.search(low[: match.start()]):
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
    if cues.BEFORE.search(low[: match.start()]):
        return None
    rest = low[match.end() :]
    skipped = _LEADS.match(rest)
    start = match.end() + (skipped.end() if skipped else 0)
    word = _WORD.match(low[start:])
    if word is None or word.group() in cues.NEVER or word.group() in cues.NO_VERB:
        return None
    verb = _gerund(word.group()) if _GERUND.search(low[: match.end()]) else word.group()
    task = _ENDS.sub("", sentence[start:].rstrip("?!. "))
    if not task.strip() or not _counts(verb, task.lower().replace("’", "'"), low, firm):
        return None
    if by == "own" and " " not in task and not cues.JOINING.search(low[: match.start()]):
        return None
    if not _bears_out(match.group(), verb, low):
        return None
    return Commitment(sentence, by, task.strip(" ,"), verb, firm)


def _bears_out(cue: str, verb: str, low: str) -> bool:
    """Whether the weakest cues have the company that they need: an errand, a time to come."""
    if cue.startswith("will you"):
        return verb in cues.ERRANDS
    return not cue.startswith("let me") or bool(cues.TO_COME.search(low))


def _gerund(word: str) -> str:
    return word.removesuffix("ing")


def _counts(verb: str, task: str, low: str, firm: bool) -> bool:
    """Whether the deed is one that waits: by its verb, and by a time to come that is named."""
    if verb in cues.MANNER or _TALK.match(task):
        return False
    if cues.TO_COME.search(low):
        return True
    if _NOW.search(low):
        return False
    if cues.WAITS.match(task):
        return True
    if cues.AT_HAND.match(task) and not (firm and verb in cues.ERRANDS):
        return False
    if firm:
        return verb not in cues.IDLE
    return verb in cues.ERRANDS and verb not in cues.ON_THE_SPOT
