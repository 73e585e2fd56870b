"""``/api/phrases``: the translations that the scripts of the pages need."""

from __future__ import annotations

from fastapi import APIRouter

from app.presentation.i18n import LANGUAGES, language, phrases
from app.presentation.rendering import Json


def phrases_router() -> APIRouter:
    """The language of whoever asks, those to choose from, and the phrases of it."""
    router = APIRouter(prefix="/api")

    @router.get("/phrases")
    def spoken() -> Json:
        spoken = language()
        return {"language": spoken, "languages": LANGUAGES, "phrases": phrases(spoken)}

    return router
