"""The captions that a change of people may have made wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from memory.db import row_mapping as rows
from memory.db.database import HomeDatabase
from memory.types.core import Clip

_CAPTIONED = """
SELECT clip.*, memory.text AS text, memory.model AS model, ledger.version AS version
FROM clip JOIN memory ON memory.clip_id = clip.id
JOIN ledger ON ledger.clip_id = clip.id AND ledger.stage = 'caption'
WHERE clip.id IN (SELECT value FROM json_each(?)) ORDER BY clip.start, clip.id
"""


@dataclass(frozen=True, slots=True)
class Captioned:
    """A clip, what is remembered of it, by whom, and the version of the stage that wrote it."""

    clip: Clip
    text: str
    version: str
    model: str


def captioned(database: HomeDatabase, clip_ids: Iterable[str]) -> list[Captioned]:
    """Those of the clips that are captioned, in order of time."""
    records = database.rows(_CAPTIONED, [json.dumps(list(clip_ids))])
    return [
        Captioned(rows.to_clip(row), row["text"], row["version"], row["model"]) for row in records
    ]
