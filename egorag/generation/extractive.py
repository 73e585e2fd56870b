"""Answers without a language model: the best units, worded plainly and quoted exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, islice

from egogpt.text.caption_terms import HOLDING
from egogpt.text.is_question import is_question
from egogpt.text.tokens import content_words, fold
from egorag.evidence.chronology import (
    LIKELY,
    QUOTED,
    asks_what_holds,
    chronological,
    tells_where_now,
)
from egorag.evidence.due import due_of
from egorag.evidence.findings import Findings
from egorag.evidence.modality import modalities_asked
from egorag.evidence.scoring import Scored
from egorag.evidence.slips import begins_correction
from egorag.evidence.units import Unit
from egorag.generation.hearsay import Hearsay, asks_words_of
from egorag.generation.totals import total
from egorag.question.plan import Plan
from egorag.wording.draft import Draft, mark_as_hearsay, only_spoken_of, quote, statement
from egorag.wording.occasions import count_answer, find_occasions, how_long_answer, when_answer
from memory.types.core import Span

_QUOTED_WORDS = 45
_STATED, _LISTED = 2, 5  # statements about something; about all that was read, heard, …
_POINT_IN_TIME = 2400.0  # seconds: "at three" is searched 20 minutes either side
_SECOND = 0.85  # a second sentence must score at least this share of the first
_FORMER = 0.02  # the same of what held before
_SURE = 0.5  # of the first: below it one statement in seven answers, above it one in three
_NEAR = 0.5  # probability of an answer from which on what is no answer is shown
_FOLLOWS = 2.0  # seconds in which the next utterance still belongs to a short one
_REPLIES = 3  # statements that are quoted behind a question
_ANSWERED = 90.0  # seconds in which a question is answered, if at all
_TAKEN_BACK = 900.0  # seconds in which somebody corrects what they said


def extractive_answer(
    plan: Plan,
    scored: Sequence[Scored],
    units: Sequence[Unit],
    written: Sequence[Draft],
    *,
    read: bool = False,
) -> list[Draft]:
    """One to six cited sentences; ``scored`` is best first, ``units`` in order of time.

    Where they were ``read`` by a judge, the three likeliest are quoted.

    Where a language model has ``written`` an answer to what was not read, only the words that it
    rests on are quoted; it may be wrong where the judge is right, so what was read is quoted, too.
    """
    if not scored:
        return []
    if written and not read:
        return _quoted(plan, units, written)
    if read and (summed := total(plan, scored)):
        return summed
    if only_spoken_of(plan, scored):
        return mark_as_hearsay(plan, _best_statements(plan, scored, units, read))
    sight = scored[0].unit.kind not in ("speech", "caption", "text")
    if sight and (plan.kind in ("when", "count", "how_long") or plan.order):
        hearsay = Hearsay(units)  # what is only ordered never happened
        occasions = find_occasions(plan, [i for i in scored if hearsay.stated(i.unit)])
        makers = {"count": count_answer, "how_long": how_long_answer}
        if occasions:
            return makers.get(plan.kind, when_answer)(plan, occasions)
    drafts = _best_statements(plan, scored, units, read)
    if written:  # what its words rest on comes first, where the judge thinks of something else
        drafts = _backed(_quoted(plan, units, written), drafts)
    if sight and plan.kind == "where":
        drafts += _place_of(scored[0].unit, units, plan)
    return drafts


def _backed(backing: Sequence[Draft], drafts: list[Draft]) -> list[Draft]:
    """The drafts, the one that quotes what a model's words rest on first."""
    cited = {citation for draft in backing for citation in draft.citations}
    if not cited or not cited.isdisjoint(drafts[0].citations):
        return drafts
    return [*backing, *(draft for draft in drafts if cited.isdisjoint(draft.citations))]


def _place_of(seen: Unit, units: Sequence[Unit], plan: Plan) -> list[Draft]:
    """The room or place in which something was seen, where it was recognised."""
    for unit in units:
        same = unit.recording_id == seen.recording_id and unit.span.overlaps(seen.span)
        if unit.kind == "place" and same and unit is not seen:
            return [quote(unit, plan)]
    return []


def nearest(plan: Plan, findings: Findings) -> list[Draft]:
    """What comes nearest to an answer, said to be no more than that.

    None where it is far off; where it was searched deeper, up to three that share its words.
    """
    deeper, read = findings.steps is not None, findings.read
    scored, units = findings.scored, findings.units
    if not read:
        best = extractive_answer(plan, scored, units, ())
    else:
        unlikely = findings.verdict.coverage < _NEAR and not deeper
        names = set(plan.names)  # that somebody is spoken of is not near to what was asked of them
        shared = set(scored[0].met) - (names if set(plan.required) - names else set())
        shares_words = bool(shared) or not plan.language.speaks(scored[0].unit.what)
        if unlikely or not shares_words:  # words of another language are never shared
            return []
        best = _best_statements(plan, scored if deeper else scored[:1], units, read)
    for draft in best[:1]:
        best[0] = replace(draft, text=plan.language.say("nearest", said=draft.text))
    return best[: QUOTED if deeper else 1]


def _quoted(plan: Plan, units: Sequence[Unit], written: Sequence[Draft]) -> list[Draft]:
    known = {unit.citation(): unit for unit in reversed(units)}
    cited = (known[one] for draft in written for one in draft.citations if one in known)
    quoted = [quote(unit, plan) for unit in islice(cited, 1)]
    return [draft for draft in quoted if draft not in written]


def _best_statements(
    plan: Plan, scored: Sequence[Scored], units: Sequence[Unit], read: bool
) -> list[Draft]:
    ranked = list(scored) if read else [i for i in scored if plan.head in i.met] or list(scored)
    channel = modalities_asked(plan.query)
    if plan.about_anything:  # a guess is worth saying where nothing is sure
        ranked = [item for item in ranked if item.unit.kind != "tag"] or ranked
    if plan.about_anything and channel:
        ranked = [item for item in ranked if item.unit.kind in channel] or ranked
        if "hand" in channel:  # what was held, before hands and things that were only in view
            held = [item for item in ranked if item.unit.what.startswith(HOLDING)]
            ranked = held or ranked
    if plan.about_anything and plan.time:
        ranked = _of_the_time(plan.time.span, _told_in_full(ranked))
    most = _LISTED if plan.about_anything else QUOTED if read else _STATED
    least = (LIKELY if read else _SECOND) * ranked[0].score
    # A broken embedder's score may be no number: it is no less than any.
    likely = [i for i in ranked[:most] if plan.about_anything or not i.score < least]
    if read and not plan.about_anything:  # a sign in view is no news of what it does not name
        likely = [i for i in likely if i is likely[0] or i.unit.kind != "text" or i.met]
    likely = _of_asked_speaker(plan, likely)
    timeless = read and not plan.about_anything and plan.time is None
    if timeless and plan.of_former:
        alike = chronological(ranked[:most], _FORMER)[0][-2:]
        others = [item for item in likely if item not in alike]
    else:
        alike, others = chronological(likely) if timeless else ([], likely)
        if alike:
            alike, others = _with_places(plan, likely, alike, others)
        if alike and plan.kind == "when" and asks_what_holds(plan):
            alike, others = _with_dates_to_come(plan, alike, others)
        if alike and (asks_what_holds(plan) or tells_where_now(plan, alike[-1].unit)):
            alike = _newest_first(alike)
        elif alike:  # the likeliest, and what was before it or came later
            at = alike.index(likely[0])
            alike = [*alike[at:], *reversed(alike[:at])]
    drafts: list[Draft] = []
    used: list[Unit] = []
    told_unsure = plan.about_anything  # nothing of a list is surer than the rest
    for item in [*alike, *others]:
        alone = plan.about_anything and not is_question(item.unit.what)
        passage = [item.unit] if alone else passage_from(item.unit, units)
        if asks_words_of(plan, item.unit):
            passage = [unit for unit in passage if unit.who == item.unit.who]
        if len(drafts) >= most or any(unit in used for unit in passage):
            continue
        beside = item in alike and bool(used)
        later = beside and _is_later(passage[0], used[-1])
        earlier = beside and _is_later(used[0], passage[-1])
        unsure = read and item in others and item.score < _SURE * ranked[0].score
        used += passage
        quoted = quotations(plan, passage)
        lead = "later" if later else "earlier" if earlier else ""
        lead = lead or ("less_sure" if unsure and not told_unsure else "")
        if lead:
            first = plan.language.say(lead, said=quoted[0].text)
            quoted[0] = replace(quoted[0], text=first)
        told_unsure |= lead == "less_sure"
        drafts += quoted
    return drafts


def _newest_first(alike: Sequence[Scored]) -> list[Scored]:
    """Statements in order of time turned round, but not those that reply to each other."""
    runs: list[list[Scored]] = []
    for item in alike:
        if runs and item.unit.span.start - runs[-1][-1].unit.span.end <= _ANSWERED:
            runs[-1].append(item)
        else:
            runs.append([item])
    return [item for run in reversed(runs) for item in run]


def _with_dates_to_come(
    plan: Plan, alike: list[Scored], others: list[Scored]
) -> tuple[list[Scored], list[Scored]]:
    """Beside dates that are all over, in order of time, those of the others that are to come."""
    now = plan.local.asked_at

    def ends(item: Scored) -> float:
        due = due_of(item.unit.what, item.unit.span.start, plan.local)
        return due.span.end if due else math.inf

    if any(ends(item) > now for item in alike):
        return alike, others
    coming = [item for item in others if now < ends(item) < math.inf]
    rest = [item for item in others if item not in coming]
    return sorted([*alike, *coming], key=lambda item: item.unit.span.start), rest


def _with_places(
    plan: Plan, likely: list[Scored], alike: list[Scored], others: list[Scored]
) -> tuple[list[Scored], list[Scored]]:
    """Of where something is now, in order of time, also less likely words that tell of a place and
    speak of as much: "It's at mine" said after "I packed it into the car"."""
    best = likely[0]
    places = [i for i in others if i.met >= best.met and best.met and tells_where_now(plan, i.unit)]
    rest = [item for item in others if item not in places]
    return sorted([*alike, *places], key=lambda item: item.unit.span.start), rest


def _of_asked_speaker(plan: Plan, likely: list[Scored]) -> list[Scored]:
    """Of "what did Anna say?" what Anna said, and before it what likelier words tell of her."""
    said = [item for item in likely if asks_words_of(plan, item.unit)]
    if plan.time and (then := [i for i in said if i.unit.span.overlaps(plan.time.span)]):
        likely, said = [item for item in likely if item not in said or item in then], then
    if not said:
        return likely
    who = said[0].unit.who
    hers = [item for item in likely if item.unit.who == who]
    before = likely[: likely.index(said[0])]
    return [*(item for item in before if fold(who) in fold(item.unit.what)), *hers]


def quotations(plan: Plan, passage: Sequence[Unit]) -> list[Draft]:
    """A draft for each speaker's turn of a passage."""
    drafts = []
    for _, run in groupby(passage, key=lambda unit: (unit.kind == "speech", unit.who)):
        same = list(run)
        cited = tuple(dict.fromkeys(unit.citation() for unit in same))
        drafts.append(Draft(statement(same, plan), cited))
    return drafts


def _is_later(unit: Unit, before: Unit) -> bool:
    """Whether something was said so long after that it may be news."""
    return unit.span.start - before.span.end > _TAKEN_BACK


def _told_in_full(ranked: Sequence[Scored]) -> list[Scored]:
    """Without "speech was heard" where the words themselves are there to be quoted."""
    words = any(item.unit.kind == "speech" for item in ranked)
    return [i for i in ranked if not (words and i.unit.kind == "sound" and i.unit.what == "speech")]


def _of_the_time(span: Span, ranked: Sequence[Scored]) -> list[Scored]:
    """What will be listed of a time, in its order: of a point in time what is nearest to it.

    A clip is half a minute long, so that what was found may lie beside the time that was named.
    """
    matching = [item for item in ranked if item.unit.span.overlaps(span)] or list(ranked)
    if span.duration <= _POINT_IN_TIME:
        middle = (span.start + span.end) / 2
        matching.sort(
            key=lambda item: max(item.unit.span.start - middle, middle - item.unit.span.end)
        )
    return sorted(matching[:_LISTED], key=lambda item: item.unit.span)


def passage_from(unit: Unit, units: Sequence[Unit]) -> list[Unit]:
    """A unit with what was said next, where it only asks, is too short to stand alone, breaks
    off in the middle of a sentence, or is taken back by who said it."""
    if unit.kind not in ("speech", "text"):
        return [unit]
    passage = _read_on(unit, units)
    corrected = _correction(passage[-1], units)
    return [*passage, corrected] if corrected else passage


def _correction(unit: Unit, units: Sequence[Unit]) -> Unit | None:
    """What the same speaker says soon after of the same thing that takes it back: "Sorry, …"."""
    if unit.kind != "speech":
        return None
    words = set(content_words(unit.what))
    for following in units:
        same = (following.kind, following.who) == (unit.kind, unit.who)
        later = 0 < following.span.start - unit.span.start <= _TAKEN_BACK
        if not same or not later or following.recording_id != unit.recording_id:
            continue
        if begins_correction(following.what) and words & set(content_words(following.what)):
            return following
    return None


def _read_on(unit: Unit, units: Sequence[Unit]) -> list[Unit]:
    """A unit with what was said next, as far as it cannot stand without it."""
    short = unit.kind == "speech" and len(unit.what.split()) < 6
    passage, words_said = [unit], set(content_words(unit.what)) or set(unit.words)
    reached = unit.span.end if unit.kind == "speech" else unit.span.start
    for following in units:
        if following.kind != "speech" or following.recording_id != unit.recording_id:
            continue
        if following == unit or following.span.start < unit.span.start:
            continue
        asking = any(is_question(u.what) and words_said & set(u.words) for u in passage)
        count = sum(map(_is_reply, passage[1:])) if asking else len(passage)
        most = _REPLIES if asking else 2 if short else 1
        words = sum(len(u.what.split()) for u in [*passage[1:], following])
        late = following.span.start - reached > (_ANSWERED if asking else _FOLLOWS)
        enough = count >= most and not _goes_on(passage[-1], following)
        if late or words > _QUOTED_WORDS or enough:
            break
        passage.append(following)
        reached = following.span.end
    return passage


def _is_reply(unit: Unit) -> bool:
    """Whether what follows a question may answer it: no further question, no mere "Hmm"."""
    return not is_question(unit.what) and bool(content_words(unit.what))


def _goes_on(unit: Unit, following: Unit) -> bool:
    """Whether a sentence that breaks off goes on in what the same speaker says next."""
    same = (unit.kind, unit.who) == (following.kind, following.who)
    return same and unit.what.rstrip()[-1:].isalnum() and following.what.lstrip()[:1].islower()
