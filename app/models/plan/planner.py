"""Choose models that fit a machine together, and say what they take.

    plan = make_plan(this_machine(weights), weights)
    plan.settings, plan.parts, plan.notes

Each role takes the first of its tier's models that there is a source, time, disk and memory for,
beside those that were chosen before it and the least that the roles after it can do with. What a
preset brings comes last, so that a plan without the hub is that preset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.models.plan.machine import Machine, memory_bytes, this_machine
from app.models.plan.tables import PlannedModel, Tables, Tier, load_tables
from app.models.plan.times import Times
from app.presentation.i18n import t
from egogpt.protocols.model_names import CHATS, without_option
from egogpt.registry import PRESETS, Preset, bundles_of, choose_preset
from egogpt.weights.catalogue import WeightCatalogue, load_catalogue
from egogpt.weights.store import WeightStore
from memory.db import disk_space

ROLES = ("embedder", "speech", "captioner", "pictures", "chat", "reader")
SENSES = "senses"
_SHARED = {"captioner": "captioner", "chat": "chat"}
_CARD_SHARE = 0.95  # of its memory: a screen and the driver take the rest
_SPARE_DISK = 1.0  # GB that stay free
_LIGHTEST_CHAT = "qwen-0.5b"
_NO_HUB = "the hub does not answer"
_TOLD = ("captioner", "pictures", "chat", "reader")  # roles whose first choice is missed


@dataclass(frozen=True, slots=True)
class PlanPart:
    """A model in its role; sizes in GB.

    ``model`` is None for what always runs. ``shares`` is the role whose loaded weights it uses,
    ``turns`` the role that is let go of before it is loaded. ``seconds`` are of a minute of video,
    or of an answer; ``here`` is whether nothing of it has to be fetched.
    """

    role: str
    model: PlannedModel | None
    setting: str = ""
    bundles: tuple[str, ...] = ()
    download: float = 0.0
    memory: float = 0.0
    card: float = 0.0
    seconds: float = 0.0
    shares: str = ""
    turns: str = ""
    here: bool = False
    adds: str = ""


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """What a machine is to run. ``notes`` are sentences about what it could not have, and why."""

    machine: Machine
    tier: Tier
    preset: Preset
    parts: tuple[PlanPart, ...]
    notes: tuple[str, ...]
    memory_budget: float
    card_budget: float

    def part(self, role: str) -> PlanPart | None:
        """The part that has a role."""
        return next((part for part in self.parts if part.role == role), None)

    @property
    def download(self) -> float:
        """GB that are still to be fetched."""
        return sum(part.download for part in self.parts if not part.here)

    @property
    def memory(self) -> float:
        """GB of main memory while all is at work; of two that take turns the larger counts."""
        return _sum(self.parts, lambda part: part.memory)

    @property
    def card(self) -> float:
        """GB of the card, likewise."""
        return _sum(self.parts, lambda part: part.card)

    @property
    def settings(self) -> dict[str, str | None]:
        """What each setting is to be; None for what is chosen for the machine anyway."""
        named = {part.role: part.setting for part in self.parts if part.role != SENSES}
        own = {self.preset.speech, self.preset.embedder, self.preset.chat}
        chosen: dict[str, str | None] = {
            role: None if named.get(role) in own else named.get(role)
            for role in ("captioner", "pictures", "speech", "embedder", "chat")
        }
        reader, chat = self.part("reader"), self.part("chat")
        if reader is not None:
            chosen["reading"] = "auto" if reader.shares else f"auto:{reader.setting}"
        else:
            chosen["reading"] = None
        seeing = chat is not None and chat.model is not None and chat.model.sees
        chosen["look"] = chosen["chat"] if seeing else None
        return chosen

    def is_chosen(self, choices: Mapping[str, object]) -> bool:
        """Whether these settings are the plan's; how tokens are shared out it does not say."""
        chosen = {name: choices.get(name) for name in self.settings}
        return self.settings == {
            name: without_option(value, "quota") if isinstance(value, str) else None
            for name, value in chosen.items()
        }


def _sum(parts: Sequence[PlanPart], size: Callable[[PlanPart], float]) -> float:
    whole = sum(size(part) for part in parts)
    for part in parts:
        other = next((one for one in parts if part.turns and one.role == part.turns), None)
        whole -= min(size(part), size(other)) if other else 0.0
    return round(whole, 2)


def _disk(part: PlanPart) -> float:
    """GB of disk that fetching a part takes; a bundle is there twice for a while."""
    return 0.0 if part.here else part.download * (2 if part.bundles else 1)


def preset_here(weights: WeightStore, override: str | None = None) -> Preset:
    """The preset for this machine; weights that are already there count as free disk."""
    if override is not None:
        return choose_preset(override)
    present = sum(status.size for status in weights.list() if status.state == "present")
    disk = (disk_space.free(weights.root) + present) / 1e9
    return preset_for(memory_bytes() / 1e9, disk, weights.catalogue)


def preset_for(memory: float, disk: float, catalogue: WeightCatalogue | None = None) -> Preset:
    """The preset of the best tier without a card that so many GB of memory and disk carry."""
    known = (catalogue or load_catalogue()).bundles
    for tier in reversed(_tiers("cpu")):
        preset = PRESETS[tier.preset]
        # A download needs up to its own size once more for a while.
        size = sum(known[name].size for name in preset.bundles if name in known) / 1e9
        if memory >= tier.least and (disk >= 2 * size or not tier.least):
            return preset
    return PRESETS["small"]


def make_plan(
    machine: Machine,
    weights: WeightStore,
    here: Callable[[PlannedModel], bool] = lambda model: False,
    preset: str | None = None,
) -> ModelPlan:
    """The plan of a machine. ``here`` is whether a model of the hub lies on it.

    Raises UnknownPreset.
    """
    tables, tier = load_tables(), tier_of(machine)
    chosen = choose_preset(preset) if preset else preset_for(machine.memory, machine.disk)
    return _Planner(machine, tier, chosen, tables, weights, here).plan()


def planned_embedder(weights: WeightStore) -> str:
    """The embedder of the hub that this machine's plan has; empty where the preset's own suits."""
    part = make_plan(this_machine(weights, ask_hub=False), weights).part("embedder")
    return "" if part is None or part.bundles else part.setting


def tier_of(machine: Machine) -> Tier:
    """The best tier that a machine reaches; one without a card where the card is too small."""
    size = machine.card if machine.card else machine.memory
    reached = [tier for tier in _tiers(machine.kind) if size >= tier.least]
    return reached[-1] if reached else _cpu_tier(machine.memory)


def _cpu_tier(memory: float) -> Tier:
    return [tier for tier in _tiers("cpu") if memory >= tier.least][-1]


def _tiers(kind: str) -> list[Tier]:
    return [tier for tier in load_tables().tiers if tier.kind == kind]


@dataclass
class _Planner:
    """One plan in the making; room is GB that are left."""

    machine: Machine
    tier: Tier
    preset: Preset
    tables: Tables
    weights: WeightStore
    here: Callable[[PlannedModel], bool]
    parts: list[PlanPart] = field(default_factory=list)
    lacking: dict[str, tuple[PlannedModel, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        base = _cpu_tier(self.machine.memory)
        self.times = Times(self.machine, self.tier, self.tables)
        self.memory_budget = max(self.machine.memory - (self.tier.beside or base.beside), 0.5)
        self.card_budget = self.machine.card * _CARD_SHARE if self.tier.kind == "card" else 0.0
        self.disk = self.machine.disk - _SPARE_DISK

    def plan(self) -> ModelPlan:
        self._add(self._senses())
        for role in ROLES:
            if part := self._choose(role):
                self._add(part)
        order = ("captioner", "pictures", "speech", "embedder", "chat", "reader", SENSES)
        parts = sorted(self.parts, key=lambda part: order.index(part.role))
        budgets = (round(self.memory_budget, 1), round(self.card_budget, 1))
        notes = tuple(dict.fromkeys(self._notes()))
        return ModelPlan(self.machine, self.tier, self.preset, tuple(parts), notes, *budgets)

    def _add(self, part: PlanPart) -> None:
        self.parts.append(part)
        self.disk -= _disk(part)

    def _senses(self) -> PlanPart:
        named = {self.preset.speech, self.preset.chat, *bundles_of(self.preset.embedder or "")}
        bundles = tuple(name for name in self.preset.bundles if name not in named)
        size, is_here = self._of_bundles(bundles)
        table = self.tables.senses
        room = table["memory"] + bool(self.preset.statement_reader) * table["reading"]
        return PlanPart(
            SENSES, None, "", bundles, size, room, here=is_here, adds=table["adds"],
            seconds=self.times.of_cores(table["seconds"]),
        )  # fmt: skip

    def _of_bundles(self, bundles: Sequence[str]) -> tuple[float, bool]:
        """GB to fetch, but for what another part fetches, and whether nothing is left to."""
        known = self.weights.catalogue.bundles
        missing = self.weights.missing(bundles) if self.machine.here else bundles
        before = {name for part in self.parts for name in part.bundles}
        return sum(known[name].size for name in {*bundles} - before) / 1e9, not missing

    def _choose(self, role: str) -> PlanPart | None:
        for name, bits in self._options(role):
            if name in _SHARED and (part := self._shared(role, _SHARED[name], self.parts)):
                return part
            if name in _SHARED:
                continue
            model = self.tables.models[name]
            part = self._part(role, model, bits)
            why = self._why_not(part, bits) or self._no_room(part)
            if why and (turns := self._in_turn(part)):
                part, why = turns, ""
            if not why:
                return part
            self.lacking.setdefault(role, (model, why))
        least = self._floor(role)
        if least is not None and self.lacking[role][0] is least.model:
            del self.lacking[role]  # it is taken all the same
        return least

    def _options(self, role: str) -> Iterator[tuple[str, int]]:
        for option in self.tier.roles.get(role, ()):
            name, _, bits = option.partition("@")
            yield name, int(bits or 0)
        for own in self._own(role):
            yield own, 0

    def _own(self, role: str) -> tuple[str, ...]:
        """What the preset itself has for a role, and what is lighter."""
        own = {"speech": self.preset.speech, "embedder": self.preset.embedder}
        if role == "chat" and self.preset.chat:
            return (self.preset.chat, _LIGHTEST_CHAT)
        return tuple(filter(None, (own.get(role),)))

    def _floor(self, role: str) -> PlanPart | None:
        """The lightest of the preset, though it is tight: it runs on less than is planned with."""
        own = self._own(role)
        return self._part(role, self.tables.models[own[-1]], 0) if own else None

    def _rest(self, part: PlanPart) -> list[PlanPart]:
        """The least of the roles that come after the one of a part, if it is taken."""
        parts, rest = [*self.parts, part], list[PlanPart]()
        for role in ROLES[ROLES.index(part.role) + 1 :]:
            others = [_SHARED[name] for name, _ in self._options(role) if name in _SHARED]
            shared = any(self._shared(role, other, parts) for other in others)
            if not shared and (least := self._floor(role)):
                rest.append(least)
        return rest

    def _shared(self, role: str, other: str, parts: Sequence[PlanPart]) -> PlanPart | None:
        part = next((part for part in parts if part.role == other), None)
        if part is None or part.model is None or (role == "chat" and not part.model.answers):
            return None
        if role == "reader" and not part.model.answers and part.setting not in CHATS:
            return None
        seconds = self._seconds(role, part.model)
        if role == "chat" and seconds > self.tables.speeds["answer"]:
            return None
        again = {"captioner": "captions", "chat": "answers"}[other]
        return PlanPart(
            role, part.model, part.setting, shares=other, here=True,
            seconds=seconds,
            adds=f"The model of the {again}, whose weights are in memory once.",
        )  # fmt: skip

    def _part(self, role: str, model: PlannedModel, bits: int) -> PlanPart:
        kind = self.tier.kind
        if model.bundles:
            download, is_here = self._of_bundles(model.bundles)
        else:
            download, is_here = model.download, self.machine.here and self.here(model)
        room = round(model.room(bits, kind), 2)
        on_card = kind == "card" and (model.sees or role == "pictures")
        first = not any(part.card for part in self.parts)
        beside = self.tables.card["memory"] if first else 0.0
        return PlanPart(
            role, model, model.setting(bits, kind), model.bundles, download,
            beside if on_card else room, room if on_card else 0.0, self._seconds(role, model),
            here=is_here, adds=model.adds,
        )  # fmt: skip

    def _seconds(self, role: str, model: PlannedModel) -> float:
        if role == "captioner":
            return self.times.captions(model)
        if role == "chat":
            return self.times.answer(model)
        if role == "reader":
            return self.times.hour(model)
        return self.times.of_cores(model.seconds)

    def _why_not(self, part: PlanPart, bits: int) -> str:
        """Why a model cannot be had or used, whatever else is chosen."""
        speeds = self.tables.speeds
        assert part.model is not None
        if bits in (4, 8) and not self.machine.quantised:
            return t("its {bits} bits need: pip install 'egobutler[quantised]'", bits=bits)
        if part.role == "captioner" and part.seconds > speeds["patience"]:
            return t("a minute of video would take it {seconds} s", seconds=round(part.seconds))
        if part.role == "reader" and part.seconds > speeds["reading"]:
            return t("reading an hour would take it {seconds} s", seconds=round(part.seconds))
        if part.role == "chat" and part.seconds > speeds["answer"]:
            return t("an answer would take it {seconds} s", seconds=round(part.seconds))
        needed, left = _disk(part), self.disk - sum(map(_disk, self._rest(part)))
        if needed > left:
            return t(
                "it needs {needed} GB of disk, and {left} GB are left",
                needed=f"{needed:.1f}",
                left=f"{max(left, 0):.1f}",
            )
        return _NO_HUB if self.machine.hub_trouble and not (part.bundles or part.here) else ""

    def _no_room(self, part: PlanPart) -> str:
        parts = [*self.parts, part, *self._rest(part)]
        memory, card = _sum(parts, lambda one: one.memory), _sum(parts, lambda one: one.card)
        if memory > self.memory_budget + 1e-6 and part.memory:
            phrase = "with the others it needs {size} GB of main memory, of {budget} GB"
            return t(phrase, size=f"{memory:.1f}", budget=f"{self.memory_budget:.1f}")
        if card > self.card_budget + 1e-6 and part.card:
            phrase = "with the others it needs {size} GB of the card, of {budget} GB"
            return t(phrase, size=f"{card:.1f}", budget=f"{self.card_budget:.1f}")
        return ""

    def _in_turn(self, part: PlanPart) -> PlanPart | None:
        """The reader, where the captioner is let go of before it is loaded."""
        other = next((one for one in self.parts if one.role == "captioner"), None)
        if part.role != "reader" or other is None or self._why_not(part, 0):
            return None
        turns = replace(part, turns="captioner")
        return None if self._no_room(turns) else turns

    def _notes(self) -> Iterator[str]:
        if self.machine.hub_trouble:
            yield t("The hub does not answer: {why}.", why=self.machine.hub_trouble)
        if not self.machine.here and any("bits=4" in part.setting for part in self.parts):
            yield t("Weights of 4 bits need: pip install 'egobutler[quantised]'.")
        memory = _sum(self.parts, lambda part: part.memory)
        if memory > self.memory_budget + 1e-6:
            yield t(
                "Even the least that runs takes {size} GB of memory, and this machine has {budget} "
                "GB for it: it will be slow, or stop for lack of memory.",
                size=f"{memory:.1f}",
                budget=f"{self.memory_budget:.1f}",
            )
        better = [model.label for model, why in self.lacking.values() if why == _NO_HUB]
        if better:
            names = ", ".join(better)
            yield t("With the hub there would be something better: {names}.", names=names)
        for role, (model, why) in self.lacking.items():
            if why != _NO_HUB and role in _TOLD:
                yield t("{name} was left out: {why}.", name=model.label, why=why)
