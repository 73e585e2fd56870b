"""Chat models that the owner chose for one purpose: writing summaries, looking again."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.models.model_set import ModelProvider
from egogpt.protocols.chat import Chat, ChatError
from egogpt.remote.address import (
    ALLOW,
    BadAddress,
    NotAllowed,
    check_allowed,
    is_remote,
    parse,
    where_it_goes,
)
from egogpt.weights.store import WeightError
from memory.types.messages import UserMessage

_log = logging.getLogger(__name__)
ALLOW_VARIABLE = ALLOW  # set to 1 by who agrees that words and pictures leave this computer
_AGAIN = 60.0  # seconds after which a model that could not be had is tried again


@dataclass(eq=False)
class ChosenChat:
    """The chat model called ``name``, loaded when first asked for; no other stands in for it."""

    name: str | None
    _brains: ModelProvider
    trouble: str = field(init=False, default="")
    _guard: threading.Lock = field(init=False, default_factory=threading.Lock)
    _chat: Chat | None = field(init=False, default=None)
    _tried: float = field(init=False, default=-_AGAIN)

    @property
    def remark(self) -> str:
        """Why it cannot be had, or what the model itself has to say; else empty."""
        return self.trouble or str(getattr(self._chat, "note", ""))

    def get(self) -> Chat | None:
        """The model, or None where none was chosen or it cannot be had now: see ``trouble``."""
        try:
            return None if self.name is None else self.need()
        except ChatError:
            return None

    def need(self) -> Chat:
        """The model. Raises ChatError with the reason where it cannot be had."""
        with self._guard:
            if self._chat is None:
                if time.monotonic() - self._tried < _AGAIN:
                    raise ChatError(self.trouble)
                self._chat = self._load()
            return self._chat

    def _load(self) -> Chat:
        self._tried = time.monotonic()
        if self.name is None:
            self.trouble = UserMessage("app.no-model-chosen")
            raise ChatError(self.trouble)
        try:
            shared = self._brains.chat() if self.name == self._brains.usable.preset.chat else None
            chat = shared or self._brains.load_chat(self.name)
        except (ChatError, WeightError, ImportError, ValueError) as error:
            _log.info("%s cannot run", self.name, exc_info=True)
            self.trouble = str(error)
            raise ChatError(self.trouble) from error
        self.trouble = ""
        return chat


def where_they_go(names: Iterable[str | None]) -> Iterator[str]:
    """What leaves this machine for those of the named models that are on servers, each once.

    Of one that the owner has not agreed to: that nothing was sent, and how to agree.
    """
    for name in dict.fromkeys(names):
        if name is not None and is_remote(name):
            try:
                check_allowed(name)
                yield where_it_goes(name)
            except (BadAddress, NotAllowed) as error:
                yield str(error)


def leaving_models(names: Iterable[str | None]) -> list[str]:
    """Those of the named models that are on another computer."""
    return [name for name in names if name is not None and is_remote(name) and not _stays(name)]


def _stays(name: str) -> bool:
    try:
        return parse(name).stays_here
    except BadAddress:
        return False
