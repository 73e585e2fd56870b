"""Search: clips by words, meaning, people, text in view, things and pictures, in one order.

No model writes anything here. Each way of finding gives a list, best first; what is high in several
lists comes first (reciprocal ranks: Cormack, Clarke and Büttcher 2009). Phrases, operators and
times bound what can be found at all; of free words, those moments come first that hold all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, overload

from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from egorag.moment_search.query import SearchQuery, free_terms, term_of, thing_names
from egorag.moment_search.similarity import near_meaning, near_pictures
from memory.search.phrase_search import ClipHit, PhraseScope, Term
from memory.store.view import View
from memory.types.core import Span

Why: TypeAlias = Literal["said", "text", "seen", "looks", "means", "person"]
WHYS: tuple[Why, ...] = ("said", "text", "seen", "looks", "means", "person")
Order: TypeAlias = Literal["best", "newest", "oldest"]
Somebody: TypeAlias = tuple[tuple[str, ...], str]  # ids of the person's clusters, and the name
SEARCHED = 500  # clips of one list
REQUIRED = 20_000  # clips that hold what must be there
_RANK = 60.0  # as in the paper: how slowly a rank loses its weight
_UNORDERED = 20  # the rank of each in a list without an order
_WORDED: tuple[Literal["said", "text", "seen", "looks"], ...] = ("said", "text", "seen", "looks")
_WEIGHT: dict[Why, float] = {"looks": 0.8, "means": 0.5}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a search is held to beside its query; what is empty does not narrow.

    Moments lie in one of ``spans``, show or tell of each of ``people``, and were recorded by one of
    ``devices``. With ``kinds``, words are looked for only there. ``mentioned`` are people whose
    names are among the free words.
    """

    spans: tuple[Span, ...] = ()
    people: tuple[Somebody, ...] = ()
    devices: tuple[str, ...] = ()
    kinds: frozenset[Why] = frozenset()
    mentioned: tuple[Somebody, ...] = ()

    @property
    def around(self) -> Span | None:
        """The time from the first to the last span."""
        if not self.spans:
            return None
        return Span(min(span.start for span in self.spans), max(span.end for span in self.spans))


@dataclass(slots=True)
class MomentHit:
    """A clip that was found: why, by which passages, and when a picture of it fits."""

    clip_id: str
    span: Span
    score: float = 0.0
    why: list[Why] = field(default_factory=list)
    passages: list[int] = field(default_factory=list)
    picture_at: float | None = None


class AllOf(Sequence[MomentHit]):
    """Every clip of some, in their order: read when it is looked at, for they may be very many."""

    def __init__(self, view: View, clip_ids: Sequence[str], met: bool) -> None:
        """``met`` is whether they are there because somebody was."""
        self._view, self._ids, self._met = view, clip_ids, met

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> MomentHit: ...

    @overload
    def __getitem__(self, at: slice) -> list[MomentHit]: ...

    def __getitem__(self, at: int | slice) -> MomentHit | list[MomentHit]:
        clip_ids = self._ids[at] if isinstance(at, slice) else [self._ids[at]]
        spans = self._view.moments.starts(clip_ids)
        why: list[Why] = ["person"] if self._met else []
        hits = [
            MomentHit(clip_id, spans[clip_id], why=[*why])
            for clip_id in clip_ids
            if clip_id in spans
        ]
        return hits if isinstance(at, slice) else hits[0]


@dataclass(frozen=True, slots=True)
class _List:
    """What one way of finding gave, best first."""

    why: Why
    found: Sequence[ClipHit]
    at: dict[str, float] = field(default_factory=dict)  # of pictures


class MomentSearch:
    """Searches what a view shows. The models may be None: then words alone are searched."""

    def __init__(
        self, view: View, embedder: Embedder | None = None, pictures: PictureEmbedder | None = None
    ) -> None:
        self._view = view
        self._embedder = embedder
        self._pictures = pictures
        self.unlike = False  # whether what is nearest in meaning is not like the query

    def find(
        self,
        query: SearchQuery,
        bounds: Bounds,
        order: Order = "best",
        typing: bool = False,
        nearest: bool = False,
    ) -> Sequence[MomentHit]:
        """Every moment that fits, each once. ``typing`` is whether the last word may go on.

        Where no word is found, moments that are near in meaning are found if they are like the
        query, or with ``nearest`` whatever they are; ``unlike`` then says whether they are not.
        """
        if not (query.words or query.phrases or any(map(query.values, _WORDED))):
            ids = self._left(bounds, oldest=order == "oldest")
            return AllOf(self._view, ids or [], bool(bounds.people))
        among = self._among(bounds)
        lists: list[_List] = []
        for alternatives in self._required(query, bounds, among):
            lists += alternatives
            among = _met(alternatives, among)
        if query.words:
            free = list(self._free(query, bounds, among, typing))
            if not bounds.kinds:
                free.append(self._means(query, bounds, among, nearest or any(map(_any, free))))
            lists += free
            among = _met(free, among)
        clip_ids = among.ids if among is not None else frozenset()
        return self._ordered(self._hits(lists, clip_ids, bounds), order)

    def _among(self, bounds: Bounds) -> PhraseScope | None:
        """The clips that time, devices and people leave; None where nothing bounds."""
        clip_ids = self._left(bounds)
        return None if clip_ids is None else PhraseScope(clip_ids)

    def _left(self, bounds: Bounds, *, oldest: bool = False) -> list[str] | None:
        """Their ids, newest first; the people first, since they leave the fewest."""
        moments, met = self._view.moments, None
        if bounds.people:
            met = set.intersection(*(moments.with_person(*person) for person in bounds.people))
        elif not (bounds.spans or bounds.devices):
            return None
        return moments.within(bounds.spans, bounds.devices, met, oldest=oldest)

    def _required(
        self, query: SearchQuery, bounds: Bounds, among: PhraseScope | None
    ) -> Iterator[list[_List]]:
        """For each thing that must be there, the lists of where it is: one of them is enough."""
        for phrase in query.phrases:
            yield self._words([Term(phrase)], bounds.kinds, among, REQUIRED)
        for why in ("said", "text", "seen"):
            for value in query.values(why):
                term = term_of(value)
                there = [self._things(term, among, REQUIRED)] if why == "seen" else []
                yield [*self._words([term], frozenset((why,)), among, REQUIRED), *there]
        for value in query.values("looks"):
            yield [self._looks(value, bounds, clear=False)]

    def _free(
        self, query: SearchQuery, bounds: Bounds, among: PhraseScope | None, typing: bool
    ) -> Iterator[_List]:
        terms = free_terms(query.words, typing)
        yield from self._words(terms, bounds.kinds, among, SEARCHED)
        kinds = bounds.kinds or frozenset(WHYS)
        if "seen" in kinds:
            yield from (self._things(term, among, 4 * SEARCHED) for term in terms)
        if "person" in kinds:
            for ids, name in bounds.mentioned:
                met = sorted(self._view.moments.with_person(ids, name))
                yield _List("person", [ClipHit(clip_id, 0.0) for clip_id in _kept(met, among)])
        if "looks" in kinds:
            yield self._looks(query.text, bounds, clear=True)

    def _means(
        self, query: SearchQuery, bounds: Bounds, among: PhraseScope | None, anyway: bool
    ) -> _List:
        """What is near in meaning; what is not like the query only where ``anyway``."""
        near = near_meaning(self._view, self._embedder, query.text, bounds.around, among)
        self.unlike = bool(near.clip_ids) and not near.alike
        found = near.clip_ids if near.alike or anyway else ()
        return _List("means", [ClipHit(clip_id, 1.0) for clip_id in found])

    def _words(
        self, terms: Sequence[Term], kinds: frozenset[Why], among: PhraseScope | None, limit: int
    ) -> list[_List]:
        """Where words were said, read or remembered."""
        passages, asked_kinds = self._view.passages, kinds or frozenset(WHYS)
        lists = []
        if "said" in asked_kinds:
            lists.append(_List("said", passages.in_passages("said", terms, among, limit)))
        if "text" in asked_kinds:
            lists.append(_List("text", passages.in_passages("text", terms, among, limit)))
        if "seen" in asked_kinds:
            lists.append(_List("seen", passages.remembered(terms, among, limit)))
        return lists

    def _things(self, term: Term, among: PhraseScope | None, limit: int) -> _List:
        """Where a detector recognised it."""
        there = self._view.moments.with_things(thing_names(term), limit)
        return _List("seen", [ClipHit(clip_id, 0.0) for clip_id in _kept(there, among)])

    def _looks(self, text: str, bounds: Bounds, *, clear: bool) -> _List:
        near = near_pictures(self._view, self._pictures, text, bounds.around, clear)
        return _List("looks", [ClipHit(clip_id, 1.0) for clip_id, _ in near], dict(near))

    def _hits(
        self, lists: Sequence[_List], among: Iterable[str], bounds: Bounds
    ) -> list[MomentHit]:
        """The clips of ``among`` with what every list says of them."""
        starts = self._view.moments.starts(among)
        hits = {clip_id: MomentHit(clip_id, span) for clip_id, span in starts.items()}
        for each in lists:
            for rank, match in enumerate(each.found):
                if (hit := hits.get(match.clip_id)) is not None:
                    _enter(hit, each, match, rank)
        if bounds.people:
            for hit in hits.values():
                hit.why.append("person")
        return list(hits.values())

    @staticmethod
    def _ordered(hits: list[MomentHit], order: Order) -> list[MomentHit]:
        if order == "oldest":
            return sorted(hits, key=lambda hit: (hit.span.start, hit.clip_id))
        late = sorted(hits, key=lambda hit: (-hit.span.start, hit.clip_id))
        return late if order == "newest" else sorted(late, key=lambda hit: -hit.score)


def _met(lists: Sequence[_List], among: PhraseScope | None) -> PhraseScope:
    """Those of the clips that are in one of the lists."""
    clip_ids = {match.clip_id for each in lists for match in each.found}
    return PhraseScope(clip_ids if among is None else clip_ids & among.ids)


def _any(each: _List) -> bool:
    return bool(each.found)


def _kept(clip_ids: Iterable[str], among: PhraseScope | None) -> list[str]:
    return [clip_id for clip_id in clip_ids if among is None or clip_id in among.ids]


def _enter(hit: MomentHit, each: _List, clip_hit: ClipHit, rank: int) -> None:
    """Adds to a hit what a list says of it. What has no order (a person was there) ranks alike."""
    hit.score += _WEIGHT.get(each.why, 1.0) / (_RANK + (rank if clip_hit.score else _UNORDERED))
    if each.why not in hit.why:
        hit.why.append(each.why)
    if clip_hit.passage and clip_hit.passage not in hit.passages:
        hit.passages.append(clip_hit.passage)
    hit.picture_at = hit.picture_at or each.at.get(clip_hit.clip_id)
