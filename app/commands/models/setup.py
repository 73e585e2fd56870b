"""``egobutler setup``: proposes models that fit this machine together, fetches and keeps them.

egobutler setup                                    # asks once
egobutler setup --yes                              # asks nothing
egobutler setup --dry-run --as "24 GB card, 64 GB" # the plan of another machine
egobutler setup --dry-run --as tiers               # of one of each class, as a table
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.commands import base
from app.core.errors import PersonError
from app.models.plan.fetch import fetch_plan, keep_plan, plan_here
from app.models.plan.machine import BadMachine, parse_machine
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


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command."""
    setup = verbs.add_parser("setup", parents=[common])
    setup.add_argument("--yes", action="store_true", help="fetch and keep the plan without asking")
    setup.add_argument("--dry-run", action="store_true", help="print the plan, and change nothing")
    setup.add_argument(
        "--as", dest="machine", metavar="MACHINE",
        help='plan for another machine, with --dry-run: "24 GB card, 64 GB", or tiers for all',
    )  # fmt: skip
    setup.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints the plan; fetches and keeps it where the person agrees."""
    for name in _CHOSEN_BY_THE_PLAN:
        if getattr(options, name) is not None:
            raise PersonError(
                f"--{name} is what setup chooses: leave it out here. To keep another choice, make "
                "it on the page Settings afterwards, or give it to the command that uses it"
            )
    if options.machine is not None:
        return _for_another(options)
    if options.dry_run:
        print("\n".join(plan_lines(_plan_here(options, WeightStore()))))
        return 0
    with base.assistant(options, writes=True) as butler:
        return _set_up(butler, _plan_here(options, butler.brains.weights), options)


def _for_another(options: argparse.Namespace) -> int:
    if not options.dry_run:
        raise PersonError("another machine can only be planned for: say --dry-run as well")
    weights = WeightStore()
    if options.machine.strip() == _TIERS:
        print(TIERS_HEAD)
        for words in TIER_MACHINES:
            print(tier_row(make_plan(parse_machine(words), weights), words))
        return 0
    try:
        machine = parse_machine(options.machine)
    except BadMachine as error:
        raise PersonError(str(error)) from error
    print("\n".join(plan_lines(make_plan(machine, weights, preset=options.preset))))
    return 0


def _plan_here(options: argparse.Namespace, weights: WeightStore) -> ModelPlan:
    base.say("looking at this machine …")
    return plan_here(weights, options.preset)


def _set_up(butler: Assistant, plan: ModelPlan, options: argparse.Namespace) -> int:
    weights = butler.brains.weights
    print("\n".join(plan_lines(plan)), flush=True)
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
    if not (options.yes or _agreed(plan, bool(missing))):
        base.say("nothing was fetched or changed")
        return 0
    return _fetch_and_keep(butler, plan)


def _agreed(plan: ModelPlan, fetches: bool) -> bool:
    if not sys.stdin.isatty():
        base.say("to accept it: egobutler setup --yes")
        return False
    what = f"Fetch {plan.download:.1f} GB and use" if fetches else "All is here. Use"
    print(f"{what} these models? [Y/n] ", end="", file=sys.stderr, flush=True)
    return base.one_key().lower() in ("y", "j", "\n", "\r", "")


def _fetch_and_keep(butler: Assistant, plan: ModelPlan) -> int:
    weights = butler.brains.weights
    troubles = fetch_plan(plan, weights, FetchProgress(), _begin)
    kept = keep_plan(plan, butler.store.preferences, troubles)
    for role, why in troubles.items():
        base.say(f"{title_of(role)}: {why}")
    for name in plan.settings:
        if source := said_by(butler.given, name):
            value = getattr(butler.given, name)
            base.say(f"{name}: {value} is set by {source}, which wins over what is kept")
    base.say(_next(plan, troubles))
    base.result_line({"tier": plan.tier.name, "settings": kept, "missing": sorted(troubles)})
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
