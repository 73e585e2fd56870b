"""The Settings page in words: what may be chosen, what runs, what is missing, what leaves."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from app.api_models.settings import (
    AboutReply,
    ChoiceReply,
    FetchReply,
    LicenceReply,
    ModelsReply,
    OptionReply,
    PlanPartReply,
    PlanReply,
    SettingsReply,
    TimezoneReply,
)
from app.core.version import installed_version
from app.models.chat_models import where_they_go
from app.models.download import FetchState
from app.models.named_models import named_models
from app.models.plan.planner import ModelPlan, planned_embedder
from app.models.plan.text import machine_words, part_row, plan_rows, sources, title_of
from app.models.setting_choices import CHOICES, TIMEZONE, said_by, stored
from app.models.setting_options import bundle_json, named_json, options_of
from app.presentation.i18n import t, translate
from memory.db.disk_space import size_words
from memory.types.paths import shown
from memory.types.timezones import local_zone

if TYPE_CHECKING:
    from app.assistant import Assistant

Options = list[OptionReply]


def settings_json(assistant: Assistant) -> SettingsReply:
    """Everything but the models, which change while the page is open."""
    return SettingsReply(
        choices={name: choice_json(assistant, name) for name in CHOICES},
        timezone=timezone_json(assistant),
        home=shown(str(assistant.home)),
        about=about_json(assistant),
    )


def timezone_json(assistant: Assistant) -> TimezoneReply:
    """The zone that days and hours are shown in, and those to choose from."""
    return TimezoneReply(
        chosen=assistant.store.preferences.get(TIMEZONE) or "",
        shown=assistant.timezone,
        machine=local_zone(),
        zones=list(_zones()),
    )


def choice_json(assistant: Assistant, name: str) -> ChoiceReply:
    """A setting: what is kept, what runs, and what outdoes it."""
    stored_value = stored(assistant.store.preferences).get(name, "")
    running = getattr(assistant.settings, name) or ""
    source = said_by(assistant.given, name)
    options = options_of(name, assistant.brains.weights)
    for value in (stored_value, running):
        if value and value not in [option.value for option in options]:
            options.append(OptionReply(value=value, words=value))
    return ChoiceReply(
        value=stored_value,
        running=running,
        options=options,
        outdone=_outdone(source, running),
        pending=not source and stored_value != running,
        note=_note(assistant, name),
    )


def _outdone(source: str, running: str) -> str:
    if not source:
        return ""
    if source == "option":
        return t("“{value}” was said when EgoButler was started, which wins.", value=running)
    return t("“{value}” is set by {name}, which wins.", value=running, name=source)


def _note(assistant: Assistant, name: str) -> str:
    if name == "preset":
        return t("Running now: {name}.", name=assistant.brains.preset.name)
    if name == "embedder" and (larger := planned_embedder(assistant.brains.weights)):
        return t("This computer carries {name}: egobutler models fetch {name}", name=larger)
    return ""


@cache
def _zones() -> tuple[str, ...]:
    """Names that people use; those of old files and POSIX are left out."""
    regions = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe")
    names = available_timezones()
    zones = {name for name in names if name.startswith((*regions, "Indian", "Pacific"))}
    return tuple(sorted(zones | {"UTC"}))


def about_json(assistant: Assistant) -> AboutReply:
    """Version, licences of the weights, and what leaves this computer."""
    chosen = assistant.settings
    names = chosen.model_names
    leaves = list(where_they_go(names))
    return AboutReply(
        version=installed_version() or t("from its source"),
        leaves=leaves,
        licences=[
            LicenceReply(name=status.name, licence=status.licence, purpose=t(status.purpose))
            for status in assistant.brains.weights.list()
        ]
        + [
            LicenceReply(name=one.name, licence=one.licence, purpose=one.purpose)
            for one in map(named_json, named_models(chosen, assistant.brains.weights))
        ],
    )


def models_json(assistant: Assistant, fetch: FetchState) -> ModelsReply:
    """What runs, what is missing and how big it is, and how a download goes."""
    preset, store = assistant.brains.preset, assistant.brains.weights
    statuses = store.list()
    bundles = [status for status in statuses if status.name in preset.bundles]
    missing = [bundle for bundle in bundles if bundle.state != "present"]
    return ModelsReply(
        note=translate(assistant.preset_note),
        named=[named_json(model) for model in named_models(assistant.settings, store)],
        models=[bundle_json(bundle) for bundle in bundles],
        others=[bundle_json(status) for status in statuses if status not in bundles],
        missing=[bundle.name for bundle in missing],
        size=size_words(sum(bundle.size for bundle in missing)),
        fetch=fetch_json(fetch),
    )


def plan_json(assistant: Assistant, plan: ModelPlan) -> PlanReply:
    """The plan of this machine: its table in words."""
    settings = assistant.settings
    *_, sums = plan_rows(plan)
    catalogue, hub = assistant.brains.weights.catalogue, not plan.machine.hub_trouble
    parts = [
        PlanPartReply(
            title=t(title_of(part.role)),
            **dict(zip(("model", "download", "memory", "card", "time"), part_row(part)[1:])),
            adds=t(part.adds),
            source="" if part.here else sources(part, catalogue, hub=hub),
        )
        for part in plan.parts
    ]
    return PlanReply(
        machine=machine_words(plan.machine),
        tier=plan.tier.name,
        parts=parts,
        download=sums[2],
        memory=sums[3],
        card=sums[4],
        notes=list(plan.notes),
        accepted=all(part.here for part in plan.parts)
        and plan.is_chosen(stored(assistant.store.preferences)),
        running=plan.is_chosen({one.name: getattr(settings, one.name) for one in fields(settings)}),
    )


def fetch_json(state: FetchState) -> FetchReply:
    """A download in words."""
    share = 100 * state.done / state.total if state.total else 0.0
    return FetchReply(
        running=state.running,
        finished=state.finished,
        percent=round(min(100.0, share), 1),
        words=_fetch_words(state),
        trouble=_trouble_words(state.trouble),
        detail=_detail(state.trouble),
    )


def _fetch_words(state: FetchState) -> str:
    if state.running and not state.total:
        return t("starting …")
    if state.running:
        done, total = size_words(state.done), size_words(state.total)
        return t("{name}: {done} of {total}", name=state.name, done=done, total=total)
    return t("Everything is here.") if state.finished else ""


def _trouble_words(trouble: str) -> str:
    if not trouble:
        return ""
    if trouble == "stopped":
        return t("Stopped. What arrived is kept; fetching again goes on from there.")
    return t(
        "The models could not be fetched. If this computer is offline, connect it and try again; "
        "until then everything else works without them."
    )


def _detail(trouble: str) -> list[str]:
    return [] if trouble in ("", "stopped") else trouble.splitlines()[:12]
