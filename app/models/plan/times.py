"""Estimate how long models take on a machine, by their size and the machine's class."""

from __future__ import annotations

from app.models.plan.machine import Machine
from app.models.plan.tables import PlannedModel, Tables, Tier
from egogpt.llm.token_rate import PROMPT_TOKENS, REPLY_TOKENS

_CLIPS = 2  # of 30 s in a minute
_PASS = 2  # operations of a parameter for a token
_SEEING = 3  # the same with the encoder of pictures
_MOST_CORES = 8  # that a model uses


class Times:
    """Seconds, estimated; a processor's speed is measured where a chat model was rated there."""

    def __init__(self, machine: Machine, tier: Tier, tables: Tables) -> None:
        speeds = tables.speeds
        self._speeds, self._cores = speeds, min(machine.cores, _MOST_CORES)
        self._operations = speeds["core"] * 1e9 * self._cores
        self._bandwidth = speeds["bandwidth"] * 1e9
        if machine.rated:
            name, rate = machine.rated
            model = tables.models[name]
            self._operations = rate.reads * _PASS * model.billions * 1e9
            self._bandwidth = rate.writes * model.memory[0] * 1e9
        self._kind, self._fast = tier.kind, tier.kind != "cpu"
        self._card = (tier.operations * 1e12, tier.bandwidth * 1e9)

    def of_cores(self, seconds: float) -> float:
        """What takes one core so many seconds."""
        return seconds / self._cores

    def captions(self, model: PlannedModel) -> float:
        """Of a minute of video."""
        operations, bandwidth = self._speed(model)
        tokens = model.tokens + self._speeds["prompt"]
        reading = _SEEING * model.billions * 1e9 * tokens / operations
        size = model.weights(self._kind) * 1e9
        return _CLIPS * (reading + self._speeds["caption"] * size / bandwidth)

    def answer(self, model: PlannedModel) -> float:
        """Of an answer of a sentence."""
        operations, bandwidth = self._speed(model)
        size = model.weights(self._kind) * 1e9
        reading = PROMPT_TOKENS * _PASS * model.billions * 1e9 / operations
        return reading + REPLY_TOKENS * size / bandwidth

    def hour(self, model: PlannedModel) -> float:
        """Of reading what is kept of an hour."""
        operations = self._card[0] if self._fast else self._float32()[0]
        return _PASS * model.billions * 1e9 * self._speeds["hour"] / operations

    def _speed(self, model: PlannedModel) -> tuple[float, float]:
        """Operations and bytes a second: of llama.cpp, of the card, or of torch."""
        if 0 in model.memory:
            return self._operations, self._bandwidth
        return self._card if self._fast else self._float32()

    def _float32(self) -> tuple[float, float]:
        return self._operations * self._speeds["float32"], self._bandwidth
