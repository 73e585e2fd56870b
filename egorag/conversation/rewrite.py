"""An earlier question asked anew: another person or thing in it, or another kind of answer."""

from __future__ import annotations

import re

from egogpt.text.tokens import STOP_WORDS, fold, tokens
from egorag.conversation.coreference import PERSONS, kin_of, people_in, people_of, thing_of
from egorag.question.plan import Plan
from memory.types.core import Turn

_AUX = r"did|do|does|was|were|is|are|am|have|has|had|will|would|can|could|should"
_ASKED = re.compile(
    rf"^(?P<lead>(?:(?:to|with|from|for|about|in|at) )?(?:who|whom|whose|what|when|where|why|which"
    rf"|how(?: (?:many|much|often|long|frequently|far|old|big))?)\b(?P<what>(?: (?!(?:{_AUX})\b)"
    rf"[\w'’-]+){{0,4}}?))?\s*(?P<aux>\b(?:{_AUX})\b) (?P<rest>.+)$",
    re.IGNORECASE,
)
_WHO = re.compile(r"^(?:who|what|which [\w'’-]+) (?P<rest>.+)$", re.IGNORECASE)
_LED_BY = re.compile(r"^(?P<word>about|with|from|to|by|for) (?P<what>\S.*)$", re.IGNORECASE)
_ABOUT = re.compile(r"\babout (?P<what>[^?.!]+)", re.IGNORECASE)
_INTERROGATIVE = re.compile(
    r"^(?:(?:and|but|so|ok|okay) )?(?P<word>when|where|why|how(?: (?:long|often))?"
    r"|(?:at |on )?(?:what|which) (?:time|day))"
    r"(?P<that> (?:was|is) (?:that|this|it)| did (?:that|this|it) happen| exactly"
    r"| did (?:he|she|they|i|we) (?:do|say|tell me|mention) (?:that|this|it|so))?$",
    re.IGNORECASE,
)


def rewrite_for(text: str) -> tuple[str, bool] | None:
    """("Where", True) for "Where was that?", ("When", False) for "When?"; None for all else.

    True where the words point at what was found, not only at what was asked.
    """
    match = _INTERROGATIVE.fullmatch(text.rstrip(" ?.!"))
    if match is None:
        return None
    pointing = match["that"] is not None and match["that"].strip().lower() != "exactly"
    return match["word"][0].upper() + match["word"][1:].lower(), pointing


def with_other_kind(word: str, core: str, turn: Turn) -> str:
    """The earlier question (without its time) with another question word; "" where it has none."""
    core = core.rstrip(" ?.!")
    match = _ASKED.match(core)
    if match is not None and match["lead"] is None:
        return f"{word} {match['aux'].lower()} {match['rest']}"
    if match is not None and not _subject_asked(match):
        what = (match["what"] or "").strip()
        many = match["lead"].lower().startswith(("how many", "how much"))
        rest = f"{match['rest']} {'the ' if not many and what else ''}{what}".strip()
        return f"{word} {match['aux'].lower()} {rest}"
    asked = _WHO.match(core)
    if asked is None:
        return ""
    people = people_of(turn)
    doer = people[0] if len(people) == 1 else "somebody"
    return f"{word} was it that {doer} {asked['rest']}"


def _subject_asked(match: re.Match[str]) -> bool:
    """Whether the question asks who did it: "who was at dinner", not "who did I meet"."""
    lead = match["lead"].lower()
    return lead.startswith("who") and match["aux"].lower() in ("was", "were", "is", "are", "has")


def with_other_object(fragment: str, core: str, plan: Plan) -> str:
    """The earlier question (without its time) about what a fragment names; "" where it has no
    place for it: a name takes the place of a name, "about …" of what it was about, "with …" of
    who was with it, a thing of the thing."""
    led = _LED_BY.match(fragment)
    if led is not None:
        return _after_word(led["word"].lower(), fragment, core, plan)
    if _is_name(fragment):
        named = people_in(plan)
        return core.replace(named[0], fragment, 1) if named else ""
    kin = kin_of(plan)
    last = fold(fragment).split()[-1:]
    if kin and last and last[0] in PERSONS:
        return core.replace(kin[0], fragment, 1)
    thing = thing_of(plan)
    return _in_place(core, thing, fragment) if thing else _for_bare_noun(fragment, core, plan)


def _after_word(word: str, fragment: str, core: str, plan: Plan) -> str:
    """The fragment in the place of what stands after its first word, else at the end."""
    if word == "about":
        place = _ABOUT.search(core)
    else:
        names = "|".join(map(re.escape, people_in(plan)))
        place = re.search(rf"\b{word} (?:{names})\b", core, re.IGNORECASE) if names else None
    if place is None:
        return f"{core.rstrip(' ?.!')} {fragment}"
    return f"{core[: place.start()]}{fragment}{core[place.end() :]}"


def _for_bare_noun(fragment: str, core: str, plan: Plan) -> str:
    """ "coffee" for "tea", where the question has a noun without a determiner for its head."""
    object_of = rf"\b(?:(?i:i|we|he|she|they|you)|[A-Z][\w-]*) \w+ (?i:{re.escape(plan.head)})\b"
    if not plan.head or not re.search(object_of, core):
        return ""
    return re.sub(rf"\b{re.escape(plan.head)}\b", lambda _: fragment, core, count=1, flags=re.I)


def _in_place(core: str, thing: str, fragment: str) -> str:
    """The thing's words replaced, with the determiner that stands before them."""
    noun = re.escape(thing.partition(" ")[2])
    return re.sub(rf"\b[\w'’]+ {noun}\b", lambda _: fragment, core, count=1)


def _is_name(fragment: str) -> bool:
    found = tokens(fragment)
    return bool(found) and all(t.capital and t.word not in STOP_WORDS for t in found)
