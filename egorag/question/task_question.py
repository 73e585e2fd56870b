"""Whether a question asks what is still to be done, and which tasks it means.

    read_todo("What did I promise Anna?") -> Wanted(about=("anna",), past=True, own=True)
    read_todo("What do I still have to buy?") -> Wanted(verb="buy")

Only questions about the asker's own tasks: "what did I do", "what do I have to eat" and "what did
Anna promise" are none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from egogpt.text.tokens import STOP_WORDS, fold, tokens
from egorag.language.language import Language

_ENGLISH, _CHINESE = Language("en"), Language("zh")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tasks are meant: by their verb ("" any), by words and names that they speak of.

    ``past`` asks what was once taken on, done or not; ``asked`` only what somebody else wanted,
    ``of`` whom ("" anybody). ``forgotten`` asks first for what is overdue,
    ``own`` only for what the asker promised or said to do, ``due`` for what is due at some time.
    """

    verb: str = ""
    about: tuple[str, ...] = ()
    past: bool = False
    asked: bool = False
    of: str = ""
    forgotten: bool = False
    own: bool = False
    due: bool = False


def read_todo(query: str) -> Wanted | None:
    """The tasks that a question (without its time words) asks about, or None."""
    low = " ".join(fold(query).replace("’", "'").split())
    if chinese := _CHINESE.pattern("tasks", "questions.open").match(low.replace(" ", "")):
        who = chinese["who"] or ""
        verb = next((verb for verb in "买交" if verb in low), "")
        return Wanted(
            verb, (who,) if who else (), "答应" in low, forgotten="忘" in low, own="答应" in low
        )
    asked = low.rstrip("?. ")
    for section in ("open", "past"):
        for pattern in _ENGLISH.patterns("tasks", f"questions.{section}"):
            if match := pattern.fullmatch(asked):
                return _wanted(match, past=section == "past")
    return None


def _wanted(match: re.Match[str], *, past: bool) -> Wanted | None:
    groups, any_ = match.groupdict(), STOP_WORDS | _words("any")
    verb = groups.get("verb") or groups.get("verb_2") or ""
    rest = groups.get("rest") or groups.get("rest_2") or ""
    rest = f"{rest} {groups.get('whom') or ''}"
    if not verb and (named := _pattern("to_do").search(rest)):  # "promise Anna to bring"
        verb, rest = named[1], rest[: named.start()] + rest[named.end() :]
    if (
        verb in _words("no_task")
        or (verb in STOP_WORDS and verb != "do")
        or _pattern("event").search(rest)
        or (verb == "do" and _pattern("how").match(rest.strip()))
    ):
        return None
    verb = "" if verb == "get" and rest.strip().startswith("done") else verb
    same = _ENGLISH.table("tasks")["questions"]["same"]
    who = groups.get("who") or ""
    about = tuple(dict.fromkeys(t.word for t in tokens(rest) if t.word not in any_))
    return Wanted(
        "" if verb in any_ else same.get(verb, verb), about, past, bool(groups.get("asker")),
        "" if who in any_ else who, "forg" in match.string,
        past and bool(_pattern("own").search(match.string)),
        bool(_pattern("deadline").search(match.string)),
    )  # fmt: skip


def _words(name: str) -> frozenset[str]:
    return _ENGLISH.words("tasks", f"questions.{name}")


def _pattern(name: str) -> re.Pattern[str]:
    return _ENGLISH.pattern("tasks", f"questions.{name}")
