"""Sentences for a person with their citations: how moments, units and pictures are worded.

They are in the language of the question. Asked what the owner saw, words that were spoken of it are
no sighting of it: they are quoted, and said to be no more than that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from egogpt.text.caption_terms import CLOTHES, FACE, HOLDING, OWN_HAND
from egogpt.text.directives import sanitize
from egogpt.text.english_grammar import in_place, is_plural, with_article
from egorag.evidence.scoring import Scored
from egorag.evidence.units import Unit
from egorag.language.language import Language
from egorag.question.plan import Plan
from egorag.retrieval.image_retrieval import ImageHits, pictured_memories
from egorag.time.relative_dates import resolve_dates
from memory.repositories.events import SELF
from memory.store.view import View
from memory.types.core import Citation, Memory, Sentence, Span
from memory.types.explanation import PictureMatch, PictureSearch
from memory.types.images import PictureHit

MOST = 3  # citations of one sentence
_SEVERAL = 2  # a number in whose form a sentence is said of several
_SPOKEN = frozenset({"speech", "sound"})
_PICTURES = 2  # pictures that are told of
_APART = 120.0  # seconds: two pictures nearer than that likely show the same
_EXPLAINED = 5  # pictures in an explanation


@dataclass(frozen=True, slots=True)
class Draft:
    """One sentence and what supports it, best first."""

    text: str
    citations: tuple[Citation, ...]


def number_citations(
    drafts: Sequence[Draft],
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Sentences whose citations are indexes into one list, both without repetitions."""
    citations: dict[Citation, int] = {}
    sentences: dict[str, Sentence] = {}
    for draft in drafts:
        indexes = [citations.setdefault(cited, len(citations)) for cited in draft.citations]
        sentence = Sentence(draft.text, tuple(dict.fromkeys(indexes)))
        sentences.setdefault(draft.text, sentence)
    return tuple(sentences.values()), tuple(citations)


def moment(at: float, plan: Plan) -> str:
    """ "Today at 10:31", "Yesterday at 10:31" or "On Tuesday 3 March at 10:31"."""
    return _on_day("at", at, plan, clock=f"{plan.local.local(at):%H:%M}")


def stretch(span: Span, plan: Plan, length: str = "") -> str:
    """ "from 10:00:12 to 10:00:40 (28 seconds)", with the day in front where it is not today."""
    first, last = plan.local.local(span.start), plan.local.local(span.end)
    if span.duration < 1.5:
        clock = plan.language.say("moment", clock=f"{first:%H:%M:%S}")
    else:
        shape = "%H:%M:%S" if span.duration < 600 else "%H:%M"
        length = length or plan.language.length(span.duration)
        ends = {"first": f"{first:{shape}}", "last": f"{last:{shape}}"}
        clock = plan.language.say("stretch", length=length, **ends)
    return _on_day("within", span.start, plan, stretch=clock)


def _on_day(name: str, at: float, plan: Plan, **values: str) -> str:
    """The wording of a name for today, yesterday or another day."""
    day, today = plan.local.local(at).date(), plan.local.today
    near = {0: "today", 1: "yesterday"}.get((today - day).days, "day")
    return plan.language.say(f"{name}_{near}", day=plan.language.day(day, today), **values)


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def inside(text: str) -> str:
    """A sentence as it stands behind other words of one: with a small first letter."""
    return text[:1].lower() + text[1:]


def people_with_things(things: Mapping[str, Sequence[str]], language: Language) -> str:
    """ "you: bread and milk; Alice: lamp"."""
    return language.say("semicolon").join(
        language.say(
            "tally_of",
            who=language.name(who) if who else language.say("you"),
            things=language.listed(labels),
        )
        for who, labels in things.items()
    )


def quotation(units: Sequence[Unit], plan: Plan, *, dated: bool = True) -> str:
    """What was said, as one quotation; in the person's language with dates written out."""
    words = " ".join(sanitize(unit.what) for unit in units)
    if dated and plan.language.speaks(words):
        words = resolve_dates(words, units[0].span.start, plan.local, quoted=True)
    return plan.language.quote(words)


def statement(units: Sequence[Unit], plan: Plan, *, dated: bool = True) -> str:
    """A sentence that says what one unit, or several successive utterances, hold and when; the
    dates that they name written out where it is ``dated``."""
    unit = units[0]
    said = "said_by_you" if unit.speaker.lower() in SELF else "noted" if unit.noted else "said"
    names = {"speech": said, "text": "text", "caption": "again" if unit.again else "noted"}
    if unit.kind not in names:
        return sight(unit, unit.span, plan)
    return plan.language.say(
        names[unit.kind],
        when=moment(unit.span.start, plan),
        who=_speaker(unit, plan.language),
        quote=quotation(units, plan, dated=dated),
    )


def quote(unit: Unit, plan: Plan) -> Draft:
    """The sentence that tells of one unit."""
    return Draft(statement([unit], plan), (unit.citation(),))


def _speaker(unit: Unit, language: Language) -> str:
    """Who speaks; of somebody else's camera whose, where that is all that is known."""
    if unit.wearer and not unit.who:
        return language.say("by_camera", wearer=language.name(unit.wearer))
    return language.speaker(unit.who)


def thing(what: str, language: Language) -> str:
    """What was recognised, as a sentence may hold it: "a phone", "stairs" of bannisters."""
    plain = sanitize(what.removeprefix(HOLDING))
    if name := language.label(plain):
        return language.say("label", thing=name)
    plain = plain.partition(" (")[0]
    return language.say("thing", thing=plain, noun=with_article(plain))


def sight(unit: Unit, span: Span, plan: Plan, length: str = "") -> str:
    """ "A cell phone was in view from 10:00:12 to 10:00:40 (28 seconds)."; what another wearer did
    is told of them by name, as noted."""
    language, name, count = plan.language, str(unit.kind), 1
    if unit.wearer and unit.tells_of_wearer:
        noted = language.quote(unit.phrase)
        return language.say("noted", when=moment(span.start, plan), quote=noted)
    what, plain = thing(unit.what, language), sanitize(unit.what)
    if unit.kind == "face":
        count = unit.count if unit.what == FACE else 1
        what = language.say("a_face") if unit.what == FACE else language.name(unit.what)
    elif unit.kind == "colour":
        return _coloured(unit, stretch(span, plan, length), language)
    elif unit.kind == "hand":
        own = "own_hand" if unit.what == OWN_HAND else "hand"
        name = "holding" if unit.what.startswith(HOLDING) else own
    elif unit.kind in ("object", "tag") and is_plural(plain):
        count = _SEVERAL
    elif unit.kind == "place":
        what = language.table("wording")["places"].get(unit.what, in_place(sanitize(unit.what)))
    plain, where = language.label(plain) or plain, stretch(span, plan, length)
    if unit.kind == "object" and unit.what == "person" and unit.count > 1:
        people = language.say("people", unit.count)
        return language.say("most_at_once", unit.count, things=people, where=where)
    return capital(language.say(name, count, thing=what, plain=plain, where=where))


def _coloured(unit: Unit, where: str, language: Language) -> str:
    """ "Somebody in view wore blue from 10:00:12 to 10:00:40."."""
    colour, _, what = sanitize(unit.what).partition(" ")
    name = "colour_worn" if what == CLOTHES else "colour"
    named = language.table("wording")["colours"].get(colour, colour)
    what = language.label(what) or what
    return capital(language.say(name, colour=named, thing=what, where=where))


def only_spoken_of(plan: Plan, scored: Sequence[Scored]) -> bool:
    """Whether a sighting is asked about, and nothing but words speaks of the thing.

    Names are left alone: whoever was heard was there.
    """
    asked = plan.language.pattern("question", "own_sight").search(plan.query.lower())
    if plan.names or plan.kind == "who" or not plan.head or not asked:
        return False
    kinds = {item.unit.kind for item in scored if plan.head in item.met}
    return bool(kinds) and kinds <= _SPOKEN


def mark_as_hearsay(plan: Plan, drafts: Sequence[Draft]) -> list[Draft]:
    """The quotations, told to be no more than that."""
    first = [
        replace(draft, text=plan.language.say("hearsay", said=draft.text)) for draft in drafts[:1]
    ]
    return [*first, *drafts[1:]]


def picture_drafts(view: View, plan: Plan, looked: ImageHits) -> list[Draft]:
    """The moments whose pictures stand out, as what may be meant: never as an answer."""
    if plan.about_anything:
        return []
    chosen: list[PictureHit] = []
    memories = pictured_memories(view, {hit.clip_id for hit in looked.clear})
    for hit in looked.clear:
        near = any(abs(hit.at - other.at) < _APART for other in chosen)
        if hit.clip_id in memories and not near and len(chosen) < _PICTURES:
            chosen.append(hit)
    return [_picture_draft(plan, hit, memories[hit.clip_id]) for hit in chosen]


def _picture_draft(plan: Plan, hit: PictureHit, memory: Memory) -> Draft:
    what = sanitize(" ".join(plan.required))
    span = Span(hit.at, max(hit.at, min(hit.at + 1.0, memory.span.end)))
    when = moment(hit.at, plan)
    said = plan.language.say("pictured", when=when)
    shown = plan.language.say("picture_of", what=what)
    return Draft(said, (Citation(memory.recording_id, span, shown),))


def picture_search(note: str, looked: ImageHits, announced: bool) -> PictureSearch:
    """How pictures were searched and which came nearest, for an explanation."""
    found = tuple(
        PictureMatch(hit.clip_id, hit.at, round(hit.cosine, 4), round(looked.clearness(hit), 3))
        for hit in list(looked.by_clip().values())[:_EXPLAINED]
    )
    return PictureSearch(note, found or None, announced)
