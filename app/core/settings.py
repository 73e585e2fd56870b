"""Settings of a home and its models: arguments, environment, and sensible defaults."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from memory.db.atomic_replace import place_of

HOME_VARIABLE = "EGOBUTLER_HOME"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may choose. ``None`` means: chosen for this machine.

    ``embedder`` and ``chat`` name models other than the preset's; "none" does without.
    ``captioner`` names what captions clips, by default the composed one.
    ``retriever`` names a retrieval strategy. ``pictures`` names an image–text embedder
    (KIND:PLACE, docs/pictures.md); by default there is none. ``reading`` says whether a model reads
    whole hours and days ("notes", "long", "auto", "long:PLACE"; docs/design/retrieval.md).
    """

    home: Path
    preset: str | None = None
    language: str | None = None
    weights: Path | None = None
    speech: str | None = None
    embedder: str | None = None
    chat: str | None = None
    retriever: str | None = None
    captioner: str | None = None
    summaries: str | None = None  # the chat model that writes summaries; None: they are extracts
    look: str | None = None  # the model that looks again at recordings; None: none does
    pictures: str | None = None
    reading: str | None = None

    @classmethod
    def choose(
        cls,
        home: Path | None = None,
        *,
        preset: str | None = None,
        language: str | None = None,
        weights: Path | None = None,
        speech: str | None = None,
        embedder: str | None = None,
        chat: str | None = None,
        retriever: str | None = None,
        captioner: str | None = None,
        summaries: str | None = None,
        look: str | None = None,
        pictures: str | None = None,
        reading: str | None = None,
    ) -> Settings:
        """Arguments first, then the environment, then the user's data folder.

        Raises:
            StoreUnwritable: the home leads nowhere, as a link to itself does.
        """
        chosen = home or os.environ.get(HOME_VARIABLE) or platformdirs.user_data_path("egobutler")
        return cls(
            place_of(Path(chosen)),
            preset or os.environ.get("EGOBUTLER_PRESET"),
            language or os.environ.get("EGOBUTLER_LANGUAGE"),
            weights,
            speech or os.environ.get("EGOBUTLER_SPEECH"),
            embedder or os.environ.get("EGOBUTLER_EMBEDDER"),
            chat or os.environ.get("EGOBUTLER_CHAT"),
            retriever or os.environ.get("EGOBUTLER_RETRIEVER"),
            captioner or os.environ.get("EGOBUTLER_CAPTIONER"),
            summaries=summaries or os.environ.get("EGOBUTLER_SUMMARIES"),
            look=look or os.environ.get("EGOBUTLER_LOOK"),
            pictures=pictures or os.environ.get("EGOBUTLER_PICTURES"),
            reading=reading or os.environ.get("EGOBUTLER_READING"),
        )
