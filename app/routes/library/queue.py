"""``/api/queue``: what is on its way into the library (GET); hold it, let it go on, try again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from app.api_models.library import PausedReply, QueuedReply, QueueReply
from app.library.library import PAGE, Counts
from app.views.queue_view import queue_json, storage_of
from memory.repositories.library_shelf import LibraryFilter

if TYPE_CHECKING:
    from app.assistant import Assistant


class Again(BaseModel):
    """Ids of the jobs to try again; null: all that were given up."""

    ids: Annotated[list[str], Field(max_length=10_000)] | None = None


def queue_router(assistant: Assistant) -> APIRouter:
    """``/api/queue``, ``/api/queue/pause``, ``/api/queue/resume``, ``/api/queue/retry``."""
    router = APIRouter(prefix="/api/queue", tags=["library"])
    storage, counts = storage_of(assistant), Counts(assistant.store)

    @router.get("", response_model_exclude_unset=True)
    def queue(
        words: Annotated[str, Query(max_length=200)] = "",
        status: Literal["", "ready", "partial", "undated"] = "",
        offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
    ) -> QueueReply:
        library_filter = LibraryFilter(words.strip(), status, offset, limit)
        return queue_json(assistant, storage, library_filter, counts)

    @router.post("/pause")
    def pause() -> PausedReply:
        assistant.queue.pause()
        return PausedReply(paused=assistant.queue.paused)

    @router.post("/resume")
    def resume() -> PausedReply:
        assistant.queue.unpause()
        return PausedReply(paused=assistant.queue.paused)

    @router.post("/retry")
    def retry(what: Again) -> QueuedReply:
        return QueuedReply(queued=[job.id for job in assistant.queue.retry(what.ids)])

    return router
