"""Read models.toml: the models that may be proposed, the tiers of machines, and their speeds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from app.models.plan.machine import Kind
from egogpt.protocols.model_names import parse

FLOAT32 = 2  # times the memory of 16 bits
_BITS = ("16", "8", "4")


@dataclass(frozen=True, slots=True)
class PlannedModel:
    """A model of models.toml; sizes in GB. ``memory`` is by bits, or by 0 where it has one form."""

    id: str
    name: str
    adds: str
    memory: Mapping[int, float]
    bundles: tuple[str, ...] = ()
    download: float = 0.0
    work: float = 0.0
    billions: float = 0.0
    tokens: int = 0
    seconds: float = 0.0
    hub: str = ""
    answers: bool = False

    @property
    def sees(self) -> bool:
        """Whether it is a captioner, which runs on the card where there is one."""
        return self.tokens > 0

    @property
    def repository(self) -> str:
        """Its name on the hub; empty for bundles."""
        if self.bundles:
            return ""
        owner, _, rest = parse(self.name).place.partition("/")
        return self.hub or f"{owner}/{rest.partition('/')[0]}"

    @property
    def label(self) -> str:
        """What people call it: the name of its setting, or that of the hub where it says more."""
        return self.hub or self.name

    def setting(self, bits: int, kind: Kind) -> str:
        """What a setting is set to, so that it runs in so many bits on this kind of machine."""
        options = [f"bits={bits}"] if bits else []
        if self.sees and kind == "apple" and 16 in self.memory:
            options.append("device=mps")
        return "?".join(filter(None, (self.name, "&".join(options))))

    def room(self, bits: int, kind: Kind) -> float:
        """GB that it takes while it works: float32 on a processor, else 16 bits or fewer."""
        whole = self.memory.get(bits) or self.weights(kind)
        return whole + self.work

    def weights(self, kind: Kind) -> float:
        """GB of its weights where no bits were named."""
        if 0 in self.memory:
            return self.memory[0]
        return self.memory[16] * (FLOAT32 if kind == "cpu" else 1)


@dataclass(frozen=True, slots=True)
class Tier:
    """A class of machines, and what each role may take there, the best first.

    ``least`` and ``beside`` are GB; ``operations`` 10¹² a second and ``bandwidth`` GB a second of
    the card. ``preset`` is that of ``egogpt.registry``, of tiers without a card.
    """

    name: str
    kind: Kind
    least: float
    beside: float = 0.0
    preset: str = ""
    operations: float = 0.0
    bandwidth: float = 0.0
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tables:
    """All of models.toml."""

    models: Mapping[str, PlannedModel]
    tiers: tuple[Tier, ...]
    senses: Mapping[str, Any]
    card: Mapping[str, float]
    speeds: Mapping[str, float]


@cache
def load_tables() -> Tables:
    """The tables that ship with the program."""
    text = resources.files("app.models.plan").joinpath("models.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    models = {name: _model(name, table) for name, table in tables["models"].items()}
    tiers = tuple(map(_tier, tables["tiers"]))
    return Tables(models, tiers, tables["senses"], tables["card"], tables["speeds"])


def _model(name: str, table: Mapping[str, Any]) -> PlannedModel:
    memory = table["memory"]
    by_bits = {int(b): memory[b] for b in _BITS} if isinstance(memory, dict) else {0: memory}
    rest = {key: value for key, value in table.items() if key != "memory"}
    rest["bundles"] = tuple(rest.get("bundles", ()))
    return PlannedModel(name, memory=by_bits, **rest)


def _tier(table: Mapping[str, Any]) -> Tier:
    values = {key: value for key, value in table.items() if not isinstance(value, list)}
    roles = {key: tuple(value) for key, value in table.items() if isinstance(value, list)}
    return Tier(least=values.pop("from"), roles=roles, **values)
