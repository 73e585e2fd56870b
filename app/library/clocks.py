"""The clocks of devices: who filmed how much, and what a correction would change, before it does.

The corrections themselves are ``ingest.timestamps.redating``'s; each can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.errors import Refusal
from app.core.request_identity import current_user
from app.presentation.i18n import t
from ingest.timestamps import redating as redate
from ingest.timestamps.recording_time import OWN_CLOCK
from ingest.timestamps.timezones import resolve_wall_clock, zone_of
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Recording, TimeSource

PREFERENCE = "clock_before"
FURTHEST = 40 * 366 * 86_400.0  # seconds: no clock is further off
SHOWN = 6
WALL = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Device:
    """A camera or recorder. ``before`` is the correction that the last change replaced, if any."""

    name: str
    offset: float  # seconds, added to what its clock said
    recordings: int
    movable: int  # those that are dated by its clock
    first: float
    last: float
    before: float | None


@dataclass(frozen=True, slots=True)
class Move:
    """A recording and when it would begin, both in seconds UTC."""

    recording: Recording
    start: float


@dataclass(frozen=True, slots=True)
class Preview:
    """What a correction would do. ``kept`` are dated by something else than the device's clock."""

    moves: tuple[Move, ...]
    kept: int


def devices(store: Store) -> list[Device]:
    """Every device that made a recording or has a correction, by name; "" for those untold."""
    recordings, offsets = store.recordings.all(), store.recordings.devices()
    before = store.preferences.get(PREFERENCE, {})
    names = sorted(
        {recording.device for recording in recordings if recording.kind != "import"} | set(offsets)
    )
    return [
        _device(name, [r for r in recordings if r.device == name], offsets.get(name, 0.0), before)
        for name in names
    ]


def preview(store: Store, device: str, seconds: float) -> Preview:
    """What setting a device's clock by ``seconds`` would change; nothing is changed.

    Raises:
        UnknownDevice, ImpossibleTime: as ``redate.set_device_clock`` would.
    """
    theirs = [
        recording for recording in store.recordings.all() if device and recording.device == device
    ]
    if not theirs and device not in store.recordings.devices():
        raise redate.UnknownDevice(device)
    moved = [entry for entry in theirs if entry.time_source in OWN_CLOCK]
    moves = [
        Move(entry, entry.start - entry.clock_offset + seconds)
        for entry in moved
        if entry.clock_offset != seconds
    ]
    for move in moves:
        redate.require_possible(move.recording, move.start)
    return Preview(tuple(moves), len(theirs) - len(moved))


def preview_shift(store: Store, recording_id: str, seconds: float) -> Preview:
    """What moving one recording would change; other parts of its take move along.

    Raises:
        UnknownRecording, ImpossibleTime: as ``set_start`` would.
    """
    known = store.recordings.get(recording_id)
    if known is None:
        raise redate.UnknownRecording(recording_id)
    redate.require_possible(known, known.start + seconds)
    parts = [r for r in store.recordings.all() if known.take and r.take == known.take] or [known]
    moves = tuple(Move(part, part.start + seconds) for part in parts)
    return Preview(moves, 0)


def wall_clock(recording: Recording, typed: str) -> float:
    """Seconds UTC of a time such as 2026-03-01 18:30:00 on the clock of where it was recorded.

    Raises:
        Refusal: it is no date and time.
    """
    try:
        wall = datetime.strptime(typed, WALL)
    except ValueError as error:
        raise Refusal(t("Type it as 2026-03-01 18:30:00.")) from error
    return resolve_wall_clock(wall, zone_of(recording.timezone))[0].timestamp()


def newest_of(store: Store, device: str) -> Recording | None:
    """The newest recording that is dated by the clock of a device, or None."""
    theirs = (one for one in store.recordings.all() if device and one.device == device)
    own = (one for one in theirs if one.time_source in OWN_CLOCK)
    return max(own, key=lambda one: one.start, default=None)


def undated(store: Store) -> list[Recording]:
    """Recordings whose date is unknown; shown when they were added, until the owner dates them."""
    return [
        recording
        for recording in store.recordings.all()
        if recording.time_source is TimeSource.ARRIVAL
    ]


def set_start(store: Store, recording_id: str, start: datetime) -> Sequence[Recording]:
    """Makes a recording begin when the person says; naive means on the clock of where it was made.

    Raises:
        UnknownRecording, ImpossibleTime: as ``redate.redate``.
    """
    moved = redate.redate(store, recording_id, start)
    store.audit.write(current_user(), "clock", f"{len(moved)}")
    summaries.rebuild(store)
    return moved


def set_clock(store: Store, device: str, seconds: float) -> Sequence[Recording]:
    """Corrects a device's clock, and remembers what was before. Raises as ``preview``."""
    with store.database.transaction():
        before = store.recordings.devices().get(device, 0.0)
        moved = redate.set_device_clock(store, device, seconds)
        if before != seconds:
            previous = store.preferences.get(PREFERENCE, {})
            store.preferences.put(PREFERENCE, previous | {device: before})
            store.audit.write(current_user(), "clock", f"{len(moved)}")
    summaries.rebuild(store)
    return moved


def _device(
    name: str, theirs: Sequence[Recording], offset: float, before: dict[str, float]
) -> Device:
    return Device(
        name,
        offset,
        len(theirs),
        sum(recording.time_source in OWN_CLOCK for recording in theirs),
        theirs[0].start if theirs else 0.0,
        theirs[-1].start if theirs else 0.0,
        before.get(name) if name else None,
    )
