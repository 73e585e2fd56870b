"""Ordinary causal attention, through the same path: what every other method is measured against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kernels.base.method import Method, Scene

ENDLESS = 1 << 62
"""A window that no context reaches."""


@dataclass(frozen=True, slots=True)
class Dense(Method):
    """Every earlier token is seen: a window without an end."""

    name: ClassVar[str] = "dense"
    sinks: int = 0
    window: int = ENDLESS

    def choose(self, scene: Scene) -> None:
        """Nothing: the window already holds everything."""
        return
