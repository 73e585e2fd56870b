"""Files recordings at the time they belong to: moves one, and keeps the takes around it right."""

from __future__ import annotations

import os
from dataclasses import replace

from ingest.timestamps.chapters import NEAR, join_chapters, part
from ingest.timestamps.clip_cutting import cut
from memory.store.store import Store
from memory.types.core import Recording, RecordingState, Span
from memory.types.jobs import JobState

LONGEST = 2 * 86_400.0  # seconds: no file holds more


def move(store: Store, recording: Recording) -> None:
    """Makes the store's recording of this id begin, and be dated, as ``recording`` says.

    One of which nothing was perceived yet is cut anew, on the wall clock; of another everything
    that was perceived moves with it, and its clips keep their length.
    """
    known = store.recordings.get(recording.id)
    if known is None:
        return
    moved = replace(
        known,
        start=recording.start,
        timezone=recording.timezone,
        time_source=recording.time_source,
        clock_offset=recording.clock_offset,
    )
    if moved == known:
        return
    with store.writing():
        if known.start != moved.start and _is_untouched(store, known):
            store.delete_recording(known.id)
            store.recordings.add(moved, cut(moved.id, moved.span, moved.timezone))
            return
        store.recordings.shift(
            known.id,
            start=moved.start,
            timezone=moved.timezone,
            time_source=moved.time_source,
            clock_offset=moved.clock_offset,
        )


def _is_untouched(store: Store, recording: Recording) -> bool:
    if recording.state is not RecordingState.PENDING or recording.kind == "import":
        return False
    at_work = {job.recording_id for job in store.jobs.all([JobState.RUNNING])}
    return recording.id not in at_work and not store.ledger.progress(recording.id)


def join_takes(store: Store, recording: Recording) -> None:
    """Joins into takes, or parts, the recordings that may belong with this one, and re-dates them.

    ``recording`` need not be in the store (any more): it says where to look.
    """
    with store.writing():
        beside = {one.id: one for one in _beside(store, recording)}
        clashing = _around(store, list(beside.values()), recording)
        for wanted in join_chapters([*beside.values(), *clashing]):
            known = beside.get(wanted.id)
            if known is None or wanted == known:
                continue
            move(store, wanted)
            now = store.recordings.get(wanted.id)
            if now is not None and now.take != wanted.take:
                store.recordings.update(replace(now, take=wanted.take))


def _beside(store: Store, recording: Recording) -> list[Recording]:
    """What may have to change: its neighbours in name or time, and the takes that they are in."""
    place = part(recording)
    if place is None:
        return []
    if place.chapter:
        named = f"{place.series.split()[1]}."
        return _alike(store, recording, store.recordings.named_like(recording, named))
    near = _overlapping(store, recording, recording.span)
    takes = {one.take for one in [*near, recording] if one.take}
    joined = [one for take in takes for one in store.recordings.of_take(recording, take)]
    return near + _alike(store, recording, joined)


def _around(store: Store, beside: list[Recording], recording: Recording) -> list[Recording]:
    """What else lies in the time of ``beside``: it does not change, but may come between them."""
    if not beside:
        return []
    span = Span(min(one.start for one in beside), max(one.span.end for one in beside))
    known = {one.id for one in beside}
    return [one for one in _overlapping(store, recording, span) if one.id not in known]


def _overlapping(store: Store, recording: Recording, span: Span) -> list[Recording]:
    near = NEAR + 1
    around = Span(span.start - near, span.end + near)
    return _alike(store, recording, store.recordings.around(recording, around, LONGEST))


def _alike(store: Store, recording: Recording, others: list[Recording]) -> list[Recording]:
    """The others that are of the same folder and series of names."""
    here, series = _folder(store, recording), _series(recording)
    return [one for one in others if _folder(store, one) == here and _series(one) == series]


def _series(recording: Recording) -> str | None:
    place = part(recording)
    return None if place is None else place.series


def _folder(store: Store, recording: Recording) -> str:
    """Where the file lies. The home counts as one folder: it keeps copies by their content."""
    home = os.fspath(store.home)
    folder = os.path.dirname(recording.path)
    return home if f"{folder}/".startswith(f"{home}/") else folder
