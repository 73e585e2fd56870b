"""A plan in words: a table with its sums, and one row for each tier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.models.plan.machine import Machine
from app.models.plan.planner import SENSES, ModelPlan, PlanPart
from app.presentation.i18n import t
from egogpt.weights.catalogue import HubSource, WeightCatalogue
from egogpt.weights.hub_snapshot import hub_host
from egogpt.weights.hub_source import at_endpoint

_TITLES = {
    "captioner": "captions",
    "pictures": "finds pictures",
    "speech": "hears",
    "embedder": "finds sentences",
    "chat": "answers",
    "reader": "reads long",
    "look": "looks again",
    "summaries": "summaries",
    SENSES: "senses",
}
_IN_A_ROW = ("captioner", "pictures", "speech", "embedder", "chat", "reader")
BUILT_IN = "composed of what is recognised"
_OWNER = re.compile(r"^((?!open_clip)[\w-]+:)?(?:[^/ :]+/)+")
_HEAD = ("for", "model", "download", "memory", "card", "takes, estimated")
TIER_MACHINES = (
    "4 GB", "8 GB", "16 GB", "32 GB", "8 GB card, 16 GB", "12 GB card, 32 GB", "24 GB card, 64 GB",
    "48 GB card, 128 GB", "Apple, 24 GB",
)  # fmt: skip
TIERS_HEAD = (
    "| machine | captions | finds pictures | hears | finds sentences | answers | reads long "
    "| download | memory | card |\n|---|---|---|---|---|---|---|---|---|---|"
)


def plan_lines(plan: ModelPlan) -> Iterator[str]:
    """The table, what each part adds, and the notes."""
    yield f"{'This machine' if plan.machine.here else 'A machine'}: {machine_words(plan.machine)}."
    yield f"The plan for {plan.tier.name}:"
    yield ""
    yield from _table([_HEAD, *plan_rows(plan)])
    yield ""
    for part in plan.parts:
        yield f"{title_of(part.role)}: {part.adds}{_turns(part)}"
    yield from plan.notes


def plan_rows(plan: ModelPlan) -> list[tuple[str, ...]]:
    """The cells of the table below its head, the sums last."""
    rows = [part_row(part) for part in plan.parts]
    if plan.part("captioner") is None:
        rows.insert(0, (_TITLES["captioner"], BUILT_IN, "", "", "", ""))
    return [*rows, _sums(plan)]


def tier_row(plan: ModelPlan, words: str) -> str:
    """A plan as one row in Markdown."""
    cells = [_in_row(plan.part(role), role) for role in _IN_A_ROW]
    sums = (_size(plan.download), _size(plan.memory), _size(plan.card))
    return f"| {' | '.join((words, *cells, *sums))} |"


def machine_words(machine: Machine) -> str:
    """What a machine has, and whether the hub answers."""
    hub = t("the hub does not answer") if machine.hub_trouble else t("the hub answers")
    return f"{machine.words}; {hub}"


def title_of(role: str) -> str:
    """What a role is for."""
    return _TITLES[role]


def part_row(part: PlanPart) -> tuple[str, ...]:
    """The cells of a part: for, model, download, memory, card, time."""
    download = t("here") if part.here and not part.shares else _size(part.download)
    sizes = ("", "", "") if part.shares else (download, _size(part.memory), _size(part.card))
    return (title_of(part.role), part_name(part), *sizes, _time(part))


def part_name(part: PlanPart) -> str:
    """The model of a part, or whose it shares."""
    if part.shares:
        return t("the model of: {role}", role=t(_TITLES[part.shares]))
    if part.model is None:
        return t("things, faces, hands, sounds, texts")
    bits = part.setting.partition("bits=")[2][:2].rstrip("&")
    name = part.model.label
    return t("{name} in {bits} bits", name=name, bits=bits) if bits else name


def sources(part: PlanPart, catalogue: WeightCatalogue, *, hub: bool) -> str:
    """Where the files of a part come from, in the order that they are asked."""
    if part.model is not None and part.model.repository:
        return f"{hub_host()}/{part.model.repository}"
    files = [file for name in part.bundles for file in catalogue.bundle(name).files]
    makers: list[str] = []
    mirrors: list[str] = []
    for file in files:
        for source in file.sources:
            if isinstance(source, HubSource):
                makers.append(at_endpoint(source).url.split("/")[2])
            else:
                mirrors.append(source.label.partition(" ")[2])
    official = ", ".join(dict.fromkeys(makers)) if hub else ""
    mirrored = t("package mirrors {names}", names=", ".join(dict.fromkeys(mirrors)))
    places = [official, mirrored if mirrors else ""]
    return t(", else ").join(filter(None, places))


def _sums(plan: ModelPlan) -> tuple[str, ...]:
    memory = _of(plan.memory, plan.memory_budget)
    card = _of(plan.card, plan.card_budget) if plan.card_budget else ""
    return ("together", "", _size(plan.download), memory, card, "")


def _of(size: float, budget: float) -> str:
    return t("{size} of {budget}", size=f"{size:.1f}", budget=f"{budget:.1f}")


def _turns(part: PlanPart) -> str:
    if not part.turns:
        return ""
    return f" The model of {_TITLES[part.turns]} is let go before it is loaded, and comes back."


def _size(gigabytes: float) -> str:
    return f"{gigabytes:.1f} GB" if gigabytes >= 0.05 else ""


def _time(part: PlanPart) -> str:
    if not part.seconds:
        return ""
    seconds = t("under 1") if part.seconds < 1 else f"{part.seconds:.0f}"
    if part.role == "chat":
        return t("{seconds} s an answer", seconds=seconds)
    if part.role == "reader":
        return t("{seconds} s an hour read", seconds=seconds)
    return t("{seconds} s a minute", seconds=seconds)


def _in_row(part: PlanPart | None, role: str) -> str:
    if part is None or part.model is None:
        return BUILT_IN if role == "captioner" else "–"
    name = part_name(part)
    return name if part.shares else f"`{_OWNER.sub(lambda match: match[1] or '', name)}`"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        if number == len(rows) - 1:
            yield "  ".join("-" * width for width in widths)
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)
