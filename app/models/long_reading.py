"""The model that reads whole hours and days, where the owner has chosen that one does.

"long" reads wherever a question names a time, "auto" only where it is asked what a day was like,
"notes" never; "long:NAME" names the model (`egogpt.long_context.model_name`), by default the chat
model if it is on this machine. One that also captions or chats is loaded once for both.
"""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.models.model_set import ModelProvider
from egogpt.long_context.model_name import SEEING, parse_long_name
from egogpt.long_context.protocol import Told
from egogpt.protocols.chat import ChatError
from egogpt.protocols.model_names import CHATS, kind_of
from egorag.long_context.reading import LongReading, When
from memory.types.messages import UserMessage

if TYPE_CHECKING:
    from egogpt.long_context.long_chat import LongChat


@dataclass(eq=False)
class Long:
    """Makes what ``Answerer`` reads long with; threads may ask at the same time.

    ``_when`` and ``_place`` are what ``parse_reading`` gives; ``_folder`` is where what was read is
    kept. ``trouble`` says why there is none
    though one was chosen; ``told`` hears how far a text is read, ``converting`` how far the weights
    of a GGUF file are converted.
    """

    _when: When | None
    _place: str
    _brains: ModelProvider
    _folder: Path
    _guard: threading.Lock = field(init=False, default_factory=threading.Lock)
    _chat: LongChat | None = field(init=False, default=None)
    _loaded: str = field(init=False, default="")
    trouble: str = field(init=False, default="")
    told: Told | None = field(init=False, default=None)
    converting: Told | None = field(init=False, default=None)

    def chat(self) -> LongChat | None:
        """The model, the same one each time; its weights come with the first text."""
        with self._guard:
            name = self._name() if self._when else None
            if name is None:
                return None
            if self._chat is None or self._loaded != name:
                self._chat = self._load(name)
                if self._chat is None:
                    return None
                self._chat.told = lambda done, of: self.told and self.told(done, of)
                self._chat.converting = lambda done, of: (
                    self.converting and self.converting(done, of)
                )
            return self._chat

    def reading(self) -> LongReading | None:
        """What reads with it; None where none was chosen, or none can."""
        chat = self.chat()
        return LongReading(chat, self._when) if chat and self._when else None

    def forget(self) -> None:
        """Lets go of what was read, in memory and in files: something of it may be forgotten."""
        if self._chat is not None:
            self._chat.forget()
        shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Lets go of the weights, and of what was read."""
        if self._chat is not None:
            self._chat.close()

    def _load(self, name: str) -> LongChat | None:
        """The model called ``name``; None where it cannot be had, and ``trouble`` says why."""
        named = parse_long_name(name)
        try:
            shared = self._brains.seeing(named.model).shared if named.is_placed else None
        except (ChatError, ImportError) as error:
            self.trouble = UserMessage("app.no-long-reading", what=error)
            return None
        from egogpt.long_context.long_chat import LongChat  # and with it torch

        self._loaded = name
        return LongChat.load(name, self._brains.weights, folder=self._folder, shared=shared)

    def _name(self) -> str | None:
        name = self._place or self._brains.usable.preset.chat or ""
        known = bool(self._place) or name in CHATS or kind_of(name) in SEEING
        key, params = ("app.model-cannot", {"name": name}) if name else ("app.no-chat-model", {})
        self.trouble = ""
        if not known:
            self.trouble = UserMessage("app.no-long-reading", what=UserMessage(key, **params))
        return name if known else None
