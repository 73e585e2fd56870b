"""``egobutler backup | restore | export | service``: a home is kept, comes back, and can leave."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from typer import Option

from app.backup.fault_text import count_words, fault_lines
from app.backup.passphrases import known_passphrase, new_passphrase
from app.backup.service import BackupService
from app.commands import base
from app.commands.options import CommandOptions, Port, command, switch, value, word
from app.core.errors import PersonError
from app.core.request_identity import current_user
from app.presentation.progress_line import BytesLine
from app.presentation.rendering import number_of
from app.server.systemd_unit import unit
from memory.backup.backup import Backup
from memory.backup.check import read_through
from memory.backup.encryption import BackupKey
from memory.backup.restore import restore as bring_back
from memory.db.atomic_replace import restore_points
from memory.db.disk_space import size_words
from memory.db.read_only import note
from memory.integrity.file_faults import FileFault, with_files
from memory.store.store import Store
from memory.types.messages import UserMessage
from memory.types.paths import shown

_Passphrase = Annotated[Path | None, value("FILE", "read the passphrase from its line")]


@command()
def backup(
    options: CommandOptions,
    file: Annotated[Path | None, word("FILE", "where it goes")] = None,
    to: Annotated[Path | None, value("FOLDER", "a dated file in this folder")] = None,
    keep: Annotated[
        int, Option(min=1, max=10_000, metavar="N", help="with --to: how many are kept there")
    ] = 14,
    check: Annotated[Path | None, value("FILE", "read a backup through instead")] = None,
    without_originals: Annotated[
        bool, switch("--without-originals", "leave out recordings kept in the home")
    ] = False,
    passphrase_file: _Passphrase = None,
) -> int:
    """Keep everything in one encrypted file; status 1 where something of it is damaged."""
    if sum(place is not None for place in (file, to, check)) != 1:
        raise PersonError(
            "say where the backup goes: egobutler backup FILE, or --to FOLDER; or --check FILE"
        )
    if check is not None:
        return _check(options, check, passphrase_file)
    with _store(options) as store:
        _refuse_inside(store, to or (file or Path()).parent)
        _refuse_empty(store, file)
        passphrase = new_passphrase(passphrase_file)
        desk, originals = BackupService(store), not without_originals
        with BytesLine() as line:
            if file is not None:
                made = desk.back_up(file, passphrase, originals=originals, on_progress=line.show)
                doubt, removed = "", 0
            else:
                assert to is not None
                night = desk.nightly(
                    to, passphrase, keep, originals=originals, on_progress=line.show
                )
                made, doubt, removed = night.made, night.doubt, len(night.removed)
    _tell(options, made, removed)
    if doubt:
        options.show(f"LOOK: {doubt}.")
    options.result_line(
        {
            "file": str(made.path),
            "bytes": made.size,
            "recordings": made.recordings,
            "removed": removed,
            "doubt": doubt,
            "faults": [fault.row() for fault in made.faults],
        }
    )
    return 1 if doubt or made.faults else 0


def _tell(options: CommandOptions, backup: Backup, removed: int) -> None:
    what, size = number_of(backup.recordings, "recording"), size_words(backup.size)
    if backup.faults:
        options.show(
            f"{backup.path} ({size}) holds what there is of {what}, but NOT all is well: "
            f"{count_words(len(backup.faults))}."
        )
        _name(options, backup.faults)
        options.show(
            "No whole backup was replaced or removed. Bring the files back from one of them, or "
            "ingest them again from where they came; egobutler verify --deep says what is left."
        )
    else:
        verb = "are" if backup.recordings != 1 else "is"
        options.show(f"{what} {verb} safe in {backup.path} ({size}), read through and whole.")
    options.show(
        "Without the passphrase nobody can open it, not even you: keep it somewhere else than here."
    )
    if not backup.originals:
        options.show("The recordings that are kept in the home are NOT in it; keep them elsewhere.")
    if removed:
        options.show(f"{number_of(removed, 'older backup')} made room.")


def _name(options: CommandOptions, faults: Sequence[FileFault]) -> None:
    for line in fault_lines(faults):
        options.show(f"  {line}")


def _refuse_empty(store: Store, file: Path | None) -> None:
    if file is not None and file.exists() and store.is_empty():
        raise PersonError(
            f"nothing is remembered in {store.home}, and {file} exists: an empty backup would take "
            "its place. Name the right home with --home, connect its disk, or name another file"
        )


def _refuse_inside(store: Store, folder: Path) -> None:
    if folder.resolve().is_relative_to(store.home):
        raise PersonError(
            f"{folder} is inside the home, and would be lost with it; choose another disk"
        )


def _check(options: CommandOptions, file: Path, passphrase_file: Path | None) -> int:
    _must_be_file(file)
    with BytesLine() as line:
        key = BackupKey.of(file, known_passphrase(passphrase_file))
        size = file.stat().st_size
        report = read_through(file, key, on_progress=lambda done: line.show("checking", done, size))
    written_at = time.strftime("%Y-%m-%d %H:%M", time.localtime(report.about.made))
    count = number_of(report.about.recordings, "recording")
    of = f"{count} of {report.about.home}, made {written_at}"
    if report.faults:
        options.show(
            f"{file} is as it was written, but NOT whole: {count_words(len(report.faults))}. {of}"
        )
        _name(options, report.faults)
    else:
        options.show(f"{file} is whole: {of}")
    if report.faults is None:
        options.show(
            "It was made by a version that did not compare recordings with what was recorded: make "
            "a new one to be sure of them."
        )
    options.result_line(
        {
            "file": str(file),
            "whole": not report.faults,
            "faults": [fault.row() for fault in report.faults or ()],
            "compared": report.faults is not None,
            "made": report.about.made,
            "recordings": report.about.recordings,
            "members": report.members,
            "originals": report.about.originals,
        }
    )
    return 1 if report.faults else 0


@command()
def restore(
    options: CommandOptions,
    file: Annotated[Path, word("FILE", "a backup")],
    replace: Annotated[
        bool, switch("--replace", "where there is a home already; it is kept beside")
    ] = False,
    passphrase_file: _Passphrase = None,
) -> int:
    """Bring a backup back to the home that is named, or the usual one."""
    _must_be_file(file)
    home = options.settings().home
    with BytesLine() as line:
        key = BackupKey.of(file, known_passphrase(passphrase_file))
        back = bring_back(file, home, key, replace=replace, on_progress=line.show)
    with _store(options) as store:
        deed = UserMessage("app.deed-recordings", recordings=back.about.recordings)
        store.audit.write(current_user(), "restore", deed)
        there = with_files(store.recordings.all())
        gone = [recording for recording in there if store.original(recording, read=False) is None]
    options.show(f"{number_of(back.about.recordings, 'recording')} came back to {back.home}")
    if gone:
        options.show(
            f"The files of {len(gone)} of them are not here: they were kept outside the home, or "
            "the backup was made without them. All else of them is; put the files back where they "
            "were to play them."
        )
        if back.point is not None:
            options.show(
                f"Where the old home kept them: egobutler ingest --copy {back.point / 'originals'} "
                "brings them here. Delete that folder only after that."
            )
    if back.faults:
        options.show(
            f"The backup was not whole when it was made: {count_words(len(back.faults))}. Bring "
            "these back from an older one, or ingest them again from where they came:"
        )
        _name(options, back.faults)
    if back.point is not None:
        options.show(
            f"What was there before is kept in {back.point}. Delete that folder once you are sure; "
            "until then it holds all that it held."
        )
    options.result_line(
        {
            "home": str(back.home),
            "recordings": back.about.recordings,
            "missing": len(gone),
            "faults": [fault.row() for fault in back.faults],
            "before": None if back.point is None else str(back.point),
            "kept": [str(point) for point in restore_points(back.home)],
        }
    )
    return 1 if back.faults else 0


@command()
def export(
    options: CommandOptions,
    target: Annotated[Path, word("FOLDER|FILE.zip")],
    originals: Annotated[bool, switch("--originals", "the recordings themselves as well")] = False,
) -> int:
    """Take everything out in open formats."""
    from app.backup.export import export as write_export

    with _store(options) as store, BytesLine() as line:
        _refuse_inside(store, target)
        dump = write_export(store, target, with_originals=originals, on_progress=line.show)
        line.clear()
        BackupService(store).enter_export(dump.recordings)
    options.show(
        f"{number_of(dump.recordings, 'recording')} went to {dump.path}, NOT encrypted: README.md "
        "in it says what each file is. To take it in elsewhere: egobutler import "
        f"{dump.path.name} --home ANOTHER-HOME"
    )
    if dump.faults:
        options.show(f"NOT all is well: {count_words(len(dump.faults))}.")
        _name(options, dump.faults)
    options.result_line(
        {
            "path": str(dump.path),
            "recordings": dump.recordings,
            "missing": [fault.path for fault in dump.faults if fault.fault == "missing"],
            "damaged": [fault.path for fault in dump.faults if fault.fault != "missing"],
        }
    )
    return 1 if dump.faults else 0


@command(json=False)
def service(options: CommandOptions, port: Port = 7860) -> None:
    """Print a systemd unit with the paths of this computer; standard error says where it goes."""
    home = options.settings().home.expanduser().resolve()
    if shown(str(home)) != str(home):
        raise PersonError(
            f"systemd knows no folder whose name is not UTF-8: {home}. Rename it; a home may be "
            "moved, and takes its recordings along"
        )
    sys.stdout.write(unit(home, port))
    base.say(
        "Save it as /etc/systemd/system/egobutler.service, then: systemctl enable --now egobutler"
    )


def _must_be_file(file: Path) -> None:
    if not file.is_file():
        raise PersonError(f"there is no file {file}; name the backup")


@contextmanager
def _store(options: CommandOptions) -> Iterator[Store]:
    """The home alone: no model is needed to keep it."""
    home = options.settings().home
    opened = Store.open(home)
    try:
        if opened.read_only:
            base.say(note(opened.home, opened.database.barred))
        elif opened.is_empty():
            base.say(f"{opened.home} is an empty home; if yours is elsewhere, use --home.")
        yield opened
    finally:
        opened.close()
