"""The tools of the Library page in words: watched folders, clocks, what deleting takes away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.api_models.library import (
    DeviceReply,
    FolderReply,
    MovedReply,
    RemovalReply,
    UndatedReply,
)
from app.library.clocks import SHOWN, Device, Move, Preview
from app.library.deleting import Removal
from app.library.watched import FolderState
from app.presentation.i18n import t, translate
from app.presentation.markdown import plain
from app.presentation.rendering import local_time
from app.presentation.time_text import length_words, moment_words, short_day
from app.privacy.text import why
from memory.types.core import Recording
from memory.types.deletion import FileAction
from memory.types.paths import printable, shown
from memory.types.timezones import zone


def folder_json(folder_state: FolderState) -> FolderReply:
    """A watched folder and how it is."""
    return FolderReply(
        path=shown(folder_state.folder.path),
        name=printable(folder_state.folder.path),
        copied=folder_state.folder.copy,
        there=folder_state.there,
        words=_folder_words(folder_state),
        trouble=translate(folder_state.trouble),
    )


def _folder_words(folder_state: FolderState) -> str:
    if not folder_state.there:
        return t("It is not there now; it is watched as soon as it is.")
    if not folder_state.files:
        sentence = t("Watched; no recordings in it yet.")
    elif folder_state.files == folder_state.remembered:
        sentence = t("Watched; all its {n} files are remembered.", n=folder_state.files)
        sentence = (
            t("Watched; its one file is remembered.") if folder_state.files == 1 else sentence
        )
    else:
        sentence = t(
            "Watched; {done} of {n} files are remembered.",
            done=folder_state.remembered,
            n=folder_state.files,
        )
    growing = folder_state.unfinished
    return f"{sentence} {t('{n} still arriving.', n=growing)}" if growing else sentence


def device_json(device: Device, timezone: str) -> DeviceReply:
    """A device, its correction, and what it filmed."""
    today = datetime.now(zone(timezone)).date()
    first, last = (local_time(at, timezone).date() for at in (device.first, device.last))
    days = short_day(first, today)
    if last != first:
        days = f"{days} – {short_day(last, today)}"
    count = t("1 recording") if device.recordings == 1 else t("{n} recordings", n=device.recordings)
    return DeviceReply(
        device=device.name,
        name=printable(device.name) or t("Files that do not say what made them"),
        words=" · ".join((count, days)) if device.recordings else count,
        offset=device.offset,
        correction=offset_words(device.offset),
        before=device.before,
        movable=device.movable,
    )


def offset_words(seconds: float) -> str:
    """``corrected by +8 h``; empty where nothing is corrected."""
    if not seconds:
        return ""
    sign = "+" if seconds > 0 else "−"
    return t("corrected by {length}", length=f"{sign}{exact_length(abs(seconds))}")


def exact_length(seconds: float) -> str:
    """``1 d 8 h 0 min 30 s``: nothing is rounded away."""
    remainder, parts = round(seconds), []
    for unit, words in (
        (86_400, t("{n} d", n="%d")),
        (3600, t("{n} h", n="%d")),
        (60, t("{n} min", n="%d")),
        (1, t("{n} s", n="%d")),
    ):
        count, remainder = divmod(remainder, unit)
        if count:
            parts.append(words % count)
    return " ".join(parts) or t("{n} s", n="0")


def preview_markdown(preview: Preview) -> str:
    """Before and after of the first and the last recordings as a table, and how many there are."""
    moves = sorted(preview.moves, key=lambda move: move.start)
    if not moves:
        return " ".join(filter(None, (t("Nothing moves by that."), _unmoved(preview.kept))))
    listed = moves if len(moves) <= SHOWN else [*moves[: SHOWN - 1], moves[-1]]
    count, hidden = len(moves), len(moves) - len(listed)
    return "\n".join(
        (
            t("1 recording moves:") if count == 1 else t("{n} recordings move:", n=count),
            "",
            f"| {t('Recording')} | {t('Before')} | {t('After')} |",
            "|---|---|---|",
            *map(_move, listed),
            "",
            t("… and {n} more between these", n=hidden) if hidden else "",
            "",
            _unmoved(preview.kept),
        )
    )


def _unmoved(count: int) -> str:
    if not count:
        return ""
    if count == 1:
        return t("1 recording keeps its time: it does not come from this clock.")
    return t("{n} recordings keep their times: they do not come from this clock.", n=count)


def _move(move: Move) -> str:
    recording = move.recording
    cells = (
        recording.name,
        when_words(recording, recording.start),
        when_words(recording, move.start),
    )
    return f"| {' | '.join(map(plain, cells))} |"


def when_words(recording: Recording, at: float) -> str:
    """When it begins on the clock of where it was recorded, always with the year."""
    return moment_words(at, recording.timezone, seconds=True)


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
        left=[_left(file) for file in going.left],
    )


def _left(file_action: FileAction) -> str:
    """A file that is still there, and why."""
    return t(
        "Still there: {path} ({why}).", path=printable(file_action.path), why=why(file_action.why)
    )


def _goes(going: Removal) -> Sequence[str]:
    losses = []
    if going.clips:
        losses.append(
            t(
                "everything remembered of its {length}: {parts}",
                length=length_words(going.seconds),
                parts=", ".join(_counted(going)),
            )
        )
        losses.append(t("what summaries and counts say of it"))
    if going.removed:
        names = ", ".join(printable(path.name) for path in going.removed[:3])
        more = len(going.removed) - 3
        names = f"{names} + {more}" if more > 0 else names
        losses.append(t("the file that the library keeps: {names}", names=names))
    return losses or [t("its line in this list")]


def _counted(going: Removal) -> Iterator[str]:
    yield t("1 moment") if going.clips == 1 else t("{n} moments", n=going.clips)
    if going.sentences:
        single = going.sentences == 1
        yield t("1 sentence") if single else t("{n} sentences", n=going.sentences)
    if going.pictures:
        yield t("1 picture") if going.pictures == 1 else t("{n} pictures", n=going.pictures)


def _stays(going: Removal) -> str:
    if not going.kept:
        return ""
    return t("The original file stays where it is: {name}.", name=printable(going.kept[0].name))
