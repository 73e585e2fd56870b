"""Fetch a plan's models, file by file, and keep the plan as settings of a home."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

from app.core.settings import Settings
from app.models.plan.machine import this_machine
from app.models.plan.planner import ModelPlan, PlanPart, make_plan
from app.models.plan.tables import PlannedModel
from app.models.setting_choices import PREFERENCE, keep_all
from egogpt.embedders.image_registry import fetch_picture_embedder, picture_embedder_name
from egogpt.protocols.chat import ChatError
from egogpt.protocols.image_embedder import PictureModelError
from egogpt.protocols.model_names import GGUF, GGUF_VL, is_placed, kind_of, parse
from egogpt.registry import PLACED_EMBEDDER, embedder_name, fetch_embedder, load_chat
from egogpt.weights.errors import FetchFailed, WeightError
from egogpt.weights.fetcher import Progress
from egogpt.weights.hub_cache import READER, fetch, is_cache_empty, trouble
from egogpt.weights.store import WeightStore
from ingest.speech.model_files import SpeechModelMissing
from ingest.speech.registry import available, fetch_recogniser
from memory.repositories.preferences import Preferences

_log = logging.getLogger(__name__)
_WITHOUT_ATTENTION = (GGUF, GGUF_VL, READER)  # run in llama.cpp, which shows none, or see nothing
_FAILURES = (ChatError, PictureModelError, SpeechModelMissing, WeightError, OSError, ValueError)


def is_here(model: PlannedModel, weights: WeightStore) -> bool:
    """Whether a model of the hub lies on this machine, whole."""
    if is_cache_empty():  # which saves asking libraries that take seconds to import
        return False
    try:
        if is_placed(model.name):
            return trouble(model.name) is None
        if model.name.startswith(f"{PLACED_EMBEDDER}:"):
            return bool(embedder_name(model.name))
        if ":" in model.name:
            return bool(picture_embedder_name(model.name))
        return available(model.name, weights) is None
    except _FAILURES:
        return False


def fetch_plan(
    plan: ModelPlan,
    weights: WeightStore,
    progress: Progress,
    begin: Callable[[PlanPart], None] = lambda part: None,
) -> dict[str, str]:
    """Brings what is missing, and says by role why a model cannot be had.

    ``begin`` hears of each part. What was fetched before an interruption is not fetched again.
    """
    troubles = {}
    for part in plan.parts:
        if part.here:
            continue
        begin(part)
        try:
            _fetch(part, weights, progress)
        except _FAILURES as error:
            troubles[part.role] = str(error)
    return troubles


def fetch_placed(name: str, weights: WeightStore, progress: Progress) -> Path:
    """Brings a model that is named by its place, and measures the sinks of one that was missing.

    Returns where it lies. Raises ModelMissing or ModelDamaged where it cannot be had.
    """
    missing = trouble(name) is not None
    place = fetch(parse(name), progress)
    if missing and kind_of(name) not in _WITHOUT_ATTENTION:
        _note_sinks(name, weights)
    return place


def _note_sinks(name: str, weights: WeightStore) -> None:
    """Measures the sinks of a model that shows its attention, so that `?var=auto` can tell.

    A model that cannot be loaded now, as where a card is full, is measured by nobody: VAR is off
    then, and says so.
    """
    from egogpt.sinks.profile_file import save_profile
    from egogpt.vlm.base import VisionLanguageModel
    from egogpt.vlm.sink_study import measured_profile

    try:
        model = load_chat(name, weights)
        if isinstance(model, VisionLanguageModel):
            with closing(model):
                save_profile(measured_profile(model))
    except (*_FAILURES, RuntimeError) as error:
        _log.warning("the attention sinks of %s could not be measured: %s", name, error)


def _fetch(part: PlanPart, weights: WeightStore, progress: Progress) -> None:
    name = part.model.name if part.model else ""
    if part.bundles:
        weights.fetch(part.bundles, progress)
    elif is_placed(name):
        fetch_placed(part.setting, weights, progress)
    elif part.role == "speech":
        fetch_recogniser(name, weights, progress)
    elif part.role == "embedder":
        fetch_embedder(name, progress)
    else:
        fetch_picture_embedder(name, progress)


def plan_here(
    weights: WeightStore, preset: str | None = None, *, ask_hub: bool = True
) -> ModelPlan:
    """The plan of this machine, where what is here already need not be fetched."""
    machine = this_machine(weights, ask_hub=ask_hub, measure=ask_hub)
    return make_plan(machine, weights, partial(is_here, weights=weights), preset)


def accept_plan(
    plan: ModelPlan, weights: WeightStore, preferences: Preferences, progress: Progress
) -> None:
    """Fetches and keeps a plan. Raises FetchFailed with what could not be had; the rest is kept."""
    troubles = fetch_plan(plan, weights, progress)
    keep_plan(plan, preferences, troubles)
    if troubles:
        raise FetchFailed("\n".join(troubles.values()))


def proposal(settings: Settings, preferences: Preferences, weights: WeightStore) -> str:
    """A line for the first start, where more fits this machine than runs; else empty."""
    if preferences.get(PREFERENCE) or settings.preset or settings.captioner:
        return ""
    plan = plan_here(weights, ask_hub=False)
    captions = plan.part("captioner")
    if captions is None or captions.model is None:
        return ""
    return (
        f"This machine could see and answer better, with captions by {captions.model.label}: "
        "egobutler setup, or the page Settings, shows the plan. Nothing is fetched until you agree."
    )


def keep_plan(
    plan: ModelPlan, preferences: Preferences, troubles: Mapping[str, str]
) -> dict[str, str | None]:
    """Keeps and returns the plan's choices; those whose model could not be had stay as they were.

    So does, where the hub does not answer, what the plan has no model for.
    """
    failed = {part.setting for part in plan.parts if part.role in troubles}
    choices = {
        name: value
        for name, value in plan.settings.items()
        if not failed & {value, (value or "").partition(":")[2]}
        and (value or not plan.machine.hub_trouble)
    }
    keep_all(preferences, choices)
    return choices
