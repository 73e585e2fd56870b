"""Write small JSON files whole or not at all, whoever else writes them at the same time."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any, indent: int | None = None) -> None:
    """Put a value into a file in place of what stood there; its folder is made where it lacks.

    Raises OSError; the old file then stands as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(value, stream, indent=indent)
    os.replace(partial, path)
