"""Recordings and files in hand as the Library page shows them: pictures, facts, progress."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from app.api_models.library import EntryReply, StageReply
from app.core.view_models import LibraryEntry
from app.pages.event_context import origin
from app.presentation.i18n import t
from app.presentation.markdown import plain
from app.views.library_view import entry_json
from app.web.static_files import SERVED_AT
from memory.db.disk_space import size_words
from memory.repositories.library_shelf import ShelfEntry
from memory.store.store import Store

Picture: TypeAlias = tuple[str, str]  # its address, and what is said under it

_DAMAGE_SHOWN = 4
_NAMES_SHOWN = 10
CHOSEN = "✓ "


def key_of(entry: LibraryEntry) -> ShelfEntry:
    """What the entry is found by again."""
    if entry.recording is not None:
        return ShelfEntry(take=entry.recording.take or entry.recording.id)
    return ShelfEntry(job="" if entry.job is None else entry.job.id)


def id_of(entry: ShelfEntry) -> str:
    """What its picture is known by."""
    return entry.take or entry.job


def pictures(
    store: Store, entries: Sequence[LibraryEntry], chosen: Sequence[ShelfEntry]
) -> list[Picture]:
    """Each entry as a picture with its name, when it was, how long, and how far it is."""
    ids = [entry.recording.id for entry in entries if entry.recording is not None]
    posters = store.shelf.posters(ids)
    return [_picture(entry, posters, key_of(entry) in chosen) for entry in entries]


def _picture(entry: LibraryEntry, posters: dict[str, str], chosen: bool) -> Picture:
    reply = entry_json(entry)
    poster = posters.get(reply.recording)
    mark = CHOSEN if chosen else ""
    title, name = _heading(reply)
    about = " · ".join(filter(None, (name, reply.length or reply.kind)))
    lines = (f"{mark}{title}", about, "" if reply.status == "ready" else reply.words)
    address = f"/{quote(poster)}" if poster else _stand_in(entry)
    return f"{origin()}{address}#{quote(id_of(key_of(entry)), safe='')}", "\n".join(
        filter(None, lines)
    )


def _heading(reply: EntryReply) -> tuple[str, str]:
    """When it began, which tells it from others of its name, and this; before that is known, its
    name."""
    return (reply.when, reply.name) if reply.when else (reply.name, "")


def title_of(entry: LibraryEntry) -> str:
    """The same on one line."""
    return " · ".join(filter(None, _heading(entry_json(entry))))


def _stand_in(entry: LibraryEntry) -> str:
    """A picture of ours for what has none."""
    heard = entry.recording is not None and not entry.recording.has_video
    return f"{SERVED_AT}/{'sound' if heard else 'film'}.svg"


def facts(entry: LibraryEntry, home: Path) -> str:
    """All that is known of an entry, as Markdown."""
    reply = entry_json(entry, home)
    recording = entry.recording
    parts = t("{n} files", n=len(reply.parts)) if len(reply.parts) > 1 else ""
    size = size_words(recording.size) if recording is not None and recording.size else ""
    silent = t("without sound") if reply.silent else ""
    title, name = _heading(reply)
    about = (
        (name, reply.length, parts, reply.kind, silent),
        (reply.device, size),
        (reply.source, reply.place),
    )
    lines = [" · ".join(filter(None, line)) for line in about]
    lines += [reply.message, *_damage(reply.damage)]
    if reply.status in ("waiting", "indexing"):
        lines += map(_stage, reply.stages)
    shown = [plain(line) for line in (reply.words, *lines) if line]
    return "\n\n".join([f"### {plain(title)}", *shown])


def _damage(stretches: Sequence[str]) -> Iterable[str]:
    if stretches:
        yield ", ".join(stretches[:_DAMAGE_SHOWN])
    if len(stretches) > _DAMAGE_SHOWN:
        yield t("… and {n} more", n=len(stretches) - _DAMAGE_SHOWN)


def names_of(entries: Sequence[LibraryEntry]) -> str:
    """The names of several entries, as Markdown."""
    lines = [f"- {plain(title_of(entry))}" for entry in entries[:_NAMES_SHOWN]]
    hidden = len(entries) - len(lines)
    if hidden:
        lines.append(f"- {t('… and {n} more', n=hidden)}")
    return "\n".join([f"### {t('{n} chosen', n=len(entries))}", "", *lines])


def progress(entry: LibraryEntry) -> dict[str, float]:
    """Each stage with its figures, and how much of it is done (0 to 1)."""
    return {_stage(stage): stage.done / max(1, stage.total) for stage in entry_json(entry).stages}


def _stage(stage: StageReply) -> str:
    if not stage.total:
        return stage.words
    return f"{stage.words}: {t('{done} of {total}', done=stage.done, total=stage.total)}"


def may_retry(entry: LibraryEntry) -> bool:
    """Whether the person may have it tried again as it is."""
    reply = entry_json(entry)
    return reply.retry and not reply.forgotten
