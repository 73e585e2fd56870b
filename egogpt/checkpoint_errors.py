"""What can go wrong with a checkpoint's files; each text says which file and what to do."""

from __future__ import annotations

from egogpt.weight_errors import WeightCorrupt, WeightError, WeightMissing


class CheckpointMissing(WeightMissing):
    """The folder of a checkpoint, or a file that it needs, is not on this computer."""


class CheckpointDamaged(WeightCorrupt):
    """A file of the checkpoint is there but cannot be read as what it should be."""


class CheckpointMismatch(WeightError):
    """The files are whole, but they are not the weights of the model that ``config.json`` tells."""


def listed(names: list[str], most: int = 4) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
