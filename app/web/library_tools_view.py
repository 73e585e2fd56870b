"""The tools of the Library page in words: watched folders, clocks, what deleting takes away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.api_models.library import (
    DeviceReply,
    FolderReply,
    MovedReply,
    MoveReply,
    MovesReply,
    RemovalReply,
    UndatedReply,
)
from app.library.clocks import SHOWN, Device, Move, Preview
from app.library.deleting import Removal
from app.library.watched import FolderState
from app.presentation.i18n import t
from app.presentation.rendering import local_time
from app.presentation.time_text import length_words, moment_words, short_day
from app.privacy.text import why
from memory.types.core import Recording
from memory.types.deletion import FileAction
from memory.types.paths import printable, shown
from memory.types.timezones import zone


def folder_json(one: FolderState) -> FolderReply:
    """A watched folder and how it is."""
    return FolderReply(
        path=shown(one.folder.path),
        name=printable(one.folder.path),
        copied=one.folder.copy,
        there=one.there,
        words=_folder_words(one),
        trouble=one.trouble,
    )


def _folder_words(one: FolderState) -> str:
    if not one.there:
        return t("It is not there now; it is watched as soon as it is.")
    if not one.files:
        told = t("Watched; no recordings in it yet.")
    elif one.files == one.remembered:
        told = t("Watched; all its {n} files are remembered.", n=one.files)
        told = t("Watched; its one file is remembered.") if one.files == 1 else told
    else:
        told = t("Watched; {done} of {n} files are remembered.", done=one.remembered, n=one.files)
    growing = one.unfinished
    return f"{told} {t('{n} still arriving.', n=growing)}" if growing else told


def device_json(one: Device, timezone: str) -> DeviceReply:
    """A device, its correction, and what it filmed."""
    today = datetime.now(zone(timezone)).date()
    first, last = (local_time(at, timezone).date() for at in (one.first, one.last))
    days = short_day(first, today)
    if last != first:
        days = f"{days} – {short_day(last, today)}"
    count = t("1 recording") if one.recordings == 1 else t("{n} recordings", n=one.recordings)
    return DeviceReply(
        device=one.name,
        name=printable(one.name) or t("Files that do not say what made them"),
        words=" · ".join((count, days)) if one.recordings else count,
        offset=one.offset,
        correction=offset_words(one.offset),
        before=one.before,
        movable=one.movable,
    )


def offset_words(seconds: float) -> str:
    """``corrected by +8 h``; empty where nothing is corrected."""
    if not seconds:
        return ""
    sign = "+" if seconds > 0 else "−"
    return t("corrected by {length}", length=f"{sign}{exact_length(abs(seconds))}")


def exact_length(seconds: float) -> str:
    """``1 d 8 h 0 min 30 s``: nothing is rounded away."""
    left, parts = round(seconds), []
    for unit, words in (
        (86_400, t("{n} d", n="%d")),
        (3600, t("{n} h", n="%d")),
        (60, t("{n} min", n="%d")),
        (1, t("{n} s", n="%d")),
    ):
        count, left = divmod(left, unit)
        if count:
            parts.append(words % count)
    return " ".join(parts) or t("{n} s", n="0")


def preview_json(found: Preview) -> MovesReply:
    """Before and after of the first and the last recordings, and how many there are."""
    moves = sorted(found.moves, key=lambda move: move.start)
    shown = moves if len(moves) <= SHOWN else [*moves[: SHOWN - 1], moves[-1]]
    kept = found.kept
    note = ""
    if kept:
        note = (
            t("1 recording keeps its time: it does not come from this clock.")
            if kept == 1
            else t("{n} recordings keep their times: they do not come from this clock.", n=kept)
        )
    return MovesReply(
        count=len(moves),
        hidden=len(moves) - len(shown),
        moves=[_move(move) for move in shown],
        note=note,
    )


def _move(move: Move) -> MoveReply:
    one = move.recording
    return MoveReply(
        name=printable(one.name),
        before=when_words(one, one.start),
        after=when_words(one, move.start),
    )


def when_words(recording: Recording, at: float) -> str:
    """When it begins on the clock of where it was recorded, always with the year."""
    local = local_time(at, recording.timezone)
    return moment_words(at, recording.timezone, local.date().replace(year=1, day=1))


def undated_json(recording: Recording) -> UndatedReply:
    """A recording whose date is unknown, and when it is shown until it is dated."""
    return UndatedReply(
        recording=recording.id,
        name=recording.name,
        shown=when_words(recording, recording.start),
        start=recording.start,
        timezone=recording.timezone,
    )


def moved_json(moved: Sequence[Recording]) -> MovedReply:
    """What was re-dated."""
    count = len(moved)
    words = (
        t("1 recording was re-dated.")
        if count == 1
        else t("{n} recordings were re-dated.", n=count)
    )
    return MovedReply(count=count, words=words if count else t("Nothing had to be re-dated."))


def removal_json(going: Removal) -> RemovalReply:
    """What deleting takes away and what it leaves, in sentences."""
    return RemovalReply(
        name=printable(going.name),
        goes=list(_goes(going)),
        stays=_stays(going),
        left=[_left(one) for one in going.left],
    )


def _left(one: FileAction) -> str:
    """A file that is still there, and why."""
    return t("Still there: {path} ({why}).", path=printable(one.path), why=why(one.why))


def _goes(going: Removal) -> Sequence[str]:
    told = []
    if going.clips:
        told.append(
            t(
                "everything remembered of its {length}: {parts}",
                length=length_words(going.seconds),
                parts=", ".join(_counted(going)),
            )
        )
        told.append(t("what summaries and counts say of it"))
    if going.removed:
        names = ", ".join(printable(path.name) for path in going.removed[:3])
        more = len(going.removed) - 3
        names = f"{names} + {more}" if more > 0 else names
        told.append(t("the file that the library keeps: {names}", names=names))
    return told or [t("its line in this list")]


def _counted(going: Removal) -> Iterator[str]:
    yield t("1 moment") if going.clips == 1 else t("{n} moments", n=going.clips)
    if going.sentences:
        one = going.sentences == 1
        yield t("1 sentence") if one else t("{n} sentences", n=going.sentences)
    if going.pictures:
        yield t("1 picture") if going.pictures == 1 else t("{n} pictures", n=going.pictures)


def _stays(going: Removal) -> str:
    if not going.kept:
        return ""
    return t("The original file stays where it is: {name}.", name=printable(going.kept[0].name))
