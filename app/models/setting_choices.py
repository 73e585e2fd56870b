"""Choices of the owner: checks of every setting, and those that are kept in the home.

What is said when the program is started, by an option or in the environment, wins over them. They
count from the next start on, because models are loaded once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from zoneinfo import available_timezones

from app.core.errors import Refusal
from app.core.settings import Settings
from app.models.image_embedder import check_pictures, pictures_trouble
from app.presentation.i18n import t
from egogpt.long_context.model_name import SEEING, parse_long_name
from egogpt.protocols.model_names import CHATS, FOLDERS, is_placed, kind_of
from egogpt.registry import PRESETS, check_captioner, check_models
from egogpt.remote.address import is_remote
from egogpt.weights.hub_cache import READER, trouble
from egogpt.weights.store import WeightStore
from egorag.long_context.reading import MODES, When
from egorag.retrieval.registry import DEFAULT, check_retriever
from ingest.speech.registry import (
    BUNDLED,
    check_language,
    check_recogniser,
    fetch_recogniser,
    recogniser_names,
)
from ingest.stages.pipeline import NO_SPEECH
from memory.repositories.preferences import Preferences
from memory.types.timezones import zone

PREFERENCE = "settings"
TIMEZONE = "timezone"
LONGEST = 500
NOTES = "notes"
_keeping = Lock()


def parse_reading(name: str | None) -> tuple[When | None, str]:
    """When a model reads long, None for never, and the model that was named, else "".

    Raises:
        ValueError: There is no such way of reading, or no such model.
    """
    how, _, place = (name or NOTES).partition(":")
    if how == NOTES and not place:
        return None, ""
    when = next((mode for mode in MODES if mode == how), None)
    if when is None:
        raise ValueError(
            f'there is no reading "{name}"; choose one of: {NOTES}, {", ".join(MODES)}, or '
            f"{MODES[0]}:NAME with a model on this disk"
        )
    if place:
        _check_reader(place)
    return when, place


def _check_reader(place: str) -> None:
    """Whether there can be such a model to read long with. Raises ValueError."""
    named = parse_long_name(place)
    if not named.is_somewhere:
        raise ValueError(
            f"reading {place}: that is neither a folder with a model, nor a .gguf file, nor a name "
            f"of the hub, nor one of {', '.join((*CHATS, *SEEING))}"
        )
    if why := trouble(named.model if named.is_placed else f"{READER}:{named.model}"):
        raise ValueError(why)


def check_settings(chosen: Settings) -> None:
    """Refuse names that nothing has.

    Raises:
        ValueError: there is no such preset, model, language, strategy or way of reading.
        SpeechModelMissing: there is no such speech recogniser.
        PluginError: the strategy is another distribution's and cannot be loaded.
    """
    check_language(chosen.language)
    check_pictures(chosen.pictures)
    check_retriever(chosen.retriever or DEFAULT)
    check_models(chosen.embedder, chosen.chat)
    check_captioner(chosen.captioner)
    check_models(None, chosen.summaries)
    check_models(None, chosen.look)
    parse_reading(chosen.reading)
    if chosen.speech not in (None, NO_SPEECH):
        check_recogniser(str(chosen.speech), WeightStore(chosen.weights))


def fetch_speech(name: str | None, weights: WeightStore) -> None:
    """Fetch a recogniser that is not bundled and not here. Raises SpeechModelMissing."""
    if name not in (None, NO_SPEECH, *BUNDLED):
        fetch_recogniser(str(name), weights)


class BadChoice(Refusal):
    """A value that a setting cannot have; the text says which it can."""


def _anywhere(value: str) -> str | None:
    """Nothing has to be here for it."""


@dataclass(frozen=True, slots=True)
class SettingOption:
    """A setting: the environment variable that wins over it, and what it may be.

    ``check`` raises ValueError for a name that nothing has; ``lacking`` says why what it names
    cannot be used now. A choice whose model is gone is still a choice: the built-in ones stand in,
    and the notes say so.
    """

    variable: str
    check: Callable[[str], None]
    lacking: Callable[[str], str | None] = _anywhere


def _preset(value: str) -> None:
    if value not in PRESETS:
        raise BadChoice(t("There is no preset “{name}”.", name=value))


def _speech(value: str) -> None:
    if value != NO_SPEECH and value not in recogniser_names():
        raise BadChoice(t("There is no speech recogniser “{name}”.", name=value))


def _here(value: str) -> None:
    if is_remote(value):
        raise BadChoice(
            t("A model on another machine is named when the program is started, not here.")
        )


def _captioner(value: str) -> None:
    check_captioner(value)
    _here(value)


def _chat(value: str) -> None:
    check_models(None, value)
    _here(value)


def _look(value: str) -> None:
    _chat(value)
    if kind_of(value) not in FOLDERS:
        raise BadChoice(t("{name} sees no pictures, so it cannot look again.", name=value))


def _embedder(value: str) -> None:
    check_models(value, None)


def _reading(value: str) -> None:
    parse_reading(value)


CHOICES: Mapping[str, SettingOption] = {
    "preset": SettingOption("EGOBUTLER_PRESET", _preset),
    "language": SettingOption("EGOBUTLER_LANGUAGE", check_language),
    "speech": SettingOption("EGOBUTLER_SPEECH", _speech),
    "captioner": SettingOption("EGOBUTLER_CAPTIONER", _captioner, trouble),
    "pictures": SettingOption("EGOBUTLER_PICTURES", check_pictures, pictures_trouble),
    "embedder": SettingOption("EGOBUTLER_EMBEDDER", _embedder),
    "chat": SettingOption("EGOBUTLER_CHAT", _chat, trouble),
    "look": SettingOption("EGOBUTLER_LOOK", _look, trouble),
    "retriever": SettingOption("EGOBUTLER_RETRIEVER", check_retriever),
    "reading": SettingOption("EGOBUTLER_READING", _reading),
}


def stored(preferences: Preferences) -> dict[str, str]:
    """The choices that are kept and may still be made."""
    choices = preferences.get(PREFERENCE, {})
    return {
        name: str(choices[name])
        for name in CHOICES
        if name in choices and _good(name, choices[name])
    }


def with_stored(settings: Settings, preferences: Preferences) -> Settings:
    """What was said at the start, filled up with what is kept."""
    choices = stored(preferences)
    missing = {name: choices[name] for name in choices if getattr(settings, name) is None}
    return replace(settings, **missing) if missing else settings  # type: ignore[arg-type]


def keep(preferences: Preferences, name: str, value: str | None) -> None:
    """Keeps a choice, or takes it back (None). Raises BadChoice with what is wrong with it."""
    if name == TIMEZONE:
        _keep_zone(preferences, value)
        return
    if name not in CHOICES:
        raise BadChoice(t("There is no setting “{name}”.", name=name))
    if value is not None:
        _require(name, value)
        if why := CHOICES[name].lacking(value):
            raise BadChoice(why)
    keep_all(preferences, {name: value})


def keep_all(preferences: Preferences, choices: Mapping[str, str | None]) -> None:
    """Keeps choices that are known to be good, and takes back those that are None."""
    with _keeping:  # the page may change two choices at once
        kept = {**preferences.get(PREFERENCE, {}), **choices}
        preferences.put(PREFERENCE, {k: v for k, v in kept.items() if v is not None} or None)


def names_folder(name: str, value: str) -> bool:
    """Whether a choice names a model in a folder, or on the hub, and not one of ours."""
    return name != TIMEZONE and (is_placed(value) or "/" in value)


def said_by(settings: Settings, name: str) -> str:
    """What outdoes a kept choice: the environment variable's name, "option", or nothing."""
    value = getattr(settings, name)
    if value is None:
        return ""
    variable = CHOICES[name].variable
    return variable if os.environ.get(variable) == value else "option"


def _require(name: str, value: str) -> None:
    if len(value) > LONGEST or not value.isprintable():
        raise BadChoice(t("That value is too long, or holds signs that cannot be read."))
    try:
        CHOICES[name].check(value)
    except BadChoice:
        raise
    except (ValueError, OSError) as error:
        raise BadChoice(str(error)) from error


def _good(name: str, value: object) -> bool:
    try:
        _require(name, str(value))
    except BadChoice:  # a model that is gone must not keep the app from starting
        return False
    return True


def _keep_zone(preferences: Preferences, value: str | None) -> None:
    if value is not None:
        value = _zone_of_city(value)
        try:
            zone(value)
        except ValueError as error:
            raise BadChoice(str(error)) from error
    preferences.put(TIMEZONE, value)


def _zone_of_city(text: str) -> str:
    """The zone that is named by its city alone ("berlin"), where there is one; else the text."""
    city = f"/{text.strip().replace(' ', '_')}".casefold()
    zones = [name for name in available_timezones() if f"/{name}".casefold().endswith(city)]
    return zones[0] if len(zones) == 1 else text
