"""Replies about settings, models and the language of the pages."""

from __future__ import annotations

from pydantic import Field

from app.api_models.base import Reply


class OptionReply(Reply):
    """A value that may be chosen, and what it means."""

    value: str
    words: str


class ChoiceReply(Reply):
    """A setting: what is kept, what runs, and what outdoes it."""

    value: str
    running: str
    options: list[OptionReply]
    outdone: str
    pending: bool = Field(description="it takes effect at the next start")
    note: str


class TimezoneReply(Reply):
    """The time zone that is chosen, shown and the computer's, and all that there are."""

    chosen: str
    shown: str
    machine: str
    zones: list[str]


class LicenceReply(Reply):
    """A model, its licence and what it is for."""

    name: str
    licence: str
    purpose: str


class AboutReply(Reply):
    """Version, licences of the models, and what leaves this computer."""

    version: str
    leaves: list[str]
    licences: list[LicenceReply]


class SettingsReply(Reply):
    """Everything that may be chosen."""

    choices: dict[str, ChoiceReply]
    timezone: TimezoneReply
    home: str
    about: AboutReply


class ModelReply(LicenceReply):
    """A model and whether it is here."""

    size: str
    state: str
    words: str
    place: str = Field(default="", description="where one that was chosen by its name lies")


class FetchReply(Reply):
    """How a download of models goes."""

    running: bool
    finished: bool
    percent: float
    words: str
    trouble: str
    detail: list[str]


class ModelsReply(Reply):
    """Models in use, others, what is missing, and how a download goes."""

    note: str
    named: list[ModelReply] = Field(description="chosen by their names")
    models: list[ModelReply]
    others: list[ModelReply]
    missing: list[str]
    size: str
    fetch: FetchReply


class PlanPartReply(Reply):
    """A model of a plan: what it is for, what it takes, and what it adds."""

    title: str
    model: str
    download: str
    memory: str
    card: str
    time: str
    adds: str
    source: str


class PlanReply(Reply):
    """The models that fit this machine together, with their sums."""

    machine: str
    tier: str
    parts: list[PlanPartReply]
    download: str
    memory: str
    card: str
    notes: list[str]
    accepted: bool = Field(description="all of it is here and kept in the settings")
    running: bool = Field(description="its models are those that run now")


class PhrasesReply(Reply):
    """The language of whoever asks and its phrases."""

    language: str
    languages: dict[str, str]
    phrases: dict[str, str]
