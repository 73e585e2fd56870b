"""Settings of a home and its models: arguments, environment, and sensible defaults."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from memory.db.atomic_replace import place_of

if TYPE_CHECKING:
    from egogpt.protocols.captioner import Captioner
    from egorag.retrieval.protocol import Retriever
    from memory.db.fence import Fence

HOME_VARIABLE = "EGOBUTLER_HOME"
_FROM_ENVIRONMENT = (
    *("preset", "language", "speech", "embedder", "chat", "retriever", "captioner", "summaries"),
    *("look", "pictures", "reading", "formulas", "accounts", "house"),
)


def default_home() -> Path:
    """EGOBUTLER_HOME, or a folder among the user's data."""
    return Path(os.environ.get(HOME_VARIABLE) or platformdirs.user_data_path("egobutler"))


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may choose. ``None`` means: chosen for this machine.

    ``embedder`` and ``chat`` name models other than the preset's; "none" does without.
    ``captioner`` captions clips (docs/models.md), by default the composed one, and ``retriever`` is
    a retrieval strategy (docs/design/strategies.md): each a name, or an object that a program has
    made.
    ``pictures`` names an image–text embedder (KIND:PLACE, docs/pictures.md); by default there is
    none. ``reading`` says whether a model reads whole hours and days ("notes", "long", "auto",
    "long:PLACE"; docs/design/retrieval.md). ``formulas`` is the checkpoint that reads formulas in
    view (docs/models.md); None: nothing does.
    """

    home: Path = field(default_factory=default_home)
    preset: str | None = None
    language: str | None = None
    weights: Path | None = None
    speech: str | None = None
    embedder: str | None = None
    chat: str | None = None
    retriever: str | Retriever | None = None
    captioner: str | Captioner | None = None
    summaries: str | None = None  # the chat model that writes summaries; None: they are extracts
    look: str | None = None  # the model that looks again at recordings; None: none does
    pictures: str | None = None
    reading: str | None = None
    formulas: str | None = None
    fence: Fence | None = None  # asked before each write, where another machine could write, too
    on: str | None = None  # the cluster or service that perceives; None: this process does
    accounts: str | None = field(default=None, repr=False)  # a URL, with a password perhaps
    house: str | None = None  # this of those that share ``accounts``

    @property
    def model_names(self) -> tuple[str, ...]:
        """Names of the models that caption, write and look again; an object has no name."""
        chosen = (self.captioner, self.chat, self.summaries, self.look)
        return tuple(name for name in chosen if isinstance(name, str))

    @classmethod
    def chosen(cls, **named: object) -> Settings:
        """Those of the named settings that are not empty, then the environment.

        Raises:
            StoreUnwritable: the home leads nowhere, as a link to itself does.
        """
        said: dict[str, Any] = {name: value for name, value in named.items() if value}
        return cls(**said).with_environment()

    def with_environment(self) -> Settings:
        """Fill in what was not chosen from EGOBUTLER_PRESET and its like; resolve the home.

        Raises:
            StoreUnwritable: the home leads nowhere, as a link to itself does.
        """
        said = {
            name: value
            for name in _FROM_ENVIRONMENT
            if not getattr(self, name) and (value := os.environ.get(f"EGOBUTLER_{name.upper()}"))
        }
        return replace(self, home=place_of(self.home), **said)  # type: ignore[arg-type]
