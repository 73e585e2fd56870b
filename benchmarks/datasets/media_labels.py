"""Labels of what pictures and half-minutes of video show, for precision and recall."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

MEDIA_LABELS = Path(__file__).with_suffix(".toml")


class Shown(NamedTuple):
    """A picture (no ``start``), or the clip of a video that begins at second ``start``."""

    file: str
    start: float | None = None


@dataclass(frozen=True, slots=True)
class Labels:
    """What is there: ``things`` by their accepted names, the best first; see the file's head."""

    main: tuple[str, ...]
    things: tuple[tuple[str, ...], ...]
    people: tuple[int, int]
    rooms: tuple[str, ...]
    colours: tuple[tuple[str, ...], ...]
    unsure: frozenset[str]
    text: tuple[str, ...]
    watermark: tuple[str, ...]


def read_labels(path: Path) -> dict[Shown, Labels]:
    """The labels of every picture and clip; ValueError names the entry that is not one."""
    labels: dict[Shown, Labels] = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["labels"]:
        files, start = entry.get("files", ["?"]), entry.get("start")
        try:
            read = _entry(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path.name}: {files[0]}, start {start}: {error!r}") from error
        labels |= {Shown(file, None if start is None else float(start)): read for file in files}
    return labels


def _entry(entry: dict[str, Any]) -> Labels:
    least, most = entry["people"]
    return Labels(
        main=tuple(entry["main"]),
        things=tuple(map(tuple, entry["things"])),
        people=(least, most),
        rooms=tuple(entry["rooms"]),
        colours=tuple(map(tuple, entry["colours"])),
        unsure=frozenset(entry["unsure"]),
        text=tuple(entry["text"]),
        watermark=tuple(entry["watermark"]),
    )
