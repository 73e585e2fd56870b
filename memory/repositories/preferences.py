"""The owner's preferences of a home: names with JSON values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from memory.db.database import HomeDatabase


@dataclass(eq=False)
class Preferences:
    """The choices of a home. What was never chosen has no entry."""

    _database: HomeDatabase

    def get(self, name: str, default: Any = None) -> Any:
        """What was chosen, or ``default``."""
        rows = self._database.rows("SELECT value FROM preference WHERE name = ?", [name])
        return json.loads(rows[0]["value"]) if rows else default

    def put(self, name: str, value: Any) -> None:
        """Keeps a choice; None takes it back. The value must be JSON."""
        with self._database.transaction() as db:
            db.conn.execute("DELETE FROM preference WHERE name = ?", [name])
            if value is not None:
                text = json.dumps(value, ensure_ascii=False)
                text = text.encode("utf-8", "backslashreplace").decode()  # names that are no UTF-8
                db.conn.execute("INSERT INTO preference VALUES (?, ?)", [name, text])

    def all(self) -> dict[str, Any]:
        """Every choice by its name."""
        rows = self._database.rows("SELECT name, value FROM preference ORDER BY name")
        return {row["name"]: json.loads(row["value"]) for row in rows}
