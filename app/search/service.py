"""Searching a home: a query becomes moments with pictures, quotes and why they were found.

desk = SearchDesk(store, brains)
found = desk.search('person:Anna "blue drawer"', timezone="Europe/Berlin")
found.moments[0].caption   # [("I put it into the ", False), ("blue drawer", True), …]

No language model runs. Pages of one search are cut from one list, so each moment comes once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from app.models.model_set import ModelProvider
from app.presentation.composed_text import in_words, split_speech
from app.search.highlight import Needles, Pieces, marked, shortened
from app.search.query_bounds import EVER, QueryBounds, hold
from egorag.moment_search.query import SearchQuery, parse
from egorag.moment_search.search import MomentHit, MomentSearch, Order, Why
from egorag.time.calendar.local_time import LocalTime
from memory.search.clip_search import FoundClip, Passage
from memory.store.store import Store
from memory.store.view import View
from memory.types.core import Person, Span

# Hits, and whether there is only what is not like the query.
_Order: TypeAlias = tuple[Sequence[MomentHit], bool]
Sight: TypeAlias = Literal["unasked", "model", "no vectors", "labels", "no model"]
_log = logging.getLogger(__name__)
MOST = 100  # moments of one page
FARTHEST = 100_000  # moments that can be passed over
LONGEST = 500  # characters of a query
_KEPT = 8  # searches whose order is remembered for their next pages
_QUOTES = 2  # passages that are shown of a moment


@dataclass(frozen=True, slots=True)
class Quote:
    """Something said or read that was looked for. ``at`` is seconds inside the recording."""

    kind: str
    who: str
    pieces: Pieces
    at: float

    @property
    def text(self) -> str:
        """The words, shortened, without their marks."""
        return "".join(piece for piece, _ in self.pieces)


@dataclass(frozen=True, slots=True)
class FoundMoment:
    """A moment that was found; ``plays_at`` (seconds inside the recording) is where it fits.
    ``caption`` says what the quotes do not."""

    place: FoundClip
    why: tuple[Why, ...]
    caption: Pieces
    quotes: tuple[Quote, ...]
    plays_at: float
    picture: str


@dataclass(frozen=True, slots=True)
class Results:
    """A page of moments, of ``total`` in all, and how the query was understood.

    ``sight`` is what compared pictures with words, where the query asks for that; ``unlike`` is
    whether nothing is shown since what comes closest in meaning is not like the query.
    """

    query: SearchQuery
    held: QueryBounds
    moments: tuple[FoundMoment, ...]
    total: int
    offset: int
    asked_at: float
    sight: Sight = "unasked"
    unlike: bool = False


class SearchService:
    """Searches one home. Threads may share one."""

    def __init__(self, store: Store, brains: ModelProvider) -> None:
        self._store, self._brains = store, brains
        self._guard = threading.Lock()
        self._warm = False
        self._orders: OrderedDict[tuple[object, ...], _Order] = OrderedDict()

    def search(
        self,
        text: str,
        *,
        timezone: str,
        order: Order = "best",
        offset: int = 0,
        limit: int = 24,
        at: float | None = None,
        typing: bool = False,
        literal: bool = False,
        nearest: bool = False,
        within: Span = EVER,
    ) -> Results:
        """A page of what a query finds among what ended before ``at`` (seconds UTC; now).

        ``typing`` lets the last word be the beginning of one; ``literal`` takes free words for
        words only, not for times; ``nearest`` lists what comes closest in meaning where nothing is
        like the query; ``within`` bounds whatever the query says. Give the ``asked_at``
        of the first page with the others.
        """
        asked_at = time.time() if at is None else at
        query, view = parse(text), self._store.as_of(asked_at)
        local = LocalTime.of(asked_at, timezone)
        bounds = hold(query, local, self._named(query), literal=literal, within=within)
        bounded_query = replace(query, words=bounds.words)
        asked = (text, timezone, order, at, typing, literal, within, nearest)
        hits, unlike = (
            self._found(asked, view, bounded_query, bounds, order, typing, nearest)
            if query
            else ((), False)
        )
        page = hits[offset : offset + min(limit, MOST)]
        needles = Needles.of(query, bounds.words, typing)
        moments = tuple(_moments(view, page, needles))
        sight = self._sight(view) if query.values("looks") else "unasked"
        return Results(query, bounds, moments, len(hits), offset, asked_at, sight, unlike)

    def _sight(self, view: View) -> Sight:
        """What can compare pictures with words."""
        pictures = self._brains.pictures()
        if pictures is None:
            return "no model"
        if pictures.by_labels:
            return "labels"
        unit = np.zeros(pictures.dimension, np.float32)
        return "model" if view.picture_spread(unit, pictures.name).count else "no vectors"

    def warm_up(self) -> None:
        """Loads models and index in the background, once, so that no search waits for them."""
        with self._guard:
            known, self._warm = self._warm, True
        if not known:
            threading.Thread(target=self._load, name="search-warm-up", daemon=True).start()

    def _load(self) -> None:
        try:
            self.search("a", timezone="UTC", limit=1)
        except Exception:  # the search that needs them says what is wrong
            _log.info("searching could not be warmed up", exc_info=True)

    def devices(self) -> list[str]:
        """The devices that recorded something."""
        return self._store.as_of(time.time()).moments.devices()

    def _named(self, query: SearchQuery) -> Sequence[Person]:
        return self._store.people.known() if query else ()

    def _found(
        self,
        asked: tuple[object, ...],
        view: View,
        query: SearchQuery,
        query_bounds: QueryBounds,
        order: Order,
        typing: bool,
        nearest: bool,
    ) -> _Order:
        """The whole order; that of a page after the first is the first one's."""
        with self._guard:
            if asked[3] is not None and asked in self._orders:
                self._orders.move_to_end(asked)
                return self._orders[asked]
        models = (self._brains.embedder(), self._brains.pictures())
        search = MomentSearch(view, *models)
        hits = search.find(query, query_bounds.bounds, order, typing, nearest)
        found = hits, search.unlike and not hits
        with self._guard:
            self._orders[*asked[:3], view.asked_at, *asked[4:]] = found
            while len(self._orders) > _KEPT:
                self._orders.popitem(last=False)
        return found


def _moments(view: View, hits: Sequence[MomentHit], needles: Needles) -> list[FoundMoment]:
    places = view.moments.places([hit.clip_id for hit in hits])
    shown = [passage for hit in hits for passage in hit.passages[: 2 * _QUOTES]]
    passages = view.moments.passages(shown)
    return [
        _moment(places[hit.clip_id], hit, passages, needles)
        for hit in hits
        if hit.clip_id in places  # it may have been deleted since the first page
    ]


def _moment(
    place: FoundClip, hit: MomentHit, passages: dict[int, Passage], needles: Needles
) -> FoundMoment:
    known = [passages[passage] for passage in hit.passages if passage in passages]
    sources = known[:_QUOTES]
    quotes = tuple(
        Quote(
            source.kind,
            source.who,
            shortened(marked(source.text, needles)),
            source.span.start - place.begun,
        )
        for source in sources
    )
    at = sources[0].span.start if sources else (hit.picture_at or place.span.start)
    picture = min(place.pictures, key=lambda frame: abs(frame[0] - at), default=(0.0, ""))[1]
    said = (source.text for source in sources if source.kind == "said")
    caption = shortened(marked(in_words(split_speech(place.text, said)[0]), needles))
    why = tuple(
        signal for signal in hit.why if signal != "seen" or _is_seen(place.text, known, needles)
    )
    return FoundMoment(place, why, caption, quotes, max(0.0, at - place.begun), picture)


def _is_seen(caption: str, passages: Sequence[Passage], needles: Needles) -> bool:
    """Whether a caption tells of it in its own words, not only in those that were said or read."""
    for passage in passages:
        caption = caption.replace(passage.text.rstrip("."), " ")
    return not passages or any(hit for _, hit in marked(caption, needles))
