"""Whether a question asks what is still to be done, and which tasks it means.

    read_todo("What did I promise Anna?") -> Wanted(about=("anna",), past=True, own=True)
    read_todo("What do I still have to buy?") -> Wanted(verb="buy")

Only questions about tasks: "what did I do" and "what do I have to eat" are none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from egogpt.text.tokens import STOP_WORDS, fold, tokens
from egorag.language.language import LANGUAGES, Language


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tasks are meant: by their verb ("" any), by words and names that they speak of.

    ``past`` asks what was once taken on, done or not; ``asked`` only what somebody else wanted,
    ``of`` whom ("" anybody). ``forgotten`` asks first for what is overdue, ``overdue`` for nothing
    else, ``own`` only for what the asker promised or said to do, ``due`` for what is due at some
    time, ``ours`` also for what "we" have to do, whoever says it; ``theirs`` is who promised.
    """

    verb: str = ""
    about: tuple[str, ...] = ()
    past: bool = False
    asked: bool = False
    of: str = ""
    forgotten: bool = False
    own: bool = False
    due: bool = False
    overdue: bool = False
    ours: bool = False
    theirs: str = ""


ALL = Wanted()


def read_todo(query: str) -> Wanted | None:
    """The tasks that a question (without its time words) asks about, or None."""
    low = " ".join(fold(query).replace("’", "'").split())
    for language in map(Language, LANGUAGES):
        asked = low.replace(" ", language.say("joint")).rstrip("?.！？。 ")
        for section in ("open", "past"):
            for pattern in language.patterns("tasks", f"questions.{section}"):
                if match := pattern.fullmatch(asked):
                    return _wanted(language, match, past=section == "past")
    return None


def asks_for_ours(language: Language, text: str) -> bool:
    """Whether a text speaks of "us" as those who have to do something."""
    return language.pattern("tasks", "questions.ours").search(text.lower()) is not None


def asks_for_any(query: str) -> bool:
    """Whether a question asks for tasks whatever they are about."""
    wanted = read_todo(query)
    return wanted is not None and not (wanted.verb or wanted.about or wanted.theirs)


def _wanted(language: Language, match: re.Match[str], *, past: bool) -> Wanted | None:
    def pattern(name: str) -> re.Pattern[str]:
        return language.pattern("tasks", f"questions.{name}")

    def asks(name: str) -> bool:
        return pattern(name).search(match.string) is not None

    def part(name: str) -> str:
        return next((said for key, said in groups.items() if said and key.startswith(name)), "")

    groups = match.groupdict()
    any_ = STOP_WORDS | language.words("tasks", "questions.any")
    verb, rest = part("verb"), f"{part('rest')} {part('whom')}"
    if not verb and (named := pattern("to_do").search(rest)):  # "promise Anna to bring"
        verb, rest = named[1], rest[: named.start()] + rest[named.end() :]
    if (
        verb in language.words("tasks", "questions.no_task")
        or (verb in STOP_WORDS and verb != "do")
        or pattern("event").search(rest)
        or (verb == "do" and pattern("how").match(rest.strip()))
    ):
        return None
    verb = "" if verb == "get" and rest.strip().startswith("done") else verb
    same = language.table("tasks")["questions"]["same"]
    empty = any_ | language.empty_words
    about = tuple(dict.fromkeys(t.word for t in tokens(rest) if t.word not in empty))
    return Wanted(
        "" if verb in any_ else same.get(verb, verb), about, past, bool(part("asker")),
        "" if part("who") in any_ else part("who"), asks("forgot"), past and asks("own"),
        asks("deadline"), asks("overdue"), asks("ours"), part("theirs"),
    )  # fmt: skip
