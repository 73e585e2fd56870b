"""Files of a home: thumbnails, uploads, proxies. A file is there whole or not at all."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("thumbnails", "uploads")  # those that every home has
COPIES = "originals"  # the folder of a home for copies of recordings


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture of a moment; ``path`` is relative to the home."""

    at: float
    path: str


@dataclass(frozen=True, slots=True)
class Storyboard:
    """Small pictures of a clip side by side in one file; ``path`` is relative to the home.

    ``times`` (seconds UTC, rising) are those of the tiles, from left to right and top to bottom,
    ``columns`` in a row; ``width`` and ``height`` are the pixels of one tile.
    """

    path: str
    times: tuple[float, ...]
    columns: int
    width: int
    height: int


@dataclass(frozen=True)
class MediaFolder:
    """Where a home keeps files beside its database."""

    home: Path

    @property
    def thumbnails(self) -> Path:
        """Pictures of moments, in a folder for each recording."""
        return self.home / "thumbnails"

    @property
    def uploads(self) -> Path:
        """Files that were sent to the app."""
        return self.home / "uploads"

    @property
    def proxies(self) -> Path:
        """Films for the browser; made when first needed, in a folder for each recording."""
        return self.home / "proxies"

    def thumbnail_path(self, recording_id: str, clip_id: str, number: int) -> str:
        """The home-relative path of a clip's thumbnail, the same at every run."""
        return f"thumbnails/{recording_id}/{clip_id}-{number}.jpg"

    def storyboard_path(self, recording_id: str, clip_id: str) -> str:
        """The home-relative path of a clip's storyboard, the same at every run."""
        return f"thumbnails/{recording_id}/{clip_id}-sheet.jpg"

    def write(self, relative: str, data: bytes) -> None:
        """Writes a file under the home so that no reader, even after a power cut, sees a part."""
        target = self.home / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")  # the one writer may overwrite it
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # else a row might outlive what it names
        os.replace(partial, target)

    def pictures_of(self, recording_id: str) -> Path | None:
        """The folder of a recording's thumbnails; None for an id that would lead elsewhere."""
        return self.thumbnails / recording_id if names_a_folder(recording_id) else None

    def films_of(self, recording_id: str) -> Path | None:
        """The folder of a recording's proxies; None for an id that would lead elsewhere."""
        return self.proxies / recording_id if names_a_folder(recording_id) else None

    def drop(self, recording_id: str, *, pictures: bool = True) -> None:
        """Removes the proxies of a recording, and its thumbnails too unless ``pictures`` stay."""
        for folder in (
            self.films_of(recording_id),
            self.pictures_of(recording_id) if pictures else None,
        ):
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)

    def resolve(self, relative: str) -> Path:
        """The absolute path of a home-relative one.

        Raises:
            ValueError: the path leads out of the home.
        """
        path = (self.home / relative).resolve()
        if not path.is_relative_to(self.home.resolve()):
            raise ValueError(f"{relative} is not inside the home")
        return path


def names_a_folder(recording_id: str) -> bool:
    """Whether a folder can be called by this id: one part of a path that leads nowhere else."""
    odd = any(sign in recording_id for sign in ("/", "\\", "\0"))
    return bool(recording_id) and not odd and recording_id not in (".", "..")
