"""Sentences on what ``verify`` found, and what helps."""

from __future__ import annotations

from collections.abc import Iterator

from app.backup.fault_text import SHOWN, fault_lines
from app.presentation.rendering import number_of
from memory.integrity.verify import HomeReport
from memory.types.paths import printable

RESTORE = "bring your last good backup back: egobutler restore FILE --replace"
ADOPT = "take the recordings in the home in again: egobutler verify --adopt"
REPAIR = "mend what can be mended: egobutler verify --repair"


def remedies(verdict: HomeReport) -> Iterator[str]:
    """Sentences, each with a command."""
    stray = verdict.stray
    if verdict.integrity != "ok" or verdict.beyond_repair or stray.lost:
        yield RESTORE
    if verdict.integrity != "ok":
        return  # nothing else may be written
    if stray.recordings:
        yield ADOPT
    if stray.lost and stray.unknown:
        yield (
            "where the recordings of these pictures lie elsewhere: egobutler ingest FOLDER; no "
            "repair deletes the pictures until then, the folder thumbnails is yours to delete"
        )
    if verdict.damaged:
        yield (
            "bring the damaged and missing recordings back: egobutler restore BACKUP --home "
            "ANOTHER-FOLDER, then egobutler ingest --copy FILE of what lies there, or of the file "
            "on its card; no repair can make them again"
        )
    if any(not file_fault.inside for file_fault in verdict.file_faults):
        yield "linked files: put them back, or egobutler ingest them where they are now"
    if verdict.mendable:
        yield REPAIR


def lines(verdict: HomeReport) -> list[str]:
    """What was found, a line each."""
    findings = (
        [] if verdict.integrity == "ok" else [f"the database is damaged: {verdict.integrity}"]
    )
    findings += _some("a picture is missing", verdict.missing_thumbnails)
    findings += _some("a picture cannot be read", verdict.unreadable_thumbnails)
    findings += [*verdict.disagreements, *verdict.beyond_repair]
    findings += fault_lines(verdict.file_faults)
    return [*findings, *_strays(verdict)]


def _strays(verdict: HomeReport) -> Iterator[str]:
    stray = verdict.stray
    if stray.lost:
        yield "the database does not know what most of the files in the home are: it was lost"
    yield from _some("a recording that the database does not know", stray.recordings)
    if stray.leftovers:
        yield f"{number_of(len(stray.leftovers), 'picture')} that nothing refers to"
    if stray.unknown:
        count = number_of(len(stray.unknown), "picture")
        yield f"{count} of recordings that the database does not know"
    if stray.proxies:
        yield f"{len(stray.proxies)} copies for playing that belong to no recording"


def _some(what: str, names: tuple[str, ...]) -> list[str]:
    """The first of them by name, the others by number."""
    named = [f"{what}: {printable(name)}" for name in names[:SHOWN]]
    more = len(names) - SHOWN
    return [*named, f"{what}: {more} more"] if more > 0 else named
