"""Prints what a script has fitted, and writes it to the file that the product reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any


def report_fit(values: Mapping[str, Any], about: Mapping[str, object], file: Path | None) -> None:
    """The fitted ``values`` and, with today's date, what is to be known ``about`` them.

    Written to ``file``, where one is given.
    """
    report = {**values, "fitted": {**about, "date": date.today().isoformat()}}
    if file is not None:
        file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report))
