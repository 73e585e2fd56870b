"""What sentences commit somebody to a task, and which tell that it was done.

    commitments("Okay. I still have to pay the rent by Friday!")
    -> [Commitment("I still have to pay the rent by Friday!", "own", "pay the rent by Friday", …)]
    tells_done(commitment, "I paid the rent") -> True

Rules over single sentences. Questions ("do I have to …?"), denials, conditions ("I would, if …"),
what is quoted, and what is done this very moment ("I'll have the soup") commit to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from egogpt.extraction.english_clauses import PREPOSITIONS
from egogpt.text.chinese_text import is_chinese
from egogpt.text.lemmatizer import inflections
from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, STOP_WORDS, fold, words_of
from egorag.evidence.units import sentences
from egorag.language.language import Language
from egorag.time.relative_dates import MONTHS, WEEKDAYS

By = Literal["own", "asked", "due"]

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
_SEVERAL = re.compile(r",|\band\b")
_NEAR = 8  # words after a verb in which what it is done to is named
_MOST = 2 / 3  # of the words for what the deed is done to, so many must be told


@dataclass(frozen=True, slots=True)
class Commitment:
    """A task and who took it: ``own`` the speaker, ``asked`` the hearer; of what is only said to be
    ``due`` nobody is known.

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
    if due := _cue("due").match(low):
        if not low.rstrip().endswith("?"):
            yield Commitment(sentence, "due", sentence[slice(*due.span("task"))], "due")
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


def object_words(task: str, verb: str) -> tuple[str, ...]:
    """The words of a task that say to whom or what, without the verb and the time; in order."""
    skipped = STOP_WORDS.union(_done_words("time"), WEEKDAYS, MONTHS)
    words = (
        word
        for word in words_of(_done("clause").sub("", task.lower()))
        if word not in skipped and word != verb
    )
    kept = tuple(dict.fromkeys(word for word in words if not word.isdigit()))
    strong = tuple(word for word in kept if word not in LIGHT_WORDS)
    return strong or kept


def object_phrase(commitment: Commitment) -> tuple[list[str], list[str], list[str]]:
    """Of what a task is done to: the stems of the nouns, those of the words before them, and what
    stands behind a preposition."""
    known = set(object_words(commitment.task, commitment.verb))
    words = words_of(_done("clause").sub("", commitment.task.lower()))
    heads: list[str] = []
    before: list[str] = []
    behind: list[str] = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in PREPOSITIONS and heads:
            return heads, before, [stem(w) for w in words[words.index(word) :] if w in known]
        if word in known:
            (before if following in known else heads).append(stem(word))
    return heads, before, behind


def _done_words(name: str) -> frozenset[str]:
    return _ENGLISH.words("tasks", f"done.{name}")


def _done(name: str, language: Language = _ENGLISH) -> re.Pattern[str]:
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
    if low.rstrip().endswith("?") or _done("open").search(low) or commitments(sentence):
        return False
    if commitment.verb in _done_words("spoken"):
        low = _done("spoke").sub(f"{_past(commitment.verb)} ", low)
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
    unchanged = words[at] in _done_words("unchanged")
    met = _met(after, wanted) or _in_short(after, commitment)
    if met and _particle(commitment.task) <= set(after):
        return _by_self(before, leave_out=inflected or told) and (inflected or unchanged or told)
    passive = bool(_done_words("is").intersection(before[-3:])) or not after
    participle = (inflected or unchanged) and not words[at].endswith("ing")
    return _met(before, wanted) and passive and participle and "i" not in before


def _met(words: list[str], wanted: set[str]) -> bool:
    return len(wanted & {stem(word) for word in words}) >= _MOST * len(wanted)


def _in_short(words: list[str], commitment: Commitment) -> bool:
    """Whether they name what one task is done to in fewer words: "the train", to Berlin."""
    task = commitment.task.lower()
    named = object_words(" ".join(words), commitment.verb)
    whole = set(map(stem, object_words(task, commitment.verb)))
    return bool(named) and not _SEVERAL.search(task) and whole.issuperset(map(stem, named))


def _by_self(before: list[str], *, leave_out: bool) -> bool:
    """Whether the words before a verb make the one who tells its subject."""
    subjects = [n for n, word in enumerate(before) if word in ("i", "we")]
    if before[-1:] == ["to"]:
        return False
    if not subjects:
        return (
            leave_out and len(before) <= 3 and all(word in _done_words("leads") for word in before)
        )
    return not _done_words("others").intersection(before[subjects[-1] :])


def _particle(task: str) -> set[str]:
    """The particle that makes another verb of the task's: "off" of "turn off the tap"."""
    return set(words_of(task)[1:2]) & _done_words("particles")


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
    undone, done = _done("undone", _CHINESE), _done("done", _CHINESE)
    if undone.search(sentence) or not done.search(sentence):
        return False
    light = _CHINESE.table("tasks")["done"]["light"]
    signs = [sign for sign in commitment.task if sign not in light]
    return len(signs) > 1 and sum(sign in sentence for sign in signs) >= 0.8 * len(signs)
