"""Answer "Did I …?" by what was told to be done, and by what was only planned.

"Did I call the insurance?" is borne out by "I called the insurance", not by "I have to call them".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from egogpt.text.lemmatizer import base_of
from egogpt.text.stemmer import stem
from egogpt.text.tokens import stems
from egorag.evidence.units import Unit, clip_units, sentences
from egorag.evidence.wearer import Wearer
from egorag.question.plan import Plan
from egorag.tasks.commitments import Commitment, commitments
from egorag.tasks.completion import object_words, tells_done
from egorag.tasks.tasks import deed_of, same_deed
from egorag.wording.draft import Draft
from egorag.wording.units_text import statement
from memory.store.view import View
from memory.types.core import Memory, Span

_DID = re.compile(
    r"^(?:did|have|had) (?:i|we) (?:(?:ever|already|really|actually|also|just) )*"
    r"(?P<verb>[a-z]+) (?P<rest>[^?]+?)(?: (?:yet|already|in time|on time|after all))*[?. ]*$",
    re.IGNORECASE,
)
_READ = 60  # clips that speak most of the deed


def asked_deed(plan: Plan) -> Commitment | None:
    """The deed that a question asks about, as if it had been taken on; None of another question."""
    if plan.kind != "yes_no":
        return None
    match = _DID.match(plan.query.replace("’", "'"))
    if match is None:
        return None
    verb = base_of(match["verb"].lower())
    return Commitment(plan.query, "own", f"{verb} {match['rest']}", verb)


def deed_answer(view: View, plan: Plan) -> list[Draft]:
    """Handler: yes with what tells of it, or that only a plan is known; empty: neither is."""
    deed = asked_deed(plan)
    if deed is None:
        return []
    units = list(_speaking_of(view, plan, deed))
    done = [unit for unit in units if any(_tells(deed, part) for part in sentences(unit.what))]
    planned = [unit for unit in units if _plans(unit, deed)]
    if done:
        return [_draft("deed_yes", done[-1], plan), *_before(planned, done[-1], plan)]
    return [_draft("deed_planned", planned[-1], plan)] if planned else []


def _speaking_of(view: View, plan: Plan, deed: Commitment) -> Iterator[Unit]:
    """What the wearer says or tells of the deed's object, in order of time."""
    wearer, span = Wearer(view), plan.time.span if plan.time else None
    for memory in _clips(view, span, deed):
        for unit in clip_units(view, memory):
            inside = span is None or span.contains(unit.span.start)
            if inside and unit.kind in ("speech", "caption") and wearer.speaks(unit) is not False:
                yield unit


def _clips(view: View, span: Span | None, deed: Commitment) -> list[Memory]:
    """Clips that speak of the deed's object."""
    words = object_words(deed.task, deed.verb)
    return view.by_id(view.search_text(list(words), "clip", span, _READ))


def _tells(deed: Commitment, sentence: str) -> bool:
    """Whether a sentence tells of the deed with every word that says what it was done to."""
    wanted = {stem(word) for word in object_words(deed.task, deed.verb)}
    return wanted <= set(stems(sentence)) and tells_done(deed, sentence)


def _plans(unit: Unit, deed: Commitment) -> bool:
    asked = deed_of(deed)
    return any(same_deed(asked, deed_of(plan)) for plan in commitments(unit.what))


def _before(planned: list[Unit], done: Unit, plan: Plan) -> list[Draft]:
    """The plan that the deed followed, if one is known."""
    earlier = [unit for unit in planned if unit.span.start < done.span.start]
    if not earlier:
        return []
    text = statement(earlier[-1:], plan)
    return [Draft(text, (earlier[-1].citation(),))]


def _draft(name: str, unit: Unit, plan: Plan) -> Draft:
    said = statement([unit], plan)
    return Draft(plan.language.say(name, said=said), (unit.citation(),))
