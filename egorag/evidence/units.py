"""Cut evidence into the smallest pieces that can be cited: a sentence, a thing seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from egogpt.registry import COMPOSED
from egogpt.text.caption_terms import CLOTHES, FACE, HOLDING, NOTHING, OWN_HAND
from egogpt.text.directives import is_strange_name, name_of, sanitize
from egogpt.text.english_grammar import in_place, is_plural, with_article
from egogpt.text.stemmer import stem
from egogpt.text.tokens import LIGHT_WORDS, content_stems, words_of
from egorag.across.third_person import in_third_person
from egorag.evidence.slips import without_slips
from egorag.ranking.lexical_relatedness import kinds_of
from memory.store.view import View
from memory.types.core import Citation, Evidence, Memory, Sighting, Span, Utterance

UnitKind = Literal[
    "speech", "caption", "object", "tag", "colour", "place", "text", "face", "hand", "sound"
]
_JOIN = 5.0  # seconds between two views of a thing that count as one
_REACH = 40.0  # seconds: the clips next to a hit are read with it
_QUOTED = re.compile(r"[\"“”][^\"“”]*[\"“”]")
_MONTHS = "Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez"  # no full stop: "den 13. März"
_SENTENCE = re.compile(
    rf"(?:(?<=[.!?])|(?<=[.!?][\"”']))\s+(?=[\"“A-Z0-9])(?!(?<=\d\.\s)(?:{_MONTHS}))"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing said, seen or heard. ``rank`` (0..1) is how well its clip was retrieved.

    ``count`` is how many at least, ``most`` how many at most, where that is known to be more.
    ``alone_in`` is the memory of which it is all that is told, or 0: their vectors are alike.
    ``again`` is whether it was seen when the clip was opened again, ``noted`` whether
    an import that names no speaker has it. ``voice`` is the label of a voice that nobody named
    ("Person 3"). ``wearer`` is whose camera it is from, empty for the home of whoever asks.
    """

    recording_id: str
    clip_id: str
    span: Span
    kind: UnitKind
    what: str
    speaker: str = ""
    rank: float = 0.0
    count: int = 1
    alone_in: int = 0
    again: bool = False
    noted: bool = False
    most: int = 0
    voice: str = ""
    wearer: str = ""

    @property
    def who(self) -> str:
        """Who speaks: a name, else the label of the voice, else empty."""
        return self.speaker or self.voice

    @property
    def phrase(self) -> str:
        """The unit as a statement, in plain text."""
        what = sanitize(self.what)
        match self.kind:
            case "speech":
                return f'{self._voice} said: "{what}"'
            case "text":
                return f'text in view: "{what}"'
            case "sound":
                return f"{what} was heard"
            case "caption":
                return what
            case "colour":
                colour, _, thing = what.partition(" ")
                wearer = thing == CLOTHES
                return f"somebody in view wore {colour}" if wearer else f"the {thing} was {colour}"
            case "place":
                return self._told(f"I was {in_place(what)}")
            case "tag":
                return f"perhaps {with_article(what)} {_were(what)} in view"
            case "face":
                return f"{faces(self)} in view"
            case "hand":
                return self._told(_hand(what))
            case _:
                return f"{with_article(what)} {_were(what)} in view"

    @property
    def _voice(self) -> str:
        """Who speaks, for a reader whom a name could talk to."""
        if self.who and not is_strange_name(self.who):
            return self.who
        return f"Somebody by {self.wearer}'s camera" if self.wearer else "Somebody"

    def _told(self, sentence: str) -> str:
        return in_third_person(sentence, self.wearer) if self.wearer else sentence

    @property
    def tells_of_wearer(self) -> bool:
        """Whether what was seen is something that the wearer did, or where they were."""
        own = self.what == OWN_HAND or self.what.startswith(HOLDING)
        return self.kind == "place" or (self.kind == "hand" and own)

    @property
    def words(self) -> list[str]:
        """The lower-case words that the unit can be matched by."""
        extra = {
            "face": " face person people somebody",
            "hand": " hand",
            "text": " text sign",
            "place": " place room",
            "colour": " colour color",
        }
        more = extra.get(self.kind, "")
        if self.kind == "colour" and self.what.endswith(f" {CLOTHES}"):
            more += " wear wore wearing"
        if self.kind in ("object", "tag", "hand"):
            more += kinds_of(self.what.removeprefix(HOLDING))
        return words_of(f"{self.who} {self.what}{more}")

    def citation(self) -> Citation:
        """Where it can be watched or heard."""
        quote = sanitize(self.what) if self.kind in ("speech", "text", "caption") else self.phrase
        quote = f"Seen again: {quote}" if self.again else quote
        speaker = self.who if self.wearer and self.kind == "speech" else None
        return Citation(self.recording_id, self.span, quote, self.wearer, speaker)


def faces(unit: Unit) -> str:
    """ "Ada was", "a face was", "2 faces were": whose faces, as far as that is known."""
    if unit.what != FACE:
        return f"{name_of(unit.what)} was"
    return "a face was" if unit.count < 2 else f"{unit.count} faces were"


def _were(what: str) -> str:
    return "were" if is_plural(what) else "was"


def _hand(what: str) -> str:
    if what.startswith(HOLDING):
        return f"I held and used {with_article(what.removeprefix(HOLDING))}"
    return "my hand was in view" if what == OWN_HAND else "somebody's hand was in view"


def read_units(view: View, evidence: Sequence[Evidence], bound: Span | None = None) -> list[Unit]:
    """The units of the evidence's clips and of those beside them, in order of time.

    Nothing outside ``bound`` is returned. Views of one thing that follow each other become one.
    """
    best = max((item.score for item in evidence), default=0.0)
    clips: dict[int, tuple[Memory, float]] = {}
    for item in evidence:
        rank = item.score / best if best > 0 else 0.5
        hit = item.memory
        around = Span(hit.span.start - _REACH, hit.span.end + _REACH)
        for memory in view.memories("clip", around):
            if memory.recording_id != hit.recording_id:
                continue
            merit = rank if memory.id == hit.id else 0.7 * rank
            if memory.id not in clips or clips[memory.id][1] < merit:
                clips[memory.id] = (memory, merit)
    all_units = [unit for memory, rank in clips.values() for unit in clip_units(view, memory, rank)]
    inside = [unit for unit in all_units if bound is None or bound.overlaps(_padded(unit.span))]
    return sorted(join_views(inside), key=lambda unit: (unit.span.start, unit.span.end))


def _padded(span: Span) -> Span:
    return span if span.duration else Span(span.start, span.start + 1e-3)


def clip_units(view: View, memory: Memory, rank: float = 0.0) -> list[Unit]:
    """All units of one clip: what was said and seen, and what only its caption states.

    A composed caption states nothing of its own.
    """
    utterances = view.utterances(memory.clip_id)
    seen = view.sightings(memory.clip_id)
    sure = {sighting.what for sighting in seen if sighting.kind == "object"}
    seen = [one for one in seen if one.kind != "tag" or one.what not in sure]
    units = [_spoken(view, memory, utterance, rank) for utterance in utterances]
    units += [_seen(memory, sighting, rank) for sighting in seen]
    known: set[str] = set().union(
        *(content_stems(f"{u.speaker} {u.text}") for u in utterances),
        *(content_stems(s.what) for s in seen),
    )
    for sentence in sentences(memory.text) if memory.model != COMPOSED else ():
        stated = content_stems(_QUOTED.sub(" ", sentence)) - _LIGHT_STEMS
        if not stated <= known and len(sentence) > 2 and sentence != NOTHING:
            units.append(
                Unit(
                    memory.recording_id, memory.clip_id, memory.span, "caption", sentence, "", rank
                )
            )
    if memory.wearer:
        units = [replace(unit, wearer=memory.wearer) for unit in units]
    return [replace(units[0], alone_in=memory.id)] if len(units) == 1 else units


_LIGHT_STEMS = frozenset(stem(word) for word in LIGHT_WORDS) | {"music", "perhap", "mayb", "view"}


def sentences(text: str) -> list[str]:
    """A text cut after its full stops, question and exclamation marks."""
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def _spoken(view: View, memory: Memory, utterance: Utterance, rank: float) -> Unit:
    unit = Unit(
        memory.recording_id, memory.clip_id, utterance.span, "speech",
        without_slips(utterance.text), utterance.speaker, rank, voice=utterance.voice,
    )  # fmt: skip
    return unit if memory.wearer else attributed(view, unit)


def attributed(view: View, unit: Unit) -> Unit:
    """The unit; a line of an import without a speaker is the owner's, where others are named and
    they are not, and a note where nobody is."""
    named = None if unit.who or unit.wearer else view.names_in_import(unit.recording_id)
    if named is None or "me" in named:
        return unit
    return replace(unit, speaker="me") if named else replace(unit, noted=True)


def _seen(memory: Memory, sighting: Sighting, rank: float) -> Unit:
    kind: UnitKind = "caption" if sighting.kind == "narration" else sighting.kind
    return Unit(
        memory.recording_id, memory.clip_id, sighting.span, kind, sighting.what, "", rank,
        sighting.count, most=sighting.most,
    )  # fmt: skip


def join_views(units: Iterable[Unit]) -> list[Unit]:
    """Views of the same thing in the same recording that follow each other become one unit."""
    joined: list[Unit] = []
    open_views: dict[tuple[str, str, str], int] = {}
    for unit in sorted(units, key=lambda unit: unit.span):
        key = (unit.recording_id, unit.kind, unit.what)
        at = open_views.get(key)
        repeats = unit.kind not in ("speech", "caption")
        if repeats and at is not None and unit.span.start <= joined[at].span.end + _JOIN:
            before = joined[at]
            joined[at] = replace(
                before,
                span=Span(before.span.start, max(before.span.end, unit.span.end)),
                rank=max(before.rank, unit.rank),
                count=max(before.count, unit.count),
                most=max(before.most, unit.most),
                alone_in=0,
            )
            continue
        open_views[key] = len(joined)
        joined.append(unit)
    return joined
