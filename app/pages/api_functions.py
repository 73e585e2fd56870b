"""The functions of the public Gradio API, for ``gradio_client``; a token needs a scope for each.

Client(url).predict("Where are my keys?", api_name="/ask")
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.events import api

from app.library.admission import content_refusal, name_refusal
from app.pages.event_context import origin, page_session
from app.pages.running import RunningAnswers
from app.pages.shell import current_blocks
from app.people.service import desk as people_desk
from app.presentation.i18n import t
from app.presentation.rendering import Json
from app.search.service import SearchService
from app.tools.service import ToolRefusal, ToolService
from app.uploads.errors import UploadError
from app.uploads.tus import Announcement
from app.uploads.uploads import HEAD, UploadFolder
from app.views.people_view import PeopleView
from egogpt.runtime.cancellation import Cancelled, until

if TYPE_CHECKING:
    from app.assistant import Assistant

# By name, what a token needs; the scopes are those of the JSON API.
SCOPES: Mapping[str, tuple[str, ...]] = {
    "ask": ("ask",),
    "search": ("search",),
    "timeline": ("timeline",),
    "moment": ("timeline",),
    "people": ("timeline",),
    "ingest": ("upload", "write"),
}
_PIECE = 8 * 2**20  # bytes


class ApiFunctions:
    """The functions over one home. What they return is JSON; refusals are sentences."""

    def __init__(self, assistant: Assistant, files: Path) -> None:
        """``files`` is where uploads of Gradio lie."""
        self._assistant, self._files = assistant, files
        self._running = RunningAnswers()
        self._uploads = UploadFolder(assistant.store.media.uploads, refusal=content_refusal)
        people, search = (
            people_desk(assistant.store, assistant.brains),
            SearchService(assistant.store, assistant.brains),
        )
        self._people = PeopleView(assistant, people, search)

    def place(self) -> None:
        """Adds them to the app that is being laid out."""
        for name in SCOPES:
            api(getattr(self, name), api_name=name, concurrency_id="api")
        current_blocks().unload(self._running.close)

    def ask(self, question: str, at: str = "") -> dict[str, Any]:
        """Answers a question from the recordings, with the moments that the answer rests on.

        ``at`` ("2026-03-01 18:00", on the owner's clock) asks as if it were then.
        """
        return self._run(lambda tools: tools.ask(question, at or None))

    def search(
        self, query: str, after: str = "", before: str = "", limit: int = 10
    ) -> dict[str, Any]:
        """Finds moments by words and meaning, best first, as the Search page does."""
        return self._run(lambda tools: tools.search(query, after or None, before or None, limit))

    def timeline(self, day: str, hour: int = -1) -> dict[str, Any]:
        """Shows a day hour by hour; with ``hour`` (0 to 23), all moments of it."""
        wanted = None if hour < 0 else hour
        return self._run(lambda tools: tools.timeline(day, wanted))

    def moment(self, clip_id: str) -> dict[str, Any]:
        """Tells what was said, seen and heard in a moment, by an id of search or timeline."""
        return self._run(lambda tools: tools.moment(clip_id))

    def people(self, offset: int = 0, limit: int = 24) -> dict[str, Any]:
        """Lists who was met: everybody with a name, and a page of those without."""
        bounds = max(0, offset), max(1, min(limit, 60))
        return self._run(lambda _: self._people.everybody(*bounds).model_dump())

    def ingest(self, file: dict[str, Any], modified: float = 0.0) -> dict[str, Any]:
        """Adds a recording: ``handle_file("walk.mp4")`` of ``gradio_client``.

        ``modified`` is when the file was changed, in seconds UTC: it may be all that tells when it
        was recorded.
        """
        return self._run(lambda _: self._taken(file, modified or None))

    def _run(self, work: Callable[[ToolService], Json]) -> Json:
        tools = ToolService(self._assistant, origin)
        with self._running.answering(page_session()) as over, until(over):
            try:
                return work(tools)
            except (ToolRefusal, UploadError) as refusal:
                raise gr.Error(str(refusal), print_exception=False) from refusal
            except Cancelled as error:
                raise gr.Error(t("Stopped."), print_exception=False) from error

    def _taken(self, file: dict[str, Any], modified: float | None) -> Json:
        """Copies an upload of Gradio to the others, which are checked, and queues it."""
        try:
            path = Path(str(file["path"])).resolve(strict=True)
        except (KeyError, TypeError, OSError, ValueError):
            path = Path()
        if not path.is_relative_to(self._files.resolve()) or not path.is_file():
            raise ToolRefusal(t("Send a file: handle_file(…) of gradio_client."))
        name = str(file.get("orig_name") or path.name)
        try:
            if refusal := name_refusal(name):
                raise ToolRefusal(refusal)
            size = path.stat().st_size
            arrival = self._uploads.begin(Announcement(name, size, modified or time.time()))
            with path.open("rb") as source:
                self._uploads.judge(arrival.upload.id, source.read(HEAD))
                source.seek(arrival.offset)
                offset = arrival.offset
                while piece := source.read(_PIECE):
                    offset = self._uploads.append(arrival.upload.id, offset, piece)
            arrival = self._uploads.finish(arrival.upload.id) if not arrival.path else arrival
        finally:
            path.unlink(missing_ok=True)
        assert arrival.path is not None
        self._assistant.enqueue(arrival.path)
        return {"file": arrival.path.name, "state": "queued"}
