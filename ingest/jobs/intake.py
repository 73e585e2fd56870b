"""From a path that a person names to a recording in the store: known, new, or a clear refusal."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.discovery.photo_exports import sidecar_time
from ingest.errors import UnreadableMedia, WasForgotten, printable, unreadable
from ingest.probe.probe import probe
from ingest.probe.probe_types import Probe
from ingest.timestamps.file_name_dates import day_in_name, device_key, time_in_name
from ingest.timestamps.placement import cut, join_takes, move
from ingest.timestamps.recording_time import OWN_CLOCK, RecordingStart, recorded_at
from ingest.timestamps.redating import redate
from ingest.timestamps.time_metadata import with_satellite_time
from ingest.timestamps.timezones import zone_of
from memory.deletion.files import digest as digest_of
from memory.deletion.files import inside
from memory.store.store import Store
from memory.types.core import Recording, RecordingState, TimeSource
from memory.types.messages import UserMessage, os_reason
from memory.types.paths import sha256_of

if TYPE_CHECKING:
    from ingest.decode.decoder import MediaDecoder

_SETTLED_BY = (TimeSource.USER, TimeSource.SIDECAR, TimeSource.TAKE)  # no sidecar betters these


@dataclass(frozen=True, slots=True)
class Intake:
    """A file and its recording. ``probe`` is None where the store knew the content before.

    ``note`` is for the person: doubts about when it was recorded, that its content is known under
    another name, or that it was re-dated.
    """

    path: Path
    recording: Recording
    probe: Probe | None
    note: str = ""

    def probed(self, decoder: MediaDecoder | None = None) -> Probe:
        """What the file holds, found out now if it was not needed before."""
        if self.probe is not None:
            return self.probe
        return probe(self.path) if decoder is None else decoder.probe(self.path)


@dataclass(frozen=True, slots=True)
class _Word:
    """What the person said of the time, and the file that a sidecar may lie beside."""

    start: datetime | None
    timezone: str | None
    day_one: date | None
    beside: Path
    arrived: float | None = None  # seconds UTC

    def dates(self, known: Recording) -> bool:
        """Whether it may change when a known recording was made, or where."""
        elsewhere = self.timezone is not None and self.timezone != known.timezone
        counted = self.day_one is not None and day_in_name(Path(known.path).stem) is not None
        return elsewhere or counted


def recording_id(path: Path, sha256: str) -> str:
    """A readable id: the file's name when first seen, then the beginning of its SHA-256."""
    stem = re.sub(r"[^A-Za-z0-9]+", "_", path.stem).strip("_")[:48] or "recording"
    return f"{stem}-{sha256[:10]}"


def take_in(
    store: Store,
    path: Path,
    *,
    start: datetime | None = None,
    timezone: str | None = None,
    day_one: date | None = None,
    digest: str | None = None,
    decoder: MediaDecoder | None = None,
    origin: Path | None = None,
    arrived: float | None = None,
) -> Intake:
    """Probes a file and records it with its clips, unless its content is known already.

    A known recording is re-dated where the person says another time (or a sidecar has come), with
    all that was made from it. A correction of the device's clock is applied, and parts of a take
    are joined; see ``ingest.timestamps.redating`` and ``ingest.timestamps.placement``.

    Args:
        store: where to record it.
        path: the file.
        start: when it began, by the person's word; naive means local time in ``timezone``.
        timezone: where it was recorded.
        day_one: the date of DAY1 in EgoLife's file names.
        digest: the SHA-256 of the file in hex, where it was computed before.
        decoder: probes the file; by default this process does.
        origin: where the file was copied from: sidecars lie beside that one.
        arrived: when it was added (s UTC; default: now), for want of any date that can be right.

    Raises:
        UnreadableMedia: the file cannot be read; the text names it and says what to do.
        WasForgotten: the owner has had it forgotten, whole or in part.
        UnknownTimezone: ``timezone`` names no zone.
        ImpossibleTime: a known recording would begin in the future.
    """
    if os.path.isdir(path):
        raise unreadable(path, "ingest.folder-without-media", "ingest.name-another")
    word = _Word(start, timezone, day_one, origin or path, arrived)
    digest = digest or _digest(path)
    known = store.recordings.by_sha256(digest)
    if known is not None:
        return _meet_again(store, path, known, word, decoder)
    if store.forgotten.holds(digest):
        raise WasForgotten(path)
    probed = probe(path) if decoder is None else decoder.probe(path)
    if start is None:  # else neither telemetry nor what lies beside it is worth a look
        probed = with_satellite_time(probed)
    clock = _clock(probed, word)
    recording = _recording(store, probed, digest, clock)
    with store.writing():
        known = store.recordings.by_sha256(digest)  # another process may have been faster
        if known is None:
            if store.forgotten.holds(digest):  # since it was looked at
                raise WasForgotten(path)
            store.recordings.add(recording, cut(recording.id, recording.span, recording.timezone))
            join_takes(store, recording)
            return Intake(path, store.recordings.get(recording.id) or recording, probed, clock.note)
    return _meet_again(store, path, known, word, decoder)


def _digest(path: Path) -> str:
    if not os.path.isfile(path):
        probe(path)  # raises what is the matter
    try:
        return sha256_of(path)
    except FileNotFoundError as error:
        raise unreadable(path, "ingest.is-gone", "ingest.check-disk-add-again") from error
    except OSError as error:
        reason = UserMessage("ingest.cannot-be-read", why=os_reason(error))
        raise UnreadableMedia(path, reason, UserMessage("ingest.check-permissions-disk")) from error


def _clock(probed: Probe, word: _Word) -> RecordingStart:
    return recorded_at(
        probed,
        start=word.start,
        timezone=word.timezone,
        day_one=word.day_one,
        sidecar=None if word.start else sidecar_time(word.beside),
        arrived=word.arrived,
    )


def _recording(store: Store, probed: Probe, digest: str, clock: RecordingStart) -> Recording:
    device = device_key(probed)
    offset = store.recordings.devices().get(device, 0.0) if clock.source in OWN_CLOCK else 0.0
    return Recording(
        id=recording_id(probed.path, digest),
        sha256=digest,
        path=str(probed.path.resolve()),
        start=round(clock.start, 6) + offset,
        timezone=clock.timezone,
        duration=probed.duration,
        time_source=clock.source,
        device=device,
        has_video=probed.has_video,
        has_audio=probed.has_audio,
        state=RecordingState.PENDING,
        note=probed.note,
        clock_offset=offset,
        kind=probed.kind,
        size=probed.size,
    )


def _meet_again(
    store: Store, path: Path, known: Recording, word: _Word, decoder: MediaDecoder | None
) -> Intake:
    """The content is known: follows the file where it was moved, and the person's word on time."""
    notes = []
    if _is_lost(store, path, known):
        # The same content under another name is the same recording: follow the file.
        previous = known
        known = replace(
            known, path=str(path.resolve()), size=path.stat().st_size, file_removed=False
        )
        store.recordings.update(known)
        store.proofs.believe(known.id)  # it has just been read
        join_takes(store, previous)
        join_takes(store, known)
    elif not _is_same(path, known):
        notes.append(f"the same recording as {printable(known.name)}, kept once")
    moved = _date_again(store, path, known, word, decoder)
    now = store.recordings.get(known.id) or known
    if moved:
        begins = datetime.fromtimestamp(now.start, zone_of(now.timezone))
        notes.append(f"re-dated to {begins:%Y-%m-%d %H:%M:%S}")
    return Intake(path, now, None, "; ".join(notes))


def _is_lost(store: Store, path: Path, known: Recording) -> bool:
    """Whether the file of a known recording is gone, or what the home kept of it is damaged."""
    if store.original(known) is None:
        return True
    is_own_copy = inside(store, known.path) and not _is_same(path, known)
    return is_own_copy and digest_of(Path(known.path)) != known.sha256


def _date_again(
    store: Store, path: Path, known: Recording, word: _Word, decoder: MediaDecoder | None
) -> bool:
    if word.start is not None:
        return bool(redate(store, known.id, word.start, word.timezone))
    if known.time_source in (TimeSource.USER, TimeSource.TAKE):
        if word.timezone in (None, known.timezone):
            return False
        zone_of(str(word.timezone))
        move(store, replace(known, timezone=str(word.timezone)))
        return True
    beside = None if known.time_source in _SETTLED_BY else sidecar_time(word.beside)
    named = _is_better_named(known, path)
    undated = known.time_source is TimeSource.ARRIVAL
    if beside is None and not named and not undated and not word.dates(known):
        return False
    probed = with_satellite_time(probe(path) if decoder is None else decoder.probe(path))
    if not named:
        probed = replace(probed, path=Path(known.path))  # the name under which it was dated
    clock = _clock(probed, word)
    if clock.source is TimeSource.ARRIVAL:
        place = word.timezone or known.timezone
        clock = replace(clock, start=known.start, timezone=place)  # it has arrived already
    return _follow(store, known, clock, probed)


def _is_better_named(known: Recording, path: Path) -> bool:
    """Whether a copy's name tells when it was recorded, where nothing else did so far."""
    nameless = known.time_source in (TimeSource.FILE_TIME, TimeSource.ARRIVAL)
    return nameless and time_in_name(path.stem) is not None


def _follow(store: Store, known: Recording, clock: RecordingStart, probed: Probe) -> bool:
    """Dates a known recording as if it came only now."""
    fresh = _recording(store, probed, known.sha256, clock)
    move(store, replace(fresh, id=known.id))
    join_takes(store, known)
    join_takes(store, replace(fresh, id=known.id, take=""))
    now = store.recordings.get(known.id)
    return now is not None and (now.start, now.timezone) != (known.start, known.timezone)


def _is_same(path: Path, known: Recording) -> bool:
    try:
        return os.path.samefile(path, known.path)
    except OSError:
        return False
