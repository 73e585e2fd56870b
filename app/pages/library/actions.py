"""Events of the Library page that change something: dating, deleting, trying again, pausing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from app.core.errors import Refusal
from app.core.view_models import LibraryEntry
from app.library import clocks, deleting
from app.pages.library.entries import key_of, may_retry, title_of
from app.pages.library.events import LibraryEvents
from app.pages.library.parts import Chosen, Drawn, LibraryParts
from app.pages.messages import tell
from app.pages.shell import Updates
from app.presentation.i18n import t
from app.presentation.markdown import plain
from app.presentation.rendering import local_time
from app.routes.refusals import status_and_sentence
from app.views.library_tools_view import moved_json, preview_markdown, removal_json
from ingest.errors import IngestError
from memory.repositories.library_shelf import ShelfEntry
from memory.types.core import Recording
from memory.types.deletion import DeletionRequest, FileAction

if TYPE_CHECKING:
    from app.assistant import Assistant


class LibraryActions:
    """The events of the page in one home that change it."""

    def __init__(self, assistant: Assistant, parts: LibraryParts, events: LibraryEvents) -> None:
        self._assistant, self._parts, self._events = assistant, parts, events

    def ask_date(self, chosen: Chosen) -> Updates:
        """Opens the field for when the chosen recording began."""
        parts = self._parts
        recording = self._recording(chosen)
        begins = local_time(recording.start, recording.timezone)
        info = t("On the clock of where it was recorded ({zone}).", zone=recording.timezone)
        return {
            parts.dating: gr.Column(visible=True),
            parts.deleting: gr.Column(visible=False),
            parts.start: gr.DateTime(f"{begins:{clocks.WALL}}", info=escape(info)),
            parts.moves: "",
        }

    def preview_date(self, chosen: Chosen, typed: Any) -> str:
        """What would move, as Markdown; nothing is changed."""
        try:
            recording = self._recording(chosen)
            by = clocks.wall_clock(recording, str(typed)) - recording.start
            if abs(by) < 1:
                return ""
            return preview_markdown(clocks.preview_shift(self._assistant.store, recording.id, by))
        except (IngestError, Refusal) as error:
            return plain(status_and_sentence(error)[1])

    def set_date(self, typed: Any, drawn: Drawn, chosen: Chosen, *rest: Any) -> Updates:
        """Makes the chosen recording begin when the person says."""
        recording = self._recording(chosen)
        clocks.wall_clock(recording, str(typed))
        at = datetime.strptime(str(typed), clocks.WALL)
        moved = clocks.set_start(self._assistant.store, recording.id, at)
        tell(moved_json(moved).words)
        return self._events.draw_all(drawn, chosen, *rest)

    def ask_to_delete(self, chosen: Chosen) -> Updates:
        """Says what would go."""
        parts = self._parts
        lines = [f"**{t('This goes and cannot be brought back:')}**", ""]
        for entry in self._events.entries_of(chosen):
            going = removal_json(self._would_go(entry))
            lines.append(f"- **{plain(title_of(entry))}**")
            lines += [f"    - {plain(line)}" for line in (*going.goes, going.stays) if line]
        return {
            parts.deleting: gr.Column(visible=True),
            parts.dating: gr.Column(visible=False),
            parts.goes: "\n".join(lines),
            parts.going: [asdict(one) for one in chosen],
        }

    def delete(self, going: Sequence[Mapping[str, str]]) -> None:
        """Forgets for good what was asked about, and says what could not be deleted."""
        asked = [ShelfEntry(str(one["take"]), str(one["job"])) for one in going]
        left: list[str] = []
        for entry in self._events.entries_of(tuple(asked)):
            left += removal_json(self._delete(entry)).left
        if left:
            lines = [t("It is forgotten, but not every file could be deleted:"), *left]
            gr.Warning("<br>".join(map(escape, lines)), duration=None, title="EgoButler")

    def retry(self, drawn: Drawn, chosen: Chosen, *rest: Any) -> Updates:
        """Tries the chosen again."""
        entries = self._events.entries_of(chosen)
        ids = [one.job.id for one in entries if one.job is not None and may_retry(one)]
        self._assistant.queue.retry(ids)
        return self._events.draw_all(drawn, (), *rest)

    def retry_all(self, *shown: Any) -> Updates:
        """Tries again whatever was given up."""
        self._assistant.queue.retry(None)
        return self._events.draw(*shown)

    def allow(self, drawn: Drawn, chosen: Chosen, *rest: Any) -> Updates:
        """Adds a file all the same of which something was forgotten."""
        for entry in self._events.entries_of(chosen):
            path = Path(entry.path)
            if self._assistant.privacy.allow(path):
                self._assistant.enqueue(path)
        return self._events.draw_all(drawn, (), *rest)

    def pausing(self, paused: bool) -> Callable[..., Updates]:
        """An event that holds all work, or lets it go on."""

        def switch(*shown: Any) -> Updates:
            if paused:
                self._assistant.queue.pause()
            else:
                self._assistant.queue.unpause()
            return self._events.draw(*shown)

        return switch

    def _recording(self, chosen: Chosen) -> Recording:
        entries = self._events.entries_of(chosen[:1])
        recording = entries[0].recording if entries else None
        if recording is None:
            raise deleting.NothingToDelete
        return recording

    def _would_go(self, entry: LibraryEntry) -> deleting.Removal:
        if entry.recording is not None:
            return deleting.of_recording(self._assistant.store, entry.recording.id)
        return deleting.of_job(self._assistant.store, key_of(entry).job)

    def _delete(self, entry: LibraryEntry) -> deleting.Removal:
        store = self._assistant.store

        def forget(request: DeletionRequest) -> Sequence[FileAction]:
            return self._assistant.privacy.forget(request).files

        if entry.recording is not None:
            return deleting.delete_recording(store, forget, entry.recording.id)
        return deleting.delete_job(store, forget, key_of(entry).job)
