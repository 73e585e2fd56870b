"""Texts of an export's README on each file and field, from the table beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

_DOCS = tomllib.loads(files("app.backup").joinpath("field_docs.toml").read_text("utf-8"))
TABLES: Mapping[str, str] = _DOCS["tables"]


def meaning(table: str, name: str) -> str:
    """What a field holds; empty where nothing is said of it."""
    fields: Mapping[str, str] = _DOCS["fields"]
    return fields.get(f"{table}.{name}", fields.get(name, ""))
