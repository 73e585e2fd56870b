"""Load weights that lie beside the code, once they are known to be those of this version."""

from __future__ import annotations

import hashlib
from importlib.resources import files


class WeightsChanged(Exception):
    """The packaged weights are not those that this version was published with."""


def packaged(name: str, sha256: str) -> bytes:
    """The bytes of a file of this package. Raises WeightsChanged."""
    data = files("egorag.answerability").joinpath(name).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise WeightsChanged(f"{name} is damaged: install EgoButler again")
    return data
