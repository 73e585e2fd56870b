"""Rows of the database as lines of JSON that anybody can read, and back without a loss.

A row is one object by column name. Times are seconds since 1970-01-01 UTC. What the database keeps
as JSON is written as JSON; bytes are ``{"base64": …}``. A line that does not fit its table is
refused with its number and what is wrong.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from memory.types.messages import as_object, from_object

FORMAT = 1
# Columns whose text is JSON.
_JSON = frozenset(
    {
        ("utterance", "words"),
        ("sighting", "box"),
        ("print", "box"),
        ("memory", "source_ids"),
        ("summary_sentence", "source_ids"),
        ("storyboard", "offsets"),
    }
)
_MESSAGES = frozenset({("recording", "note")})  # text, or an object: its English, key, parameters
_BYTES = frozenset({("recording", "path")})  # text, but where a name is no UTF-8
_LARGEST = 2**63


class BadRow(ValueError):
    """A line is not a row of its table."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type in SQL, and whether its value may be empty or left out."""

    name: str
    kind: str
    nullable: bool
    optional: bool


def columns(connection: sqlite3.Connection, table: str) -> tuple[Column, ...]:
    """The columns of a table, in order."""
    rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return tuple(
        Column(name, kind, not (needed or key), default is not None or not (needed or key))
        for _, name, kind, needed, default, key in rows
    )


def lines(
    connection: sqlite3.Connection, table: str, extra: Mapping[str, Mapping[str, Any]]
) -> Iterator[bytes]:
    """Every row of a table as a line. ``extra`` adds keys to rows by their id."""
    names = [column.name for column in columns(connection, table)]
    for row in connection.execute(f"SELECT * FROM {table}"):
        content = {name: _told(table, name, value) for name, value in zip(names, row)}
        content |= extra.get(str(content.get("id")), {})
        yield json.dumps(content, ensure_ascii=False).encode() + b"\n"


def plain(value: Any) -> Any:
    """A value of the database as JSON has it."""
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _told(table: str, name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return plain(value)
    if isinstance(value, str) and (table, name) in _JSON:
        try:
            read = json.loads(value)
        except ValueError:
            return value
        # Read back, a list becomes text again as Python writes it; else the text goes as it is.
        return read if isinstance(read, list) and json.dumps(read) == value else value
    if isinstance(value, str) and (table, name) in _MESSAGES:
        return as_object(value)
    return value


def row_of(line: bytes, table: str, of: tuple[Column, ...]) -> tuple[dict[str, Any], str | None]:
    """The values of a line by column, and the name of the file that goes with it.

    Raises:
        BadRow: it is no JSON, or has other keys or types than the table.
    """
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRow("it is not whole JSON") from error
    if not isinstance(content, dict):
        raise BadRow("it is no object")
    file = content.pop("file", None) if table == "recording" else None
    if file is not None and not isinstance(file, str):
        raise BadRow("'file' is no name")
    if odd := set(content) - {column.name for column in of}:
        raise BadRow(f"it has unknown fields: {', '.join(sorted(odd))[:200]}")
    return {
        column.name: _value(column, table, content) for column in of if _given(column, content)
    }, file


def _given(column: Column, content: Mapping[str, Any]) -> bool:
    if column.name in content:
        return True
    if not column.optional:
        raise BadRow(f"it lacks {column.name!r}")
    return False


def _value(column: Column, table: str, content: Mapping[str, Any]) -> Any:
    value = content[column.name]
    if value is None:
        if not column.nullable:
            raise BadRow(f"{column.name!r} is empty")
        return None
    if column.kind == "BLOB":
        return _bytes(column.name, value)
    if column.kind == "TEXT":
        if isinstance(value, list) and (table, column.name) in _JSON:
            return json.dumps(value)
        if isinstance(value, dict) and (table, column.name) in _MESSAGES:
            value = from_object(value)
        if isinstance(value, str):
            return _text(column.name, value)
        if (table, column.name) in _BYTES:
            return _bytes(column.name, value)
    elif _is_number(column.kind, value):
        return value
    raise BadRow(f"{column.name!r} is no {column.kind}")


def _is_number(kind: str, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if isinstance(value, int):
        return -_LARGEST <= value < _LARGEST
    return kind == "REAL" and math.isfinite(value)


def _text(name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadRow(f"{name!r} holds half a letter") from error
    if "\0" in value:
        raise BadRow(f"{name!r} holds a NUL")
    return value


def _bytes(name: str, value: Any) -> bytes:
    if (
        not isinstance(value, dict)
        or set(value) != {"base64"}
        or not isinstance(value["base64"], str)
    ):
        raise BadRow(f"{name!r} is no base64")
    try:
        return base64.b64decode(value["base64"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRow(f"{name!r} is no base64") from error
