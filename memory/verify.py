"""Checks a home: a sound database, no row that points at a missing file, no file without a row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from memory.store import Store


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. ``sound`` is whether nothing needs repair."""

    integrity: str
    missing_thumbnails: tuple[str, ...]
    stray_thumbnails: tuple[str, ...]
    missing_recordings: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether the store is whole. Originals that were moved away do not count against it."""
        return self.integrity == "ok" and not self.missing_thumbnails


def verify(store: Store) -> Verdict:
    """Looks at every row that names a file, and every file of the home."""
    rows = {row["path"] for row in store.database.rows("SELECT path FROM thumbnail")}
    files = {str(path.relative_to(store.home)) for path in store.media.thumbnails.rglob("*.jpg")}
    gone = (r.path for r in store.recordings() if not Path(r.path).exists())
    return Verdict(
        store.database.integrity(),
        tuple(sorted(rows - files)),
        tuple(sorted(files - rows)),
        tuple(sorted(gone)),
    )
