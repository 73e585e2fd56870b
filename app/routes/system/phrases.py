"""``/api/phrases``: the translations that the scripts of the pages need."""

from __future__ import annotations

from fastapi import APIRouter

from app.api_models.settings import PhrasesReply
from app.presentation.i18n import LANGUAGES, language, phrases


def phrases_router() -> APIRouter:
    """The language of whoever asks, those to choose from, and the phrases of it."""
    router = APIRouter(prefix="/api", tags=["pages"])

    @router.get("/phrases")
    def spoken() -> PhrasesReply:
        spoken = language()
        return PhrasesReply(
            language=spoken, languages=dict(LANGUAGES), phrases=dict(phrases(spoken))
        )

    return router
