"""The sink profile of a model on the disk: `egobutler sinks` writes it, `?var=auto` reads it.

It lies in the user's cache folder by the model's fingerprint, so that any process finds it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from egogpt.sinks.sinks import SinkProfile
from egogpt.weights.json_files import write_json


class ProfileDamaged(ValueError):
    """A file that is no profile; the text says which, and what to do."""


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """What was measured of a model.

    Attributes:
        model: Its fingerprint.
        profile: How its sinks are told.
        can_help: Whether VAR can do anything on it.
        why: And why.
        heads: Image-centric heads by layer; None where no pictures were shown, so that heads are
            judged for each row alone.
    """

    model: str
    profile: SinkProfile
    can_help: bool
    why: str
    heads: Mapping[int, tuple[int, ...]] | None = field(default=None)


def profile_path(model: str) -> Path:
    """Where the profile of a model with this fingerprint lies."""
    from platformdirs import user_cache_path

    return user_cache_path("egobutler") / "sinks" / f"{model}.json"


def save_profile(stored: StoredProfile) -> Path:
    """Write a profile, whole or not at all; returns where."""
    path = profile_path(stored.model)
    write_json(path, asdict(stored))
    return path


def load_profile(model: str) -> StoredProfile | None:
    """The profile of a model with this fingerprint; None where none was written.

    Raises:
        ProfileDamaged: The file is none.
    """
    path = profile_path(model)
    try:
        read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        told = read["profile"]
        dimensions = tuple(int(number) for number in told["dimensions"])
        heads = read["heads"]
        return StoredProfile(
            str(read["model"]),
            SinkProfile(dimensions, float(told["threshold"]), str(told["source"])),
            bool(read["can_help"]),
            str(read["why"]),
            None if heads is None
            else {int(layer): tuple(map(int, each)) for layer, each in heads.items()},
        )  # fmt: skip
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProfileDamaged(
            f"{path} is no profile of sinks ({error}); make it again with: egobutler sinks MODEL"
        ) from error
