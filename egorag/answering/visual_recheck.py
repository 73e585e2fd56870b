"""Looking again: a model sees the best clips of a question that pictures can tell of once more.

What it says of their pictures becomes evidence like the rest, cited to the clip and marked "seen
again", and is judged as the rest is. Where captions settle nothing, what is seen may answer
(`look_again`); where something answers already, it is weighed beside it (`look_beside`). Only a
model that the owner chose looks, at three clips at most; where it cannot, is too slow or sees
nothing, the answer is what it would have been.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from egogpt.grounding.entailment import is_guess
from egogpt.text.directives import orders, sanitize
from egorag.answering.rounds import Round
from egorag.evidence.findings import Findings
from egorag.evidence.modality import modalities_asked
from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit, sentences
from egorag.handlers.context import LookAgain
from egorag.question.plan import Kind, Plan
from egorag.wording.draft import Draft, statement
from memory.store.view import View
from memory.types.core import Memory
from memory.types.messages import UserMessage

MOST = 3  # clips that are looked at
SENTENCES = 3  # that are believed of one clip
_LONGEST = 240  # characters of one sentence
_VISIBLE: frozenset[Kind] = frozenset({"lookup", "where", "who", "yes_no", "count"})
_HEARD = frozenset({"speech", "sound"})
_WORDS = frozenset({"speech", "text"})  # said or read: no picture speaks against them
# What only eyes can tell: a caption that speaks of the thing does not settle it.
_FOR_EYES = frozenset({"color", "colour", "shape", "size", "brand", "material", "pattern"})
_COLOUR = frozenset({"color", "colour"})
_COLOURS = re.compile(
    r"\b(?:red|green|blue|yellow|orange|purple|violet|pink|brown|black|white|gr[ae]y|beige|silver"
    r"|gold(?:en)?|turquoise|cyan)\b|[红绿蓝黄橙紫粉棕黑白灰银金]色?"
)
_UNSEEN = re.compile(
    r"\bnot (?:visible|shown|seen|clear|possible|in view|depict\w*)|\bno(?:ne)?\b.{0,40}\bvisible"
    r"|\b(?:cannot|can't|could not|couldn't|unable|unclear|unknown|hard to (?:tell|say|see))\b"
    r"|\b(?:do(?:es)?|did)(?: not|n't) (?:show|depict|appear|contain|include)"
    r"|\bthere (?:is|are|was|were) no\b|看不[到见清]|没有(?:看到|显示)|无法"
    r"|\bnicht (?:zu (?:sehen|erkennen)|sichtbar|erkennbar|erkennen)\b"
    r"|\bkeine?\b.{0,40}\b(?:zu sehen|sichtbar|erkennbar)\b",
    re.IGNORECASE,
)
_PICTURE = r"(?:the|this|these|one|another|each)(?: \w+)? (?:picture|image|frame|photo|video)s?"
_OF_PICTURES = re.compile(
    rf"^(?:in|on) {_PICTURE},? |^{_PICTURE} (?:clearly )?shows? (?:that )?"
    r"|^(?:das|dieses) (?:bild|foto) zeigt (?:deutlich )?",
    re.IGNORECASE,
)


Judge = Callable[[Plan, Sequence[Unit], Findings], Findings]


def worth_looking(plan: Plan) -> bool:
    """Whether pictures can tell at all: not how often, how long or when, nor what was said."""
    if plan.kind not in _VISIBLE or plan.order or plan.about_anything:
        return False
    if re.search(plan.language.table("question")["unseeable"], plan.query, re.IGNORECASE):
        return False
    channel = modalities_asked(plan.query)
    return not channel or not channel & _HEARD


def needs_recheck(plan: Plan, findings: Findings) -> bool:
    """Whether a look is what is asked for, and no evidence of the thing tells it."""
    if plan.asked_for not in _FOR_EYES or not worth_looking(plan):
        return False
    about = [item.unit for item in findings.scored if plan.head in item.met]
    if plan.asked_for in _COLOUR:
        return not any(_COLOURS.search(unit.what) for unit in about)
    return True


def look_again(
    view: View, search_round: Round, look: LookAgain, judge: Judge
) -> tuple[Round | None, tuple[Memory, ...]]:
    """A round of what is seen now, None where it settles nothing; and the clips looked at.

    The best clip comes first, and the first that settles the question is the last that is opened.
    ``judge`` judges and scores units anew, with the evidence that they are from.
    """
    memories: list[Memory] = []
    seen: list[Unit] = []
    for clip, units in _looks(view, search_round, look):
        memories.append(clip)
        seen += units
        if units and (again := _settled(search_round, seen, judge)):
            why = _why(memories)
            return Round(search_round.plan, again, why, search_round.bridge), tuple(memories)
    return None, tuple(memories)


def look_beside(view: View, answered: Round, look: LookAgain, judge: Judge) -> Round | None:
    """The round with what is seen now among its evidence; None where that tells nothing of it.

    All clips that are offered are looked at. ``judge`` orders what is seen among the rest; what was
    said or read and led before leads still.
    """
    found = answered.found
    ranks = {unit.clip_id: unit.rank for unit in found.units}
    memories: list[Memory] = []
    seen: list[Unit] = []
    for clip, units in _looks(view, answered, look):
        memories.append(clip)
        seen += [replace(unit, rank=ranks.get(clip.clip_id, 0.0)) for unit in units]
    if not seen:
        return None
    again = judge(answered.plan, _in_order([*found.units, *seen]), found)
    if not again.verdict.supported or not any(
        _bears(item, again, answered.plan) for item in again.scored
    ):
        return None
    scored = _words_first(found.scored[0], again.scored, answered.plan.head)
    return replace(answered, found=replace(again, scored=scored), why=_why(memories))


def _words_first(lead: Scored, scored: Sequence[Scored], head: str) -> tuple[Scored, ...]:
    """The items; before them what led, if it is words: it may say "it" of what a picture names."""
    if lead.unit.kind not in _WORDS:
        return tuple(scored)
    first = next((item for item in scored if item.unit == lead.unit), lead)
    rest = (item for item in scored if item.unit != lead.unit)
    return (replace(first, met=first.met | {head}), *rest)


def _looks(view: View, search_round: Round, look: LookAgain) -> Iterator[tuple[Memory, list[Unit]]]:
    """The best clips as they are looked at, and what is seen of each."""
    clips = {clip.clip_id: clip for clip in _clips(view, search_round.found)}
    if clips and worth_looking(search_round.plan):
        for clip_id, description in look(list(clips), search_round.plan.text):
            yield clips[clip_id], _units(clips[clip_id], description)


def _in_order(units: Sequence[Unit]) -> list[Unit]:
    return sorted(units, key=lambda unit: (unit.span.start, unit.span.end))


def _bears(item: Scored, findings: Findings, plan: Plan) -> bool:
    """Whether it was seen again and tells of what is asked, not merely more of its words."""
    return item.unit.again and bool(item.met) and plan.head in {*_of_clip(item, findings), ""}


def _settled(search_round: Round, seen: Sequence[Unit], judge: Judge) -> Findings | None:
    """The findings with what was seen again, if they support an answer that rests on it."""
    plan = search_round.plan
    again = judge(plan, _in_order([*search_round.found.units, *seen]), search_round.found)

    def leads(item: Scored) -> bool:
        return _bears(item, again, plan)

    scored = sorted(
        (
            replace(item, met=_of_clip(item, again)) if leads(item) else item
            for item in again.scored
        ),
        key=leads,
        reverse=True,
    )
    if not again.verdict.supported or not scored or not leads(scored[0]):
        return None
    settled = replace(again, scored=tuple(scored))
    return None if needs_recheck(plan, settled) and plan.asked_for in _COLOUR else settled


def _of_clip(item: Scored, findings: Findings) -> frozenset[str]:
    """The question's words that the clip of a unit speaks of: it was opened because of them."""
    same = (
        candidate.met
        for candidate in findings.scored
        if candidate.unit.clip_id == item.unit.clip_id
    )
    return item.met.union(*same)


def _clips(view: View, findings: Findings) -> list[Memory]:
    """The best clips that have pictures, of whose recordings there is a file."""
    clips: list[Memory] = []
    for item in findings.evidence:
        recording = view.recording(item.memory.recording_id)
        if recording is None or not recording.has_video or recording.kind not in ("video", "photo"):
            continue
        clips.append(item.memory)
        if len(clips) == MOST:
            break
    return clips


def _units(clip: Memory, description: str) -> list[Unit]:
    statements = [
        sentence for part in sentences(sanitize(description)) if (sentence := observed(part))
    ]
    return [
        Unit(clip.recording_id, clip.clip_id, clip.span, "caption", text, rank=1.0, again=True)
        for text in statements[:SENTENCES]
    ]


def observed(sentence: str) -> str:
    """A sentence of the model as a statement; empty where it states nothing that was seen."""
    text = _OF_PICTURES.sub("", sentence.strip(" *_#>-"))
    unsure = is_guess(text) or _UNSEEN.search(text) or text.endswith(("?", "？"))
    if unsure or orders(text) or len(text) > _LONGEST or len(text) < 3:
        return ""
    return text[:1].upper() + text[1:]


def recheck_drafts(search_round: Round, memories: Sequence[Memory]) -> list[Draft]:
    """That the recording was looked at again for this, cited to where."""
    cited = tuple(
        dict.fromkeys(
            unit.citation()
            for unit in search_round.found.units
            if unit.again and _of(unit, memories)
        )
    )[:MOST]
    text = search_round.plan.language.say("looked_again", len(memories))
    return [Draft(text, cited)] if cited else []


def seen_beside(answered: Round, drafts: Sequence[Draft]) -> list[Draft]:
    """The best of what was seen again and tells of it, as one more moment; none where cited."""
    cited = {citation for draft in drafts for citation in draft.citations}
    found, plan = answered.found, answered.plan
    seen = [item.unit for item in found.scored if _bears(item, found, plan)]
    if not seen or any(unit.citation() in cited for unit in seen):
        return []
    return [Draft(statement(seen[:1], plan), (seen[0].citation(),))]


def recheck_note(plan: Plan, memories: Sequence[Memory]) -> str:
    """What is added where a look has not helped; empty where there was none."""
    if not memories:
        return ""
    return plan.language.say("looked_in_vain", len(memories))


def _of(unit: Unit, memories: Sequence[Memory]) -> bool:
    return unit.clip_id in {clip.clip_id for clip in memories}


def _why(memories: Sequence[Memory]) -> str:
    count = len(memories)
    moments = (
        UserMessage("egorag.moments", n=count) if count > 1 else UserMessage("egorag.one-moment")
    )
    return UserMessage("egorag.looked-again", moments=moments)
