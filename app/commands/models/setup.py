"""``egobutler setup``: proposes models that fit this machine together, fetches and keeps them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from app.commands import base
from app.commands.options import CommandOptions, command, switch, value
from app.core.errors import PersonError
from app.models.plan.fetch import fetch_plan, keep_plan, plan_here
from app.models.plan.machine import parse_machine
from app.models.plan.planner import ModelPlan, PlanPart, make_plan
from app.models.plan.text import (
    TIER_MACHINES,
    TIERS_HEAD,
    part_name,
    plan_lines,
    sources,
    tier_row,
    title_of,
)
from app.models.setting_choices import said_by
from app.presentation.progress_line import FetchProgress
from egogpt.weights.store import WeightStore

if TYPE_CHECKING:
    from app.assistant import Assistant

_TIERS = "tiers"
_CHOSEN_BY_THE_PLAN = ("captioner", "speech", "pictures")


@command()
def setup(
    options: CommandOptions,
    yes: Annotated[bool, switch("--yes", "fetch and keep the plan without asking")] = False,
    dry_run: Annotated[bool, switch("--dry-run", "print the plan, and change nothing")] = False,
    machine: Annotated[
        str | None,
        value(
            "MACHINE",
            'plan for another machine, with --dry-run: "24 GB card, 64 GB", or tiers for all',
            "--as",
        ),
    ] = None,
) -> int:
    """Propose models that fit this machine together; fetch and keep them where you agree."""
    for name in _CHOSEN_BY_THE_PLAN:
        if getattr(options, name) is not None:
            raise PersonError(
                f"--{name} is what setup chooses: leave it out here. To keep another choice, make "
                "it on the page Settings afterwards, or give it to the command that uses it"
            )
    if machine is not None:
        return _for_another(options, machine.strip(), dry_run=dry_run)
    if dry_run:
        options.show("\n".join(plan_lines(_plan_here(options, WeightStore()))))
        return 0
    with base.assistant(options, writes=True) as butler:
        return _set_up(butler, _plan_here(options, butler.brains.weights), options, yes=yes)


def _for_another(options: CommandOptions, words: str, *, dry_run: bool) -> int:
    if not dry_run:
        raise PersonError("another machine can only be planned for: say --dry-run as well")
    weights = WeightStore()
    if words == _TIERS:
        print(TIERS_HEAD)
        for tier in TIER_MACHINES:
            print(tier_row(make_plan(parse_machine(tier), weights), tier))
        return 0
    options.show(
        "\n".join(plan_lines(make_plan(parse_machine(words), weights, preset=options.preset)))
    )
    return 0


def _plan_here(options: CommandOptions, weights: WeightStore) -> ModelPlan:
    base.say("looking at this machine …")
    return plan_here(weights, options.preset)


def _set_up(butler: Assistant, plan: ModelPlan, options: CommandOptions, *, yes: bool) -> int:
    weights = butler.brains.weights
    options.show("\n".join(plan_lines(plan)))
    if plan.machine.hub_trouble:
        base.say(
            f"This is the plan without the hub, because {plan.machine.hub_trouble}: what comes "
            "from there is left out, and choices that it would change stay as they are. Run "
            "egobutler setup again when the hub answers"
        )
    missing = [part for part in plan.parts if not part.here]
    for part in missing:
        where = sources(part, weights.catalogue, hub=not plan.machine.hub_trouble)
        base.say(f"{title_of(part.role)}: {part_name(part)} comes from {where}")
    if not (yes or _agreed(plan, bool(missing))):
        base.say("nothing was fetched or changed")
        return 0
    return _fetch_and_keep(butler, plan, options)


def _agreed(plan: ModelPlan, fetches: bool) -> bool:
    if not sys.stdin.isatty():
        base.say("to accept it: egobutler setup --yes")
        return False
    what = f"Fetch {plan.download:.1f} GB and use" if fetches else "All is here. Use"
    return base.typed(f"{what} these models? [Y/n]") in ("", "y", "yes", "j", "ja")


def _fetch_and_keep(butler: Assistant, plan: ModelPlan, options: CommandOptions) -> int:
    weights = butler.brains.weights
    with FetchProgress() as progress:
        troubles = fetch_plan(plan, weights, progress, _begin)
    kept = keep_plan(plan, butler.store.preferences, troubles)
    for role, why in troubles.items():
        base.say(f"{title_of(role)}: {why}")
    for name in plan.settings:
        if source := said_by(butler.given, name):
            value = getattr(butler.given, name)
            base.say(f"{name}: {value} is set by {source}, which wins over what is kept")
    options.show(_next(plan, troubles))
    options.result_line({"tier": plan.tier.name, "settings": kept, "missing": sorted(troubles)})
    return 1 if troubles else 0


def _begin(part: PlanPart) -> None:
    base.say(f"{title_of(part.role)}: {part_name(part)}")


def _next(plan: ModelPlan, troubles: Mapping[str, str]) -> str:
    if troubles:
        return (
            "What could not be had is done by the built-in models until then; the rest is kept in "
            "the settings of this library. To go on where it stopped: egobutler setup"
        )
    captions = " Ingest recordings again to have their captions written anew."
    return "Kept in the settings of this library, and used from the next start on." + (
        captions if plan.part("captioner") else ""
    )
