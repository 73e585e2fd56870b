"""The events of Search: words that are typed, filters, more of the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.api_models.search import SearchReply
from app.pages.search import results as search_words
from app.pages.shell import Parts, Updates, markdown, sent_data
from app.presentation.i18n import t
from app.search.rendering import results_json
from app.search.service import LONGEST, SearchService
from egorag.moment_search.query import Clause, Operator, parse, written
from egorag.moment_search.search import Order

if TYPE_CHECKING:
    from app.assistant import Assistant

_PAGE = 24  # moments
_RECENT = 8  # queries that the page remembers until it is closed
_DATES = ("after", "before")
_ORDERS: Mapping[str, Order] = {"best": "best", "newest": "newest", "oldest": "oldest"}


@dataclass(frozen=True, slots=True)
class ShownSearch:
    """The search that is shown, and those before it."""

    query: str = ""
    order: Order = "best"
    literal: bool = False
    typing: bool = False
    nearest: bool = False
    at: float = 0.0  # when it was made, seconds UTC
    count: int = 0
    last_day: str = ""
    moments: str = ""  # as they are shown
    unnarrowed: str | None = None  # what stood in the box when a filter wrote into it
    recent: tuple[str, ...] = ()


class SearchParts(Parts):
    """The components of the page; a filter is named as its operator."""

    def __init__(self) -> None:
        """Places them."""
        self.box = gr.Textbox(
            label=t("Search your moments"),
            show_label=False,
            placeholder=t("Words, a name, a sign, a day …"),
            submit_btn=t("Search"),
            max_length=LONGEST,
            lines=1,
            max_lines=1,
            elem_id="eb-search-words",
        )
        with gr.Accordion(t("Filters"), open=False), gr.Row(elem_classes="eb-tools"):
            self.filters: dict[Operator, Any] = {
                "person": gr.Dropdown([], label=t("With")),
                "in": gr.Dropdown([], label=t("Look in")),
                "after": gr.DateTime(include_time=False, type="string", label=t("From day")),
                "before": gr.DateTime(include_time=False, type="string", label=t("Before day")),
                "device": gr.Dropdown([], label=t("Recorded by")),
            }
        orders = (
            (t("Best first"), "best"),
            (t("Newest first"), "newest"),
            (t("Oldest first"), "oldest"),
        )
        self.order = gr.Radio(
            list(orders),
            value="best",
            label=t("Order"),
            show_label=False,
            elem_id="eb-search-order",
        )
        self.understood = markdown(elem_id="eb-search-told")
        self.found = markdown(elem_id="eb-search-found")
        self.more = gr.Button(t("Show more"), visible=False, elem_classes="eb-more")
        self.shown = gr.State(ShownSearch())


class SearchEvents:
    """What the components of the page do."""

    def __init__(self, assistant: Assistant, parts: SearchParts) -> None:
        self._assistant, self._parts = assistant, parts
        self._service = SearchService(assistant.store, assistant.brains)

    def open(self, sent: gr.EventData, query: str, order: str, shown: ShownSearch) -> Updates:
        """The page comes into view, or a link searches for ``sent.q``, ``sent.nearest`` too.

        What was searched before is searched again: something of it may be forgotten by now.
        """
        data = sent_data(sent)
        asked = str(data.get("q") or "")[:LONGEST]
        literal = bool(data.get("literal")) if asked else shown.literal and query == shown.query
        asked = asked or query.strip()
        self._service.warm_up()
        if not asked:
            return {**self._lesson(shown), **self._fields("", fresh=True)}
        nearest = bool(data.get("nearest"))
        searched = self._search(asked, order, shown, literal=literal, nearest=nearest)
        return {**searched, self._parts.box: asked, **self._fields(asked, fresh=True)}

    def typed(self, query: str, order: str, shown: ShownSearch) -> Updates:
        """A letter more: the last word may be the beginning of one."""
        if query.strip() == shown.query:  # what is there already, or was written by us
            unchanged: Updates = gr.skip()
            return unchanged
        return self._search(query, order, shown, typing=True)

    def search(self, query: str, order: str, shown: ShownSearch) -> Updates:
        """What is in the box, as it is."""
        return self._search(query, order, shown, literal=shown.literal and query == shown.query)

    def narrow(self, name: str) -> Callable[..., Updates]:
        """The same after a filter has written its operator into the box."""

        def narrowed(value: object, query: str, order: str, shown: ShownSearch) -> Updates:
            operator = next(one for one in self._parts.filters if one == name)
            typed = query
            if query.strip() == shown.unnarrowed:  # the filter before has not come to the box yet
                query = shown.query
            chosen = _iso(value) if operator in _DATES else str(value or "")
            old = next(iter(parse(query).values(operator)), "")
            shows = _iso(old) if operator in _DATES else old
            if chosen == shows:  # the field only follows what is in the box
                unchanged: Updates = gr.skip()
                return unchanged
            text = with_clause(query, operator, chosen)
            found = self._search(text, order, shown)
            unnarrowed = replace(found[self._parts.shown], unnarrowed=typed.strip())
            return found | {self._parts.box: text, self._parts.shown: unnarrowed}

        return narrowed

    def more(self, shown: ShownSearch) -> Updates:
        """The next moments of the same search."""
        reply = self._reply(shown, offset=shown.count, at=shown.at)
        moments = shown.moments + search_words.moments(reply, shown.last_day)
        return {
            self._parts.found: moments,
            self._parts.more: gr.Button(visible=reply.more),
            self._parts.shown: _beyond(shown, reply, moments),
        }

    def _search(
        self,
        query: str,
        order: str,
        shown: ShownSearch,
        *,
        typing: bool = False,
        literal: bool = False,
        nearest: bool = False,
    ) -> Updates:
        query = query.strip()[:LONGEST]
        if not query:
            return self._lesson(replace(shown, query=""))
        recent = shown.recent if typing else (query, *(q for q in shown.recent if q != query))
        asked = ShownSearch(
            query,
            _ORDERS.get(order, "best"),
            literal=literal,
            typing=typing,
            nearest=nearest,
            recent=tuple(recent)[:_RECENT],
        )
        reply = self._reply(asked)
        moments = search_words.moments(reply) if reply.total else search_words.nothing(reply)
        return {
            self._parts.understood: search_words.understood(reply),
            self._parts.found: moments,
            self._parts.more: gr.Button(visible=reply.more),
            self._parts.shown: _beyond(replace(asked, at=reply.at), reply, moments),
            **self._fields(query),
        }

    def _reply(self, shown: ShownSearch, offset: int = 0, at: float | None = None) -> SearchReply:
        results = self._service.search(
            shown.query,
            timezone=self._assistant.timezone,
            order=shown.order,
            offset=offset,
            limit=_PAGE,
            at=at,
            typing=shown.typing,
            literal=shown.literal,
            nearest=shown.nearest,
        )
        return results_json(results, self._assistant.timezone)

    def _lesson(self, shown: ShownSearch) -> Updates:
        empty = self._assistant.store.is_empty()
        words = search_words.empty() if empty else search_words.lesson(shown.recent, self._people())
        return {
            self._parts.understood: "",
            self._parts.found: words,
            self._parts.more: gr.Button(visible=False),
            self._parts.shown: replace(shown, query="", count=0),
            **self._fields(""),
        }

    def _people(self) -> list[str]:
        names = (person.name for person in self._assistant.store.people.known())
        return sorted({name for name in names if name}, key=str.casefold)[:500]

    def _fields(self, query: str, *, fresh: bool = False) -> Updates:
        """The filters as the query has them; with ``fresh``, what there is to choose from."""
        parsed = parse(query)
        updates: Updates = {}
        choices = self._choices() if fresh else {}
        for name, field in self._parts.filters.items():
            value = next(iter(parsed.values(name)), "")
            if name in _DATES:
                updates[field] = _iso(value)
            elif name in choices:
                shown = [one for _, one in choices[name]]
                updates[field] = gr.Dropdown(
                    choices=choices[name],
                    value=value if value in shown else "",
                    visible=len(shown) > (2 if name == "device" else 1),
                )
            else:
                updates[field] = gr.update(value=value if self._known(name, value) else "")
        return updates

    def _known(self, name: Operator, value: str) -> bool:
        return any(value == one for _, one in self._choices()[name]) if value else True

    def _choices(self) -> dict[Operator, list[tuple[str, str]]]:
        kinds = [
            (t("everywhere"), ""),
            (t("what was said"), "said"),
            (t("what was seen"), "seen"),
            (t("text in view"), "text"),
        ]
        if self._assistant.brains.pictures_name() is not None:
            kinds.append((t("pictures"), "pictures"))
        people, devices = self._people(), self._service.devices()[:100]
        return {
            "person": [(t("anybody"), ""), *((one, one) for one in people)],
            "in": kinds,
            "device": [(t("any device"), ""), *((one, one) for one in devices)],
        }


def _iso(value: object) -> str:
    """The date that a text is; empty where it is none."""
    try:
        return date.fromisoformat(str(value)[:10]).isoformat() if value else ""
    except ValueError:
        return ""


def with_clause(query: str, operator: Operator, value: str) -> str:
    """The query with this value of an operator, and no other; without it where it is empty."""
    parsed = parse(query)
    others = tuple(clause for clause in parsed.clauses if clause.operator != operator)
    added = (Clause(operator, value),) if value else ()
    return written(replace(parsed, clauses=(*others, *added)))


def _beyond(shown: ShownSearch, reply: SearchReply, moments: str) -> ShownSearch:
    last_day = reply.moments[-1].day if reply.moments else shown.last_day
    count = reply.offset + len(reply.moments)
    return replace(shown, count=count, last_day=last_day, moments=moments)
