"""Errors of models that are named by their place; each text says what to do."""

from __future__ import annotations

from egogpt.protocols.chat import ChatError


class ModelMissing(ChatError):
    """A model, or a file that it needs, is not on this computer."""


class ModelDamaged(ChatError):
    """A file of the model is there but cannot be read as what it should be."""


class NotThatModel(ChatError):
    """The files are whole, but they are of another model than their name or config.json says."""


class CannotRun(ChatError):
    """The model cannot run on this machine as it was chosen; the text says what would."""


def listed(names: list[str], most: int = 4) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def short(error: BaseException, most: int = 300) -> str:
    """The first line of what a library says, or what kind of error it is."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:most]
