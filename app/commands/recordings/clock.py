"""``egobutler clock``: whose clock was off by how much, and recordings that began at another time.

egobutler clock                                    # the devices, what they filmed, corrections
egobutler clock "GoPro HD9" --set +8:00:00         # its clock said 10:00 when it was 18:00
egobutler clock --shift GX010123-0a1b2c3d4e -0:01:30
egobutler clock --date GX010123-0a1b2c3d4e "2026-03-01 09:30"   # its date was unknown
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from app.commands import base
from app.commands.options import CommandOptions, command, exclusive, value, word
from app.core.errors import PersonError
from app.days.transcripts import find_recording
from app.library.clocks import undated
from ingest.timestamps import redating as redate
from memory.store import summary_builder as summaries
from memory.store.store import Store
from memory.types.core import Recording
from memory.types.paths import printable
from memory.types.timezones import zone

NO_DEVICE = "(no device told)"  # stands for the device of files that do not say what made them
_LENGTH = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<days>\d{1,5})d ?)?(?:(?P<hours>\d{1,6})"
    r"(?::(?P<minutes>[0-5]?\d)(?::(?P<seconds>[0-5]?\d(?:\.\d{1,3})?))?)?)?"
)


@command()
def clock(
    options: CommandOptions,
    device: Annotated[
        str | None, word("DEVICE", "the device, as the list without it shows")
    ] = None,
    correction: Annotated[
        str | None,
        value(
            "±HH:MM:SS",
            "what is to be added to what its clock said; 0 takes a correction back",
            "--set",
        ),
    ] = None,
    shift: Annotated[
        tuple[str, str] | None,
        value(
            "RECORDING ±HH:MM:SS",
            "make one recording begin later or earlier, with the other parts of its take",
        ),
    ] = None,
    date: Annotated[
        tuple[str, str] | None,
        value(
            "RECORDING TIME",
            "say when one recording began, e.g. '2026-03-01 09:30' on the clock of where it was",
        ),
    ] = None,
) -> int:
    """List devices, set the clock of one right, or move a recording; say what was re-dated."""
    exclusive(set=correction, shift=shift, date=date)
    if correction is not None and not device:
        raise PersonError('name the device: egobutler clock "GoPro HD9" --set +8:00:00')
    maker = None if device is None else device.removeprefix(NO_DEVICE)
    if correction is not None and not maker:
        raise PersonError(
            "these files do not say what made them, so each has its own correction: egobutler "
            f'clock "{NO_DEVICE}" lists them, then: egobutler clock --shift RECORDING +8:00:00'
        )
    with base.assistant(options) as butler:
        if correction is not None:
            seconds = parse_length(correction)
            moved = redate.set_device_clock(butler.store, str(maker), seconds)
        elif shift is not None:
            name, length = shift
            meant = find_recording(butler.store, name).id
            moved = redate.shift(butler.store, meant, parse_length(length))
        elif date is not None:
            name, moment = date
            meant = find_recording(butler.store, name).id
            moved = redate.redate(butler.store, meant, _moment(moment))
        else:
            return _list(butler.store, maker, options)
        summaries.rebuild(butler.store)
        for recording in moved:
            options.show(f"{_name(recording)} begins {_local(recording)} now")
        if not moved:
            options.show("nothing was to be re-dated")
        options.result_line({"redated": [_json(recording) for recording in moved]})
    return 0


def _moment(text: str) -> datetime:
    """When a recording began, naive where no zone is told: it is that of the recording then."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(
            f"“{printable(text)}” is no date; write 2026-03-01 09:30 or 2026-03-01T09:30:00+01:00"
        ) from error


def parse_length(text: str) -> float:
    """Seconds of "+8:00:00", "-0:01:30", "-1:30" (hours and minutes), "2" (hours), "+400d 3:00".

    Raises:
        ValueError: the text is no such length; the message says how to write one.
    """
    match = _LENGTH.fullmatch(text.strip())
    if match is None or not (match["days"] or match["hours"]):
        raise ValueError(
            f"“{printable(text)}” is no length of time; write +8:00:00, -0:01:30 or +400d 3:00:00"
        )
    units = (("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1))
    total = sum(float(match[unit] or 0) * length for unit, length in units)
    return -total if match["sign"] == "-" else total


def spoken_length(seconds: float) -> str:
    """ "+8:00:00", as ``parse_length`` reads it."""
    whole, sign = abs(seconds), "-" if seconds < 0 else "+"
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, remainder = divmod(rest, 60)
    clock = f"{hours:.0f}:{minutes:02.0f}:" + (
        f"{remainder:02.0f}" if remainder % 1 == 0 else f"{remainder:06.3f}"
    )
    return f"{sign}{days:.0f}d {clock}" if days else f"{sign}{clock}"


def _list(store: Store, device: str | None, options: CommandOptions) -> int:
    recordings, offsets = store.recordings.all(), store.recordings.devices()
    names = sorted({recording.device for recording in recordings} | set(offsets))
    shown = [name for name in names if device is None or name == device]
    if device is not None and not shown:
        raise PersonError(str(redate.UnknownDevice(device)))
    rows = []
    for name in shown:
        theirs = [recording for recording in recordings if recording.device == name]
        offset = offsets.get(name, 0.0)
        correction = f", corrected by {spoken_length(offset)}" if offset else ""
        options.show(f"{printable(name) or NO_DEVICE}: {_count(theirs)}{correction}")
        rows.append({"device": name, "recordings": len(theirs), "offset_seconds": offset})
        if device is not None:
            for entry in theirs:
                options.show(f"  {_local(entry)}  {entry.time_source:9}  {entry.id}")
    if not shown:
        options.show("there are no recordings yet")
    unknown = undated(store) if device is None else []
    if unknown:
        options.show(
            f"date unknown ({len(unknown)}), shown when they were added; set it with: "
            'egobutler clock --date RECORDING "2026-03-01 09:30"'
        )
    for entry in unknown:
        options.show(f"  {_local(entry)}  {entry.id}")
    options.result_line({"devices": rows, "undated": [_json(entry) for entry in unknown]})
    return 0


def _count(theirs: list[Recording]) -> str:
    if not theirs:
        return "no recordings"
    number = f"{len(theirs)} recording" + ("s" if len(theirs) > 1 else "")
    return f"{number}, {_local(theirs[0])} to {_local(theirs[-1])}"


def _local(recording: Recording) -> str:
    moment = datetime.fromtimestamp(recording.start, zone(recording.timezone))
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _name(recording: Recording) -> str:
    return printable(recording.name)


def _json(recording: Recording) -> dict[str, object]:
    names = ("id", "path", "start", "timezone", "device", "clock_offset", "take")
    return {name: getattr(recording, name) for name in names} | {
        "time_source": str(recording.time_source)
    }
