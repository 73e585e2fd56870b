"""The machine that models are planned for: this one, or another that is described in words.

this_machine(weights)
parse_machine("24 GB card, 64 GB")
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from app.presentation.i18n import t
from egogpt.llm.token_rate import TokenRate, measure_rate, stored_rate
from egogpt.protocols.chat import ChatError
from egogpt.weights.hub_snapshot import hub_trouble
from egogpt.weights.store import WeightError, WeightStore
from memory.db import disk_space

Kind: TypeAlias = Literal["cpu", "card", "apple"]

_RATED = "qwen-0.5b"  # the model whose tokens a second say how fast a processor is
_CORES, _DISK = 8, 500.0  # of a machine that was described without them
_DRIVERS = (Path("/proc/driver/nvidia"), Path("/dev/nvidiactl"), Path("/dev/kfd"), Path("/dev/dxg"))
_EXAMPLES = '"8 GB", "16 GB, no card", "12 GB card, 32 GB", "Apple, 24 GB"'
_PART = re.compile(
    r"(?P<size>\d+(?:\.\d+)?) *gi?b(?: *of)?(?P<what>(?: *(?:card|gpu|vram|memory|ram|free|disk))?)"
    r"|(?P<cores>\d+) *cores?|(?P<word>apple|no card|no hub|cpu)",
    re.IGNORECASE,
)
_MEANT = {"gpu": "card", "vram": "card", "ram": "memory", "free": "disk", "": "memory"}


class BadMachine(ValueError):
    """Words that describe no machine; the text says how to write one."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Sizes in GB (10⁹ bytes). ``disk`` is what is free.

    ``hub_trouble`` is why the hub cannot be asked, empty where it answers; ``rated`` a bundled chat
    model with the tokens a second that it reads and writes here; ``quantised`` whether weights can
    be kept in 8 and 4 bits; ``here`` whether it is this machine.
    """

    memory: float
    cores: int = _CORES
    card: float = 0.0
    apple: bool = False
    disk: float = _DISK
    hub_trouble: str = ""
    rated: tuple[str, TokenRate] | None = None
    quantised: bool = True
    here: bool = False

    @property
    def kind(self) -> Kind:
        """Where models that see run."""
        return "apple" if self.apple else "card" if self.card else "cpu"

    @property
    def words(self) -> str:
        """The machine in words, in English as ``parse_machine`` reads them."""
        card = t("{size} GB card", size=f"{self.card:.0f}") if self.card else t("no card")
        return t(
            "{card}, {memory} GB of memory, {cores} cores, {disk} GB free",
            card="Apple" if self.apple else card,
            memory=f"{self.memory:.0f}",
            cores=self.cores,
            disk=f"{self.disk:.0f}",
        )


def this_machine(weights: WeightStore, *, ask_hub: bool = True, measure: bool = False) -> Machine:
    """What this machine has.

    ``ask_hub`` waits a few seconds at most for the hub; without it, it is taken to answer.
    ``measure`` takes the tokens a second of a chat model that is here and was not measured.
    """
    card, apple = _accelerator()
    return Machine(
        memory_bytes() / 1e9,
        _cores(),
        card,
        apple,
        disk_space.free(weights.root) / 1e9,
        hub_trouble() if ask_hub else "",
        _rated(weights, measure),
        bool(card) and _can_quantise(),
        here=True,
    )


def _accelerator() -> tuple[float, bool]:
    """The memory of the largest card in GB, 0 without one, and whether this is an Apple chip.

    torch knows; it takes seconds to import, so it is only asked where a driver shows.
    """
    if sys.platform == "linux" and not any(map(Path.exists, _DRIVERS)):
        return 0.0, False
    import torch

    cards = range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    card = max((torch.cuda.get_device_properties(n).total_memory / 1e9 for n in cards), default=0.0)
    return card, not card and sys.platform == "darwin" and torch.backends.mps.is_available()


def memory_bytes() -> int:
    """The memory of this machine in all, or what its container may use of it."""
    import psutil

    return min(int(psutil.virtual_memory().total), _container_limit())


def parse_machine(text: str) -> Machine:
    """Another machine, from words such as "24 GB card, 64 GB" or "Apple, 24 GB".

    "8 cores", "100 GB free" and "no hub" may be added; commas may be left out. Raises BadMachine.
    """
    machine, end = Machine(0.0), 0
    for part in _PART.finditer(text):
        _require_nothing(text[end : part.start()])
        machine, end = _with(machine, part, text), part.end()
    _require_nothing(text[end:])
    if machine.card and not machine.memory:
        machine = replace(machine, memory=max(16.0, 2 * machine.card))
    if machine.memory <= 0:
        raise BadMachine(f'"{text}" says no size of memory. Write it as one of: {_EXAMPLES}.')
    if machine.card and machine.apple:
        raise BadMachine(f'"{text}": Apple\'s chips have no card of their own: "Apple, 24 GB".')
    return machine


def _require_nothing(between: str) -> None:
    """Raises BadMachine for words that describe nothing."""
    if words := between.strip(" ,;+\t"):
        raise BadMachine(f'"{words}" describes no machine. Write it as one of: {_EXAMPLES}.')


def _with(machine: Machine, part: re.Match[str], text: str) -> Machine:
    if part["cores"]:
        return replace(machine, cores=max(1, int(part["cores"])))
    if word := (part["word"] or "").lower():
        changes = {"apple": {"apple": True}, "no hub": {"hub_trouble": "no hub was asked for"}}
        return replace(machine, **changes.get(word, {}))  # type: ignore[arg-type]
    what = part["what"].strip().lower()
    name = _MEANT.get(what, what)
    if name != "disk" and getattr(machine, name):
        raise BadMachine(f'"{text}" has two sizes of {name}. Write it as one of: {_EXAMPLES}.')
    return replace(machine, **{name: float(part["size"])})  # type: ignore[arg-type]


def _rated(weights: WeightStore, measure: bool) -> tuple[str, TokenRate] | None:
    if not weights.has(_RATED):
        return None
    rate = stored_rate(_RATED, weights)
    if rate is None and measure:
        try:
            rate = measure_rate(_RATED, weights)
        except (ChatError, WeightError, ImportError, OSError):  # a class's figures will do
            return None
    return None if rate is None else (_RATED, rate)


def _can_quantise() -> bool:
    from egogpt.runtime.quantization import can_quantise_transformers

    return can_quantise_transformers()


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else (os.cpu_count() or 1)


def _container_limit() -> int:
    """The memory limit of the control group, or a number that limits nothing."""
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):
        return 2**63
