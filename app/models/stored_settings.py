"""Choices of the owner that are kept in the home: what the settings page may set, and how far.

What is said when the program is started, by an option or in the environment, wins over them. They
count from the next start on, because models are loaded once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from app.core.settings import Settings
from app.models.long_reading import parse_reading
from app.presentation.i18n import t
from egogpt.presets import PRESETS
from egogpt.protocols.model_names import is_placed
from egogpt.registry import COMPOSED, check_captioner
from egogpt.remote.address import is_remote
from egogpt.weights.hub_cache import trouble
from ingest.speech.registry import check_language, recogniser_names
from ingest.stages.pipeline import NO_SPEECH
from memory.repositories.preferences import Preferences
from memory.types.timezones import zone

PREFERENCE = "settings"
TIMEZONE = "timezone"
LONGEST = 500


class BadChoice(ValueError):
    """A value that a setting cannot have; the text says which it can."""


@dataclass(frozen=True, slots=True)
class SettingOption:
    """A setting: the environment variable that wins over it, and what it may be."""

    variable: str
    check: Callable[[str], None]


def _preset(value: str) -> None:
    if value not in PRESETS:
        raise BadChoice(t("There is no preset “{name}”.", name=value))


def _speech(value: str) -> None:
    if value != NO_SPEECH and value not in recogniser_names():
        raise BadChoice(t("There is no speech recogniser “{name}”.", name=value))


def _captioner(value: str) -> None:
    check_captioner(value)
    if is_remote(value):
        raise BadChoice(
            t("A model on another machine is named when the program is started, not here.")
        )
    if value != COMPOSED and is_placed(value) and (why := trouble(value)):
        raise BadChoice(why)


def _reading(value: str) -> None:
    parse_reading(value)


CHOICES: Mapping[str, SettingOption] = {
    "preset": SettingOption("EGOBUTLER_PRESET", _preset),
    "language": SettingOption("EGOBUTLER_LANGUAGE", check_language),
    "speech": SettingOption("EGOBUTLER_SPEECH", _speech),
    "captioner": SettingOption("EGOBUTLER_CAPTIONER", _captioner),
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
    choices = {k: v for k, v in preferences.get(PREFERENCE, {}).items() if k != name}
    if value is not None:
        _require(name, value)
        choices[name] = value
    preferences.put(PREFERENCE, choices or None)


def names_folder(value: str) -> bool:
    """Whether a choice names a model in a folder, or on another computer, and not of ours."""
    return is_placed(value)


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
        try:
            zone(value)
        except ValueError as error:
            raise BadChoice(str(error)) from error
    preferences.put(TIMEZONE, value)
