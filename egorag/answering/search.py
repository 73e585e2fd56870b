"""Answer from rounds of retrieval; else say that nothing shows it, and what comes nearest.

Of a time of which nothing is recorded, that is said; and where the time around it shows the thing,
that it does. Results of other rounds say whom a description meant, and that the time was another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from egogpt.text.tokens import words_of
from egorag.aggregation.aggregate import with_count
from egorag.answering.rounds import (
    Round,
    answering,
    at_other_times,
    how_far,
    out_of_time,
    search,
    unsearched,
    with_rounds,
)
from egorag.answering.visual_recheck import (
    look_again,
    look_beside,
    needs_recheck,
    recheck_drafts,
    recheck_note,
    seen_beside,
)
from egorag.evidence.asker import is_of_others, is_only_meant
from egorag.evidence.cards import evidence_cards
from egorag.evidence.confidence import of_findings, of_rows
from egorag.evidence.deeds import lacks_deed
from egorag.evidence.findings import Findings
from egorag.evidence.wearer import Wearer
from egorag.generation.answers import abstention, answer_of
from egorag.generation.extractive import extractive_answer, nearest
from egorag.generation.generative import write_answer
from egorag.handlers.context import Context, Search
from egorag.question.plan import PEOPLE_WORDS, Plan
from egorag.wording.abstention import nearest_recorded, not_a_day, not_shown, nothing_recorded
from egorag.wording.draft import Draft, inside, picture_drafts, statement
from memory.store.view import View
from memory.types.core import Answer, Memory
from memory.types.evidence_cards import EvidenceCards


def answer(context: Context) -> Iterator[Draft | EvidenceCards | Answer]:
    """Handler: always ends with an Answer."""
    if context.counted is not None or context.plan.kind == "todo":
        # where nothing was counted, and no task was found, it may have been told
        context = replace(context, plan=replace(context.plan, kind="lookup"))
    plan = context.plan
    searcher, view = context.tools.searcher, context.view
    gathered = searcher.gather(view, plan)
    yield evidence_cards(plan, gathered)  # before anything is judged: an embedder may take seconds

    def look(other: Plan) -> Findings:
        if other is plan:
            return searcher.judged(view, plan, gathered.units, gathered)
        return searcher.find(view, other)

    rounds = search(plan, look)
    good = answering(rounds)
    again, looked = _recheck(context, good, rounds[0])
    rounds = (*rounds, again) if again else rounds
    good = again or good
    if good is None:
        if people := people_in_view(view, plan, searcher):
            yield from people
            sure = of_rows("people_in_view")
            answered = answer_of(view, plan, people, sure, None, "who was seen")
            yield with_rounds(answered, rounds)
            return
        yield _not_found(context, rounds, looked)
        return
    for step in _answer_from(context, good, looked):
        yield with_rounds(step, rounds) if isinstance(step, Answer) else step


def _not_found(context: Context, rounds: tuple[Round, ...], rechecked: Sequence[Memory]) -> Answer:
    view, plan, pictures = context.view, context.plan, context.tools.pictures
    beside = nearby_findings(plan, rounds)
    if pictures.sees:
        beside += picture_drafts(view, plan, pictures.look(view, plan))
    if rounds[0].found.read:
        beside = beside or nearest(plan, rounds[0].found)
    text = not_shown(plan) + recheck_note(plan, rechecked)
    outcome = abstention(plan, context.coverage, text, rounds[0].found, beside)
    return with_rounds(outcome, rounds)


def _recheck(
    context: Context, good: Round | None, first: Round
) -> tuple[Round | None, tuple[Memory, ...]]:
    """A round of what is seen now, if it tells anything; and the clips that were looked at to
    settle what nothing else settles."""
    view, look = context.view, context.tools.look
    if look is None:
        return None, ()
    judge = partial(context.tools.searcher.judged, view)
    if good is None or needs_recheck(context.plan, good.found):
        return look_again(view, good or first, look, judge)
    return look_beside(view, good, look, judge), ()


def _answer_from(
    context: Context, search_round: Round, rechecked: Sequence[Memory]
) -> Iterator[Draft | Answer]:
    """The answer of a round; ``rechecked`` are the clips that were looked at to settle it."""
    chat, plan, found = context.tools.chat, search_round.plan, search_round.found
    written: list[Draft] = []
    view = context.view
    reread = context.tools.searcher.read
    for draft in write_answer(chat, plan, found, Wearer(view), reread):
        written += [draft] if written else relaxed(context.plan, search_round, [draft])
        yield written[-1]
    added = extractive_answer(plan, found.scored, found.units, written, read=found.read)
    if search_round.bridge is not None:
        added += explain_alias(search_round)
    if not written:
        added = relaxed(context.plan, search_round, added)
        if added and (lead := _reservation(view, plan, found, added)):
            added[0] = replace(added[0], text=plan.language.say(lead, said=added[0].text))
    if rechecked:
        added += recheck_drafts(search_round, rechecked)
    elif context.tools.look is not None:
        added += seen_beside(search_round, [*written, *added])
    yield from added
    model = chat.name if chat and written else "extractive"
    sure = of_findings(found)
    yield answer_of(context.view, plan, [*written, *added], sure, found, model)


def _reservation(view: View, plan: Plan, findings: Findings, quoted: Sequence[Draft]) -> str:
    """Under which name it is said that what is quoted, in its order, is not the deed that was asked
    for; or ""."""
    known = {item.unit.citation(): item.unit for item in reversed(findings.scored)}
    units = [known[one] for draft in quoted for one in draft.citations if one in known]
    if is_of_others(Wearer(view), plan, units[:1]):
        return "of_others"
    return "only_meant" if lacks_deed(view, plan, units) or is_only_meant(plan, units) else ""


def people_in_view(view: View, plan: Plan, searcher: Search) -> list[Draft]:
    """How many were in view at once, where what else is asked of them ("at the table") is unknown.

    One sentence, which says so; empty where people are not counted, or in no time that is named.
    """
    asked = plan.kind == "count" and PEOPLE_WORDS & set(plan.terms)
    if not asked or plan.time is None or plan.names or set(plan.required) <= PEOPLE_WORDS:
        return []
    time = replace(plan.time, exact=True)
    people = replace(plan, required=("person",), head="person", time=time)
    found = searcher.find(view, people)
    seen = [item for item in found.scored if item.unit.kind in ("object", "face")]
    if not seen or not plan.time.span.overlaps(seen[0].unit.span):
        return []
    (draft, *_) = extractive_answer(people, seen, found.units, ())
    unknown = plan.language.listed([w for w in plan.required if w not in PEOPLE_WORDS], "or")
    text = plan.language.say("not_known_there", what=unknown, said=draft.text)
    return [replace(draft, text=text)]


def unrecorded(context: Context) -> Iterator[Answer]:
    """Handler: an abstention, with what is found at other times beside it.

    Nothing, so that it is searched for, where another day's words tell of that time.
    """
    plan, coverage = context.plan, context.coverage
    rounds = [unsearched(plan)]
    if plan.time is not None and not coverage.pending and plan.kind != "todo":
        find = partial(context.tools.searcher.find, context.view)
        favoured = None if plan.time_filter else find(plan)
        if favoured and favoured.verdict.supported and not out_of_time(plan, favoured):
            best, named = favoured.scored[0].unit, set(words_of(coverage.wearer))
            if named <= set(best.words):
                return
        rounds += at_other_times(rounds[0], find, 2)
    text, nearby = nothing_recorded(plan, coverage), nearby_findings(plan, rounds)
    past = plan.time is not None and plan.time.span.start < plan.local.asked_at
    if past and not coverage.pending and not nearby and not coverage.wearer:
        text += nearest_recorded(plan, context.view.coverage().indexed)
    outcome = abstention(plan, coverage, text, None, nearby)
    if len(rounds) > 1:
        outcome = with_rounds(outcome, rounds)
    yield with_count(outcome, context.counted)


def no_such_day(context: Context) -> Iterator[Answer]:
    """Handler: an abstention that names a day which no calendar has."""
    text = not_a_day(context.plan)
    yield abstention(replace(context.plan, time=None), context.coverage, text, None)


def nearby_findings(asked: Plan, rounds: Sequence[Round]) -> list[Draft]:
    """What the last round found outside the time that was asked about, and how far off it lies."""
    last = rounds[-1]
    if not (last.elsewhere and last.supported) or asked.time is None:
        return []
    found = last.found
    drafts = extractive_answer(last.plan, found.scored, found.units, (), read=found.read)[:1]
    return [replace(draft, text=_placed(draft, asked)) for draft in drafts]


def relaxed(asked: Plan, answered: Round, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts; where they are of another time than was asked about, the first says so."""
    if not answered.elsewhere or asked.time is None or not drafts:
        return list(drafts)
    return [replace(drafts[0], text=_placed(drafts[0], asked)), *drafts[1:]]


def _placed(draft: Draft, asked: Plan) -> str:
    assert asked.time is not None
    if not draft.citations or asked.time.recurring or asked.time.span.start <= 0:
        return draft.text
    far = how_far(draft.citations[0].span, asked.time.span, asked)
    return asked.language.say("not_then", far=far, said=draft.text) if far else draft.text


def explain_alias(search_round: Round) -> list[Draft]:
    """What tells that the one whom the answer speaks of is the one whom the question describes."""
    if search_round.bridge is None:
        return []
    unit = search_round.bridge.unit
    plan = search_round.plan
    said = inside(statement([unit], plan))
    text = plan.language.say("is_meant", name=search_round.bridge.name, said=said)
    return [Draft(text, (unit.citation(),))]
