"""The model that reads whole hours and days, where the owner has chosen that one does.

"long" reads wherever a question names a time, "auto" only where it is asked what a day was like,
"notes" never; "long:PLACE" names the model, by default the chat model if it is on this machine.
"""

from __future__ import annotations

import threading
from pathlib import Path

from app.models.model_set import ModelProvider
from egogpt.long_context.long_chat import LongChat
from egogpt.long_context.protocol import Told
from egogpt.protocols.model_names import CHATS
from egorag.long_context.reading import MODES, LongReading, When
from memory.types.messages import UserMessage

NOTES = "notes"


def parse_reading(name: str | None) -> tuple[When | None, str]:
    """When a model reads long, None for never, and the model that was named, else "".

    Raises:
        ValueError: There is no such way of reading, or no such model.
    """
    how, _, place = (name or NOTES).partition(":")
    if how == NOTES and not place:
        return None, ""
    when = next((mode for mode in MODES if mode == how), None)
    if when is None:
        raise ValueError(
            f'there is no reading "{name}"; choose one of: {NOTES}, {", ".join(MODES)}, or '
            f"{MODES[0]}:PLACE with a model on this disk"
        )
    if place and place not in CHATS and not Path(place).expanduser().exists():
        raise ValueError(
            f"reading {name}: {place} is neither a folder with a model, nor a .gguf file, nor one "
            f"of {', '.join(CHATS)}"
        )
    return when, place


class Long:
    """Makes what ``Answerer`` reads long with; threads may ask at the same time.

    ``trouble`` says why there is none though one was chosen; ``told`` hears how far a text is read.
    """

    def __init__(self, name: str | None, brains: ModelProvider) -> None:
        """Loads nothing. Raises ValueError where the name is none."""
        self._when, self._place = parse_reading(name)
        self._brains = brains
        self._guard = threading.Lock()
        self._chat: LongChat | None = None
        self.trouble = ""
        self.told: Told | None = None

    def chat(self) -> LongChat | None:
        """The model, the same one each time; its weights come with the first text."""
        with self._guard:
            name = self._name() if self._when else None
            if name is None:
                return None
            if self._chat is None or self._chat.name != name:
                self._chat = LongChat.load(name, self._brains.weights)
                self._chat.told = lambda done, of: self.told and self.told(done, of)
            return self._chat

    def reading(self) -> LongReading | None:
        """What reads with it; None where none was chosen, or none can."""
        chat = self.chat()
        return LongReading(chat, self._when) if chat and self._when else None

    def forget(self) -> None:
        """Lets go of what was read: something of it may be forgotten now."""
        if self._chat is not None:
            self._chat.forget()

    def close(self) -> None:
        """Lets go of the weights, and of what was read."""
        if self._chat is not None:
            self._chat.close()

    def _name(self) -> str | None:
        name = self._place or self._brains.usable.preset.chat or ""
        known = bool(self._place) or name in CHATS
        key, params = ("app.model-cannot", {"name": name}) if name else ("app.no-chat-model", {})
        why = UserMessage(key, **params)
        trouble = UserMessage("app.no-long-reading", what=why, when=self._when)
        self.trouble = "" if known else trouble
        return name if known else None
