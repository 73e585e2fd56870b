"""The models of one process: chosen once, loaded when first needed, with what is missing said."""

from __future__ import annotations

import threading

from app.settings import Settings
from egogpt.chat import Chat
from egogpt.embedder import Embedder
from egogpt.presets import Preset, Usable, choose_preset, detect, usable
from egogpt.registry import load_chat, load_embedder
from egogpt.weights import WeightStore
from ingest.models import StagePlan, plan_stages


class Brains:
    """Loads each model at most once; threads may ask at the same time."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.weights = WeightStore(settings.weights)
        memory, disk = detect(self.weights.root)
        self.preset: Preset = choose_preset(memory, disk, settings.preset)
        self._guard = threading.RLock()
        self._embedder: Embedder | None = None
        self._chat: Chat | None = None
        self._stages: StagePlan | None = None

    @property
    def usable(self) -> Usable:
        """What of the preset can run with the weights that are here now."""
        return usable(self.preset, self.weights)

    def embedder(self) -> Embedder | None:
        """The text embedder, or None without its weights."""
        with self._guard:
            name = self.usable.embedder
            if self._embedder is None and name is not None:
                self._embedder = load_embedder(name, self.weights)
            return self._embedder

    def chat(self) -> Chat | None:
        """The language model, or None: answers are then extractive."""
        with self._guard:
            name = self.usable.chat
            if self._chat is None and name is not None:
                self._chat = load_chat(name, self.weights)
            return self._chat

    def stages(self) -> StagePlan:
        """The stages of ingest that can run, and what the others wait for."""
        with self._guard:
            if self._stages is None or self._stages.waiting:
                speech = self.usable.speech or self.preset.speech
                self._stages = plan_stages(self.weights, speech, self.settings.language)
            return self._stages
