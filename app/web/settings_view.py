"""The Settings page in words: what may be chosen, what runs, what is missing, what leaves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from babel import Locale

from app.core.version import installed_version
from app.models.chat_models import where_they_go
from app.models.download import FetchState
from app.models.stored_settings import CHOICES, TIMEZONE, said_by, stored
from app.presentation.i18n import language, t, translate
from app.presentation.rendering import Json
from egogpt.presets import PRESETS, Preset
from egogpt.registry import COMPOSED
from egogpt.weights.store import BundleStatus, WeightStore
from ingest.speech.registry import BUNDLED, available, recogniser_names
from ingest.stages.stage_plan import NO_SPEECH
from ingest.timestamps.timezones import local_zone
from memory.db.disk_space import size_words
from memory.types.paths import shown

if TYPE_CHECKING:
    from app.assistant import Assistant

Options = list[dict[str, str]]


def settings_json(assistant: Assistant) -> Json:
    """Everything but the models, which change while the page is open."""
    return {
        "choices": {name: _choice(assistant, name) for name in CHOICES},
        "timezone": {
            "chosen": assistant.store.preferences.get(TIMEZONE) or "",
            "shown": assistant.timezone,
            "machine": local_zone(),
            "zones": _zones(),
        },
        "home": shown(str(assistant.home)),
        "about": about_json(assistant),
    }


def _choice(assistant: Assistant, name: str) -> Json:
    """A setting: what is kept, what runs, and what outdoes it."""
    kept = stored(assistant.store.preferences).get(name, "")
    running = getattr(assistant.settings, name) or ""
    said = said_by(assistant.given, name)
    options = _options(name, assistant.brains.weights)
    for value in (kept, running):
        if value and value not in [one["value"] for one in options]:
            options.append({"value": value, "words": value})
    return {
        "value": kept,
        "running": running,
        "options": options,
        "outdone": _outdone(said, running),
        "pending": not said and kept != running,
        "note": _note(assistant, name),
    }


def _outdone(said: str, running: str) -> str:
    if not said:
        return ""
    if said == "option":
        return t("“{value}” was said when EgoButler was started, which wins.", value=running)
    return t("“{value}” is set by {name}, which wins.", value=running, name=said)


def _note(assistant: Assistant, name: str) -> str:
    if name != "preset":
        return ""
    preset = assistant.brains.preset
    return t("Running now: {name}.", name=preset.name)


def _options(name: str, weights: WeightStore) -> Options:
    automatic = {"value": "", "words": t("Automatic: what fits this computer")}
    if name == "preset":
        return [automatic, *(_preset(preset, weights) for preset in PRESETS.values())]
    if name == "language":
        detected = {"value": "", "words": t("Detected in each recording")}
        return [detected, *_languages(language())]
    if name == "speech":
        preset = {"value": "", "words": t("The one that the models above bring")}
        none = {"value": NO_SPEECH, "words": t("None: speech is not written down")}
        return [preset, none, *(_speech(one, weights) for one in recogniser_names())]
    if name == "reading":
        return [
            {"value": "", "words": t("The best moments (usual)")},
            {"value": "auto", "words": t("Whole hours and days, where a question is about them")},
            {"value": "long", "words": t("Whole hours and days, wherever a time is named (slow)")},
        ]
    return [
        {"value": "", "words": t("Composed from what is seen and heard (usual)")},
        {"value": COMPOSED, "words": COMPOSED},
    ]


def _preset(preset: Preset, weights: WeightStore) -> dict[str, str]:
    bundles = [weights.catalogue.bundle(name) for name in preset.bundles]
    size = size_words(sum(bundle.size for bundle in bundles))
    words = {
        "small": t("Small: short excerpts as answers ({size})", size=size),
        "standard": t("Standard: answers in sentences ({size})", size=size),
        "large": t("Large: better sentences, needs 12 GB of memory ({size})", size=size),
    }
    return {"value": preset.name, "words": words.get(preset.name, preset.name)}


def _speech(name: str, weights: WeightStore) -> dict[str, str]:
    here = available(name, weights) is None
    if here:
        return {"value": name, "words": name}
    if name in BUNDLED:
        return {"value": name, "words": t("{name} (not here yet)", name=name)}
    return {"value": name, "words": t("{name} (fetched at the next start)", name=name)}


@cache
def _languages(spoken: str) -> tuple[dict[str, str], ...]:
    """What can be recognised, by name in the person's language."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    names = Locale(spoken).languages
    found = [{"value": code, "words": names.get(code, code)} for code in _LANGUAGE_CODES]
    return tuple(sorted(found, key=lambda one: one["words"]))


@cache
def _zones() -> tuple[str, ...]:
    """Names that people use; those of old files and POSIX are left out."""
    regions = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe")
    found = available_timezones()
    kept = {one for one in found if one.startswith((*regions, "Indian", "Pacific"))}
    return tuple(sorted(kept | {"UTC"}))


def about_json(assistant: Assistant) -> Json:
    """Version, licences of the weights, and what leaves this computer."""
    chosen = assistant.settings
    names = (chosen.captioner, chosen.chat, chosen.summaries, chosen.look)
    leaves = list(where_they_go(names))
    return {
        "version": installed_version() or t("from its source"),
        "leaves": leaves,
        "licences": [
            {"name": one.name, "licence": one.licence, "purpose": one.purpose}
            for one in assistant.brains.weights.list()
        ],
    }


def models_json(assistant: Assistant, fetch: FetchState) -> Json:
    """What runs, what is missing and how big it is, and how a download goes."""
    preset, statuses = assistant.brains.preset, assistant.brains.weights.list()
    wanted = [one for one in statuses if one.name in preset.bundles]
    missing = [one for one in wanted if one.state != "present"]
    return {
        "note": translate(assistant.preset_note),
        "models": [_model(one) for one in wanted],
        "others": [_model(one) for one in statuses if one not in wanted],
        "missing": [one.name for one in missing],
        "size": size_words(sum(one.size for one in missing)),
        "fetch": fetch_json(fetch),
    }


def _model(one: BundleStatus) -> Json:
    words = {
        "present": t("here"),
        "missing": t("not here"),
        "partial": t("half fetched"),
        "corrupt": t("damaged"),
    }
    return {
        "name": one.name,
        "purpose": one.purpose,
        "licence": one.licence,
        "size": size_words(one.size),
        "state": one.state,
        "words": words[one.state],
    }


def fetch_json(state: FetchState) -> Json:
    """A download in words."""
    share = 100 * state.done / state.total if state.total else 0.0
    return {
        "running": state.running,
        "finished": state.finished,
        "percent": round(min(100.0, share), 1),
        "words": _fetch_words(state),
        "trouble": _trouble_words(state.trouble),
        "detail": _detail(state.trouble),
    }


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


def _detail(trouble: str) -> Sequence[str]:
    return [] if trouble in ("", "stopped") else trouble.splitlines()[:12]
