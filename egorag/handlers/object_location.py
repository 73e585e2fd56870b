"""Handle where a thing is, by what became of it last: put down, handed over, taken, seen.

Asked "where did I leave my keys" and "who took my keys"; the last state before the question counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from egogpt.extraction.english_object_states import left_in, singular
from egogpt.text.is_question import is_question
from egogpt.text.stemmer import stem
from egogpt.text.tokens import STOP_WORDS, tokens, words_of
from egorag.evidence.chronology import tells_where
from egorag.evidence.slips import without_slips
from egorag.evidence.units import Unit, attributed, clip_units
from egorag.evidence.wearer import Wearer
from egorag.handlers.context import Context
from egorag.question.plan import Plan, in_windows
from egorag.wording.draft import Draft, capital, quote
from memory.store.view import View
from memory.types.core import Span
from memory.types.events import ObjectState, State

_WHERE = re.compile(
    r"^where (?:(?:did|do|have|had) (?:i|we|(?P<doer>\w+)) (?:\w+ )?"
    r"(?:put|leave|left|place|placed|keep|park|store|hang|hide|set|lay|drop)(?: down)?"
    r"|(?:is|are|was|were)) (?P<thing>.+?)(?: last| now| today| down| away)?[?. ]*$",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"^who (?:\w+ )?(?P<verb>took|takes?|has taken|had|has|grabbed|picked up|moved|put|left|gave me"
    r"|gave) (?P<thing>.+?)[?. ]*$",
    re.IGNORECASE,
)
_IS = re.compile(r"^where (?:is|are|was|were)\b", re.IGNORECASE)
_MY = re.compile(r"\bmy\b", re.IGNORECASE)
_OUR = re.compile(r"\b(?:our|ours|us|mine|me)\b", re.IGNORECASE)
_YOUR = re.compile(r"\byours?\b", re.IGNORECASE)
_LEFT: tuple[State, ...] = ("put", "seen")
_MOVED: tuple[State, ...] = ("taken", "given")
_EARLIER = 2  # states that are told beside the last
_MENTIONS = 50  # clips that speak of a thing


def object_answer(context: Context) -> list[Draft]:
    """Handler: where the thing of the question is; empty where it asks for none, or for one of
    which nothing is known by its name."""
    view, plan = context.rows, context.plan
    where, who = _WHERE.match(plan.query), _WHO.match(plan.query)
    asked = where or who
    if asked is None:
        return []
    head, words = _thing(asked["thing"])
    if not head:
        return []
    span = plan.time.span if plan.time else None
    if where:
        return _where(context, head, words, span)
    states: tuple[State, ...] = ("put",) if (asked["verb"] in ("put", "left")) else _MOVED
    found = _fitting(view.object_states((head,), states, span), words)
    return [_draft(view, state, plan) for state in found[:1]]


def _where(context: Context, head: str, words: Sequence[str], span: Span | None) -> list[Draft]:
    """The last place, and who took the thing since then."""
    view, plan = context.rows, context.plan
    left = _fitting(view.object_states((head,), _LEFT, span), words)
    if not left and span is not None and _IS.search(plan.query):  # where it was since before then
        span = Span(-1e15, span.end)
        left = _fitting(view.object_states((head,), _LEFT, span), words)
    if not left:
        return []
    left = [one for one in left if not _owned(view, one, head, words)] or left
    last = left[0]
    if plan.of_former and (before := [one for one in left if one.where != last.where]):
        now = _draft(view, last, plan)
        return [_draft(view, before[0], plan), _later(now, plan)]
    since = [
        state
        for state in _fitting(view.object_states((head,), _MOVED, span), words)
        if state.span.start > last.span.end
    ]
    told, said = (None, None) if plan.time else _mentions(context, head, words, (last, *since))
    drafts = [_draft(view, last, plan, lead=told is None and said is None)]
    drafts += [_draft(view, state, plan) for state in reversed(since[:_EARLIER])]
    if told is not None:
        drafts[-1] = replace(drafts[-1], text=plan.language.say("earlier", said=drafts[-1].text))
        drafts = [quote(told, plan), *reversed(drafts)]
    return drafts if said is None else [*drafts, _later(quote(said, plan), plan)]


def _later(draft: Draft, plan: Plan) -> Draft:
    return replace(draft, text=plan.language.say("later", said=draft.text))


def places_kept(view: View, plan: Plan, query: str) -> list[tuple[str, Unit]]:
    """Where the thing of "where do I keep my keys?" was left in the plan's time, the latest first,
    as it is told to the asker, "" where that is not clear; empty where the query asks for none."""
    asked = _WHERE.match(query)
    head, words = _thing(asked["thing"]) if asked else ("", ())
    if not head:
        return []
    span = plan.time.span if plan.time else None
    states = _fitting(view.object_states((head,), _LEFT, span), words)
    states = [one for one in states if not one.doer] or states  # the wearer's own doing
    told = [(state, _unit(view, state)) for state in states if in_windows(plan, state.span)]
    wearer = Wearer(view)
    return [(_place(state, unit, wearer, plan), unit) for state, unit in told]


def _owned(view: View, source: ObjectState | Unit, head: str, words: Sequence[str]) -> bool:
    """Whether a thing is told as another wearer's own, and is not asked for as theirs: of "the
    keys" of several homes, "Alice's keys" are none where there are others."""
    wearer = view.wearer_of(source.recording_id)
    text = source.what if isinstance(source, Unit) else source.quote
    theirs = re.search(rf"(?:{re.escape(wearer)}'s|\bmy) (?:\w+ )?{head}", text, re.IGNORECASE)
    return bool(wearer and theirs) and not {*words_of(wearer)} & {*words}


def _mentions(
    context: Context, head: str, words: Sequence[str], known: Sequence[ObjectState]
) -> tuple[Unit | None, Unit | None]:
    """Of what was said of a thing after all that is ``known`` the last that tells where it is, by
    reading where that can be, and what was said last of all, but for questions: "I found your
    umbrella"; None where there is none."""
    view, after = context.rows, max(state.span.end for state in known)
    root, since = stem(head), Span(after, view.asked_at)
    said = [
        unit
        for memory in view.by_id(view.search_text([head], "clip", since, _MENTIONS))
        for unit in clip_units(view, memory)
        if unit.kind == "speech"
        and unit.span.start > after
        and root in map(stem, unit.words)
        and set(words) <= set(unit.words)
        and not _owned(view, unit, head, words)
    ]
    last = next((unit for unit in reversed(said) if not is_question(unit.what)), None)
    read = context.tools.searcher.read(context.plan, said)
    if read is None:
        telling = [last] if last and tells_where(last) else []
    else:
        telling = [unit for unit, logit in zip(said, read, strict=True) if logit > 0]
    told = telling[-1] if telling else None
    return told, last if last and (told is None or last.span.start > told.span.start) else None


def _thing(phrase: str) -> tuple[str, tuple[str, ...]]:
    """The last word of the thing's name in the singular, and the words that describe it."""
    phrase = re.split(r"\b(?:on|in|at|when|before|after|that|which)\b", phrase, flags=re.I)[0]
    words = [token.word for token in tokens(phrase) if token.word not in STOP_WORDS]
    return (singular(words[-1]), tuple(words[:-1])) if words else ("", ())


def _fitting(states: Sequence[ObjectState], words: Sequence[str]) -> list[ObjectState]:
    """Those that are told with the describing words, if any are; else all."""
    told = [s for s in states if all(word in s.quote.lower() for word in words)]
    return told if told or words else list(states)


def _unit(view: View, state: ObjectState) -> Unit:
    """What tells of a state: what somebody said, else a caption."""
    place, told = (state.recording_id, state.clip_id, state.span), without_slips(state.quote)
    wearer = view.wearer_of(state.recording_id)
    said = (u for u in view.utterances(state.clip_id) if u.span.overlaps(state.span))
    speech = next((u for u in said if state.quote in u.text), None)
    if speech is None:
        return Unit(*place, "caption", told, wearer=wearer)
    unit = Unit(*place, "speech", told, speech.speaker, voice=speech.voice, wearer=wearer)
    return attributed(view, unit)


def _where_told(state: ObjectState, quote: str) -> str:
    """The place that a state's words end with: "in the desk, no, in the tin" is in the tin."""
    if quote == state.quote:
        return state.where
    places = (
        left.where for left in left_in(quote.replace("…", " ")) if left.object == state.object
    )
    return next(places, "")


def _to_asker(where: str, unit: Unit, own: bool | None, plan: Plan) -> str:
    """A place as it is told to the asker: "my car" is theirs where the words are their ``own``,
    else its speaker's, "Anna's car"; "" where it stays open whose it is."""
    if own is not False:
        return "" if _YOUR.search(where) else plan.language.addressed(where)
    who = unit.who or unit.wearer
    if _OUR.search(where) or (_MY.search(where) and not who):
        return ""
    return _MY.sub(lambda _: f"{plan.language.name(who)}'s", where)


def _draft(view: View, state: ObjectState, plan: Plan, *, lead: bool = False) -> Draft:
    unit = _unit(view, state)
    draft = quote(unit, plan)
    if lead and (where := _place(state, unit, Wearer(view), plan)):
        text = plan.language.say("last_place", where=capital(where), said=draft.text)
        return replace(draft, text=text)
    return draft


def _place(state: ObjectState, unit: Unit, wearer: Wearer, plan: Plan) -> str:
    """The place of a state for the asker; "" of one in another language, which stands in the
    quotation alone, and where it stays open whose it is."""
    where = _where_told(state, unit.what)
    if not where or not plan.language.speaks(where):
        return ""
    return _to_asker(where, unit, wearer.speaks(unit), plan)
