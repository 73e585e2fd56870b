"""The captions that a change of people may have made wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from memory import rows
from memory.database import HomeDatabase
from memory.types import Clip

_CAPTIONED = """
SELECT clip.*, memory.text AS text, ledger.version AS version
FROM clip JOIN memory ON memory.clip_id = clip.id
JOIN ledger ON ledger.clip_id = clip.id AND ledger.stage = 'caption'
WHERE memory.model = ? AND clip.id IN (SELECT value FROM json_each(?)) ORDER BY clip.start, clip.id
"""


@dataclass(frozen=True, slots=True)
class Captioned:
    """A clip, what is remembered of it, and the version of the stage that wrote it."""

    clip: Clip
    text: str
    version: str


def captioned(database: HomeDatabase, clip_ids: Iterable[str], model: str) -> list[Captioned]:
    """Those of the clips that ``model`` has captioned, in order of time."""
    found = database.rows(_CAPTIONED, [model, json.dumps(list(clip_ids))])
    return [Captioned(rows.to_clip(row), row["text"], row["version"]) for row in found]
