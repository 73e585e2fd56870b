"""From a path that a person names to a recording in the store: known, new, or a clear refusal."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ingest.clock import recorded_at
from ingest.cutting import cut
from ingest.errors import UnreadableMedia
from ingest.probe import Probe, probe, sha256_of
from memory.store import Store
from memory.types import Recording, RecordingState, Span

MEDIA_SUFFIXES = frozenset(
    ".mp4 .mov .m4v .mkv .webm .avi .mts .m2ts .3gp .mpg .mpeg .ts "
    ".m4a .mp3 .wav .flac .ogg .opus .aac .wma".split()
)


@dataclass(frozen=True, slots=True)
class Intake:
    """A file and its recording. ``probe`` is None where the store knew the content before."""

    path: Path
    recording: Recording
    probe: Probe | None

    def probed(self) -> Probe:
        """What the file holds, found out now if it was not needed before."""
        return self.probe if self.probe is not None else probe(self.path)


def media_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files to ingest: files as they are named, folders by the media found in them."""
    for path in paths:
        if not os.path.isdir(path):  # Path.is_dir() raises for a name that is too long
            yield path
            continue
        found = sorted(
            inner
            for inner in path.rglob("*")
            if inner.suffix.lower() in MEDIA_SUFFIXES and not inner.name.startswith(".")
        )
        # An empty folder is handed on, so that it gets its own line in the report.
        yield from found or [path]


def recording_id(path: Path, sha256: str) -> str:
    """A readable id: the file's name when first seen, then the beginning of its SHA-256."""
    stem = re.sub(r"[^A-Za-z0-9]+", "_", path.stem).strip("_")[:48] or "recording"
    return f"{stem}-{sha256[:10]}"


def take_in(
    store: Store, path: Path, *, start: datetime | None = None, timezone: str | None = None
) -> Intake:
    """Probes a file and records it with its clips, unless its content is known already.

    A known recording that is given another ``start`` is filed anew, at that time.

    Raises:
        UnreadableMedia: the file cannot be read; the text names it and says what to do.
    """
    if os.path.isdir(path):
        raise UnreadableMedia(path, "the folder holds no video or sound files", "name another one")
    if not os.path.isfile(path):
        probe(path)  # raises what is the matter
    digest = sha256_of(path)
    known = _known(store, path, digest)
    if known is not None and start is not None and abs(known.start - start.timestamp()) > 0.5:
        store.delete_recording(known.id)  # the person knows better: file it anew
        known = None
    if known is not None:
        return Intake(path, known, None)
    found = probe(path)
    clock = recorded_at(found, start=start, timezone=timezone)
    recording = Recording(
        id=recording_id(path, digest),
        sha256=digest,
        path=str(path.resolve()),
        start=clock.start,
        timezone=clock.timezone,
        duration=found.duration,
        time_source=clock.source,
        device=found.device,
        has_video=found.has_video,
        has_audio=found.has_audio,
        state=RecordingState.PENDING,
        note=found.note,
    )
    span = Span(clock.start, clock.start + found.duration)
    store.add_recording(recording, cut(recording.id, span, clock.timezone))
    return Intake(path, recording, found)


def _known(store: Store, path: Path, digest: str) -> Recording | None:
    recording = store.recording_by_sha256(digest)
    if recording is not None and not Path(recording.path).exists():
        # The same content under another name is the same recording: follow the file.
        recording = replace(recording, path=str(path.resolve()))
        store.update_recording(recording)
    return recording
