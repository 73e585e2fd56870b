"""Events of the Library page that show: what is there, what is on its way, and what was chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.core.view_models import LibraryEntry
from app.library.library import Counts, chosen_entries, shelf_entries
from app.pages.library.entries import (
    facts,
    id_of,
    key_of,
    may_retry,
    names_of,
    pictures,
    progress,
)
from app.pages.library.parts import COMING_SHOWN, PAGE, Chosen, Drawn, LibraryParts
from app.pages.shell import Updates, chosen_picture, sent_data
from app.presentation.i18n import t, translate
from app.presentation.markdown import plain
from app.views.library_view import entry_json
from app.views.queue_view import queue_words
from memory.repositories.library_shelf import LibraryFilter

if TYPE_CHECKING:
    from app.assistant import Assistant


class LibraryEvents:
    """The events of the page in one home."""

    def __init__(self, assistant: Assistant, parts: LibraryParts) -> None:
        self._assistant, self._parts = assistant, parts
        self._counts = Counts(assistant.store)

    def entries_of(self, chosen: Chosen) -> list[LibraryEntry]:
        """The chosen, as far as they are there (any more)."""
        return chosen_entries(self._assistant.store, chosen, self._counts)

    # What is shown

    def refresh(self, drawn: Drawn, chosen: Chosen, offset: int, *filters: Any) -> Updates:
        """Draws what changed since the page was drawn last, of what it shows: nothing else."""
        filters = drawn.asked[2:] or filters
        same = self._assistant.store.database.version() == drawn.version is not None
        same = same and self._assistant.sample.state() == drawn.sample
        if same and drawn.asked == (chosen, offset, *filters):
            return {self._parts.drawn: drawn}
        return self.draw(drawn, chosen, offset, *filters)

    def find(self, drawn: Drawn, chosen: Chosen, _: int, *filters: Any) -> Updates:
        """Draws the first page of what is looked for."""
        return {self._parts.offset: 0} | self.draw(drawn, chosen, 0, *filters)

    def turn(self, by: int) -> Callable[..., Updates]:
        """An event that draws the page before (-1) or after (1)."""

        def turned(drawn: Drawn, chosen: Chosen, offset: int, *filters: Any) -> Updates:
            there = max(0, offset + by * PAGE)
            there_now = self.draw(drawn, chosen, there, *filters)
            return {self._parts.offset: there} | there_now

        return turned

    def draw(self, drawn: Drawn, chosen: Chosen, offset: int, *filters: Any) -> Updates:
        """What changed on the page since it was drawn."""
        asked, version = _filter(filters, offset), self._assistant.store.database.version()
        entries, total = shelf_entries(self._assistant.store, asked, self._counts)
        if not entries and offset:  # the last of that page is gone
            return {self._parts.offset: 0} | self.draw(drawn, chosen, 0, *filters)
        shown = tuple(map(key_of, entries))
        images = pictures(self._assistant.store, entries, chosen)
        several = total > 1 or len(chosen) > 1
        values = (*images, offset, total, asked.words, asked.status, several)
        queue, coming, updates = self._queue(drawn, chosen)
        if values != drawn.values:
            updates |= self._shelf(images, offset, total, asked)
            updates[self._parts.several] = gr.Checkbox(visible=several)
        sample = self._assistant.sample.state()
        if sample != drawn.sample:
            updates |= self._parts.sample.updates(sample)
        now = Drawn(shown, coming, values, queue, (chosen, offset, *filters), version, sample)
        return updates | {self._parts.drawn: now}

    def draw_all(self, drawn: Drawn, chosen: Chosen, *rest: Any) -> Updates:
        """The same, and what is known of the chosen."""
        return self.draw(drawn, chosen, *rest) | self._panel(chosen)

    def _shelf(
        self, images: list[tuple[str, str]], offset: int, total: int, asked: LibraryFilter
    ) -> Updates:
        parts, looking = self._parts, asked != LibraryFilter(offset=asked.offset, limit=PAGE)
        nothing = t(
            "Nothing here yet. The first recording that you add can be asked about within minutes."
        )
        if looking:
            nothing = t("No recording fits what you look for.")
        last = offset + len(images)
        words = t("{first}–{last} of {all}", first=offset + 1, last=last, all=total)
        return {
            parts.gallery: gr.update(value=images, visible=bool(images), selected_index=None),
            parts.nothing: gr.Markdown("" if images else nothing, visible=not images),
            parts.finding: gr.Row(visible=bool(images) or looking),
            parts.narrowing: gr.Accordion(visible=bool(images) or looking),
            parts.pages: gr.Row(visible=total > PAGE),
            parts.newer: gr.Button(interactive=offset > 0),
            parts.older: gr.Button(interactive=last < total),
            parts.where: words,
            parts.device: gr.Dropdown(choices=self._devices()),
        }

    def _devices(self) -> list[tuple[str, str]]:
        names = self._assistant.store.recordings.device_names(200)
        return [(t("All"), ""), *((name, name) for name in names)]

    def _queue(self, drawn: Drawn, chosen: Chosen) -> tuple[tuple[Any, ...], Chosen, Updates]:
        """What is on its way, and what needs a look."""
        store, parts, report = self._assistant.store, self._parts, self._assistant.queue.report()
        stuck, failed = shelf_entries(
            store, LibraryFilter(status="stuck", limit=COMING_SHOWN), self._counts
        )
        room = COMING_SHOWN - len(stuck)
        waiting, on_way = shelf_entries(
            store, LibraryFilter(status="coming", limit=max(1, room)), self._counts
        )
        entries = [*stuck, *waiting[:room]]
        at_work = next((one for one in waiting if one.status == "indexing"), None)
        figures = {} if at_work is None else progress(at_work)
        images = pictures(store, entries, chosen)
        hidden = failed + on_way - len(entries)
        lines = [queue_words(report) if report.left or report.to_write else ""]
        lines += [translate(report.note), _more(hidden)]
        words = "\n\n".join(plain(line[:1].upper() + line[1:]) for line in lines if line)
        name = "" if at_work is None else at_work.name
        queue = (words, *images, name, *figures.items(), report.paused, failed)
        coming = tuple(map(key_of, entries))
        if queue == drawn.queue:
            return queue, coming, {}
        busy = bool(entries or report.paused or words)
        updates = {
            parts.queue: gr.Column(visible=busy),
            parts.queue_words: gr.Markdown(words, visible=bool(words)),
            parts.pause: gr.Button(visible=not report.paused and report.left > 0),
            parts.resume: gr.Button(visible=report.paused),
            parts.retry_all: gr.Button(visible=failed > 1),
            parts.progress: gr.Label(figures or None, label=name, visible=bool(figures)),
            parts.coming: gr.update(value=images, visible=bool(images), selected_index=None),
        }
        return queue, coming, updates

    # Choosing

    def choosing(self, coming: bool) -> Callable[..., Updates]:
        """An event that chooses a picture, or one more; a chosen one is let go again.

        ``coming``: of what is on its way, instead of the recordings.
        """

        def choose(
            picked: gr.SelectData, more: bool, drawn: Drawn, chosen: Chosen, *rest: Any
        ) -> Updates:
            # By what it shows: where it stood, another may stand by now.
            named, among = (
                chosen_picture(sent_data(picked)),
                drawn.coming if coming else drawn.shown,
            )
            one = next((each for each in among if id_of(each) == named), None)
            if one is None:
                return {self._parts.chosen: chosen}
            if one in chosen:
                chosen = tuple(other for other in chosen if other != one)
            else:
                chosen = (*chosen, one) if more else (one,)
            return self.draw_all(drawn, chosen, *rest)

        return choose

    def after_deletion(self, drawn: Drawn, chosen: Chosen, *rest: Any) -> Updates:
        """Draws what is left; what was chosen since stays chosen, and what was asked of it."""
        left = tuple(map(key_of, self.entries_of(chosen)))
        draw = self.draw if left == chosen else self.draw_all
        return draw(drawn, left, *rest)

    def let_go(self, drawn: Drawn, chosen: Chosen, *rest: Any) -> Updates:
        """Chooses nothing."""
        return self.draw_all(drawn, (), *rest)

    def _panel(self, chosen: Chosen) -> Updates:
        """What is known of the chosen, and the buttons of what can be done with them."""
        parts, entries = self._parts, self.entries_of(chosen)
        one = entries[0] if len(entries) == 1 else None
        words = "" if not entries else names_of(entries)
        if one is not None:
            words = facts(one, self._assistant.home)
        recording = None if one is None else one.recording
        reply = None if one is None else entry_json(one)
        where = None if recording is None or reply is None else _privacy(recording.id, one, reply)
        dated = reply is not None and not reply.undated
        return {
            parts.chosen: tuple(map(key_of, entries)),
            parts.panel: gr.Column(visible=bool(entries)),
            parts.about: words,
            parts.target: where,
            parts.show: gr.Button(visible=one is not None and one.status in ("ready", "partial")),
            parts.date: gr.Button(
                t("Set its time") if dated else t("Set its date"), visible=recording is not None
            ),
            parts.forget: gr.Button(visible=recording is not None),
            parts.retry: gr.Button(visible=any(map(may_retry, entries))),
            parts.allow: gr.Button(visible=reply is not None and reply.forgotten),
            parts.dating: gr.Column(visible=False),
            parts.deleting: gr.Column(visible=False),
        }


def _more(hidden: int) -> str:
    return t("… and {n} more", n=hidden) if hidden > 0 else ""


def _privacy(recording_id: str, entry: LibraryEntry | None, reply: Any) -> dict[str, Any]:
    """What the timeline and the Privacy page open with."""
    only = {"id": recording_id, "name": reply.name}
    choice = {"kind": "span", "start": reply.start, "end": reply.end, "only": only}
    return {"day": reply.day, "forget": choice}


def _filter(filters: Sequence[Any], offset: int) -> LibraryFilter:
    """The choice of the fields: words, day, device, state and order."""
    words, day, device, status, order = filters
    return LibraryFilter(
        str(words or "").strip()[:200],
        status or "",
        offset,
        PAGE,
        _day(day),
        str(device or ""),
        order or "newest",
    )


def _day(typed: Any) -> date | None:
    try:
        day = date.fromisoformat(str(typed or ""))
    except ValueError:
        return None
    return day if date.min + timedelta(2) < day < date.max - timedelta(2) else None
