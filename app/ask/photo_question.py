"""A photo as a question: the moments that look like it, by an image–text model."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from app.models.photo import NoPhoto
from app.presentation.i18n import t
from egorag.moment_search.similarity import like_photo
from memory.types.core import Answer, Citation, Coverage, Frame, Scope, Sentence, Span

if TYPE_CHECKING:
    from app.assistant import Assistant

_MOST = 6  # moments
_AROUND = 2.0  # seconds of a moment before and after its picture


def photo_trouble(assistant: Assistant) -> str:
    """Why no photo can be asked about, in a sentence; empty where one can."""
    pictures = assistant.brains.pictures()
    if pictures is not None and not pictures.by_labels:
        return ""
    return t(
        "Photos cannot be compared yet: that takes an image–text model. Choose one in Settings, "
        "under what finds pictures; recordings are then looked through once."
    )


def where_was_this(assistant: Assistant, photo: Frame, scope: Scope) -> Answer:
    """The moments whose pictures stand out as like a photo.

    Raises:
        NoPhoto: there is no image–text model; the text says what to do.
    """
    pictures = assistant.brains.pictures()
    if trouble := photo_trouble(assistant):
        raise NoPhoto(trouble)
    assert pictures is not None
    view = assistant.store.as_of(time.time()).within(scope, "")
    hits = like_photo(view, pictures, photo, scope.span)
    memories = {memory.clip_id: memory for memory in view.of_clips([clip for clip, _ in hits])}
    citations = []
    for clip_id, at in hits[:_MOST]:
        clip = assistant.store.recordings.clip(clip_id)
        if clip is None:
            continue
        span = Span(max(clip.span.start, at - _AROUND), min(clip.span.end, at + _AROUND))
        words = memories[clip_id].text if clip_id in memories else ""
        citations.append(Citation(clip.recording_id, span, words))
    if not citations:
        return _answer(t("Nothing in your recordings looks like this photo."), ())
    return _answer(t("These moments look most like your photo."), tuple(citations))


def _answer(words: str, citations: tuple[Citation, ...]) -> Answer:
    cited = tuple(range(len(citations)))
    return Answer((Sentence(words, cited),), citations, 1.0, Coverage(), not citations)
