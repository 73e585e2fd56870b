"""Re-dates what is known already: by the person's word, or by correcting a device's clock.

    set_device_clock(store, "GoPro HD9", 8 * 3600)   # all that came from its clock begins 8 h later
    redate(store, recording_id, datetime(2024, 5, 1, 10, 30), "Europe/Berlin")

Everything that was made from a recording moves with it; nothing is perceived again.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.errors import IngestError, printable
from ingest.timestamps.placement import join_takes, move
from ingest.timestamps.recording_time import EARLIEST, OWN_CLOCK
from ingest.timestamps.timezones import name_of, resolve_wall_clock, zone_of
from memory.store.store import Store
from memory.types.core import Recording, TimeSource
from memory.types.messages import UserMessage

_SAME = 0.5  # seconds: a person's word is no finer
_DAY = 86_400.0


class UnknownRecording(IngestError):
    """A recording that the person named and that is not in the store."""

    def __str__(self) -> str:
        return UserMessage("ingest.unknown-recording", name=printable(self.args[0]))


class UnknownDevice(IngestError):
    """A device that the person named and that made none of the recordings."""

    def __str__(self) -> str:
        return UserMessage("ingest.unknown-device", name=printable(self.args[0]))


class ImpossibleTime(IngestError):
    """A correction that would put a recording into the future, or before there were cameras."""

    def __init__(self, name: str, at: float) -> None:
        super().__init__(name, at)

    def __str__(self) -> str:
        name, at = self.args
        moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=at)
        begins = f"{moment:%Y-%m-%d %H:%M}"
        return UserMessage("ingest.impossible-time", name=printable(name), moment=begins)


def set_device_clock(store: Store, device: str, offset_seconds: float) -> list[Recording]:
    """Adds ``offset_seconds`` to the clock of a device, for what is there and what will come.

    It replaces an earlier correction, so saying it twice changes nothing, and 0 takes it back.
    What was dated by the person, a sidecar or satellites stays; what is counted on from an earlier
    part of its take follows that part.

    Returns:
        The recordings that were re-dated, as they are now, in order of time.

    Raises:
        UnknownDevice: nothing is from that device and it has no correction.
        ImpossibleTime: a recording would end up in the future or before 1990.
    """
    with store.writing():
        theirs = [
            recording
            for recording in store.recordings.all()
            if device and recording.device == device
        ]
        if not theirs and device not in store.recordings.devices():
            raise UnknownDevice(device)
        moved = [
            replace(
                original,
                start=round(original.start - original.clock_offset, 6) + offset_seconds,
                clock_offset=offset_seconds,
            )
            for original in theirs
            if original.time_source in OWN_CLOCK and original.clock_offset != offset_seconds
        ]
        for changed in moved:
            require_possible(changed, changed.start)
        store.recordings.set_device_offset(device, offset_seconds)
        for changed in moved:
            move(store, changed)
        for changed in moved:
            join_takes(store, changed)
        return _changed(store, theirs)


def redate(
    store: Store, recording_id: str, start: datetime, timezone: str | None = None
) -> list[Recording]:
    """Makes a recording begin when the person says; the other parts of its take move along.

    Parts that the person dated themselves stay where they are. Saying it twice changes nothing.

    Args:
        store: where it is known.
        recording_id: which one.
        start: naive means local time in ``timezone``.
        timezone: where it was recorded; by default that of ``start``, else the one known so far.

    Returns:
        The recordings that were re-dated, as they are now, in order of time.

    Raises:
        UnknownRecording: there is none of this id.
        UnknownTimezone: ``timezone`` names no zone.
        ImpossibleTime: it would begin in the future or before 1990.
    """
    with store.writing():
        known = store.recordings.get(recording_id)
        if known is None:
            raise UnknownRecording(recording_id)
        stated = name_of(start) if start.tzinfo not in (None, UTC) else known.timezone
        name = timezone or stated
        at = resolve_wall_clock(start, zone_of(name))[0].timestamp()
        if known.time_source is TimeSource.USER and abs(known.start - at) <= _SAME:
            at = known.start
        moved = replace(
            known, start=at, timezone=name, time_source=TimeSource.USER, clock_offset=0.0
        )
        if moved == known:
            return []
        require_possible(moved, moved.start)
        theirs = _take(store, known)
        move(store, moved)
        for part in theirs:
            if part.id != known.id and part.time_source is not TimeSource.USER:
                move(store, _along(part, at - known.start, name))
        for part in [*theirs, moved]:
            join_takes(store, part)
        return _changed(store, theirs)


def shift(store: Store, recording_id: str, seconds: float) -> list[Recording]:
    """Makes a recording begin ``seconds`` later (or earlier), by the person's word; see redate.

    Raises:
        UnknownRecording, ImpossibleTime: as ``redate``.
    """
    known = store.recordings.get(recording_id)
    if known is None:
        raise UnknownRecording(recording_id)
    start = datetime.fromtimestamp(known.start, zone_of(known.timezone))
    moved = start.astimezone(UTC) + timedelta(seconds=seconds)
    return redate(store, recording_id, moved, known.timezone)


def _along(part: Recording, by: float, timezone: str) -> Recording:
    """Another part of a take that was re-dated: it has no time of its own any more."""
    return replace(
        part,
        start=part.start + by,
        timezone=timezone,
        time_source=TimeSource.TAKE,
        clock_offset=0.0,
    )


def _take(store: Store, recording: Recording) -> list[Recording]:
    if not recording.take:
        return [recording]
    return [other for other in store.recordings.all() if other.take == recording.take]


def _changed(store: Store, before: list[Recording]) -> list[Recording]:
    """Those that begin at another time now, or in another zone, or by other authority."""
    now = [store.recordings.get(recording.id) for recording in before]
    pairs = [(old, new) for old, new in zip(before, now) if new is not None]
    return sorted(
        (new for old, new in pairs if _dating(old) != _dating(new)),
        key=lambda recording: recording.start,
    )


def _dating(recording: Recording) -> tuple[float, str, TimeSource]:
    return recording.start, recording.timezone, recording.time_source


def require_possible(recording: Recording, start: float) -> None:
    """Raises ImpossibleTime where it cannot have begun at ``start`` (seconds UTC)."""
    if not EARLIEST <= start <= time.time() + _DAY:
        raise ImpossibleTime(recording.name, start)
