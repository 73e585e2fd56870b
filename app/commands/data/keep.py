"""``egobutler backup | restore | export | service``: a home is kept, comes back, and can leave."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.backup.fault_text import count_words, fault_lines
from app.backup.passphrases import known_passphrase, new_passphrase
from app.backup.service import BackupService
from app.commands import base
from app.core.errors import PersonError
from app.core.request_identity import current_user
from app.core.settings import Settings
from app.presentation.rendering import number_of
from app.server.systemd_unit import unit
from memory.backup.backup import Backup
from memory.backup.check import read_through
from memory.backup.encryption import BackupKey
from memory.backup.restore import restore
from memory.db.atomic_replace import restore_points
from memory.db.disk_space import size_words
from memory.db.read_only import note
from memory.integrity.file_faults import FileFault, with_files
from memory.store.store import Store
from memory.types.errors import StoreError
from memory.types.paths import shown

_SELDOM = 10.0  # seconds between two lines where nobody watches


def add_parsers(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Adds the commands."""
    backup = verbs.add_parser("backup", parents=[common])
    backup.add_argument("file", nargs="?", type=Path, metavar="FILE", help="where it goes")
    backup.add_argument("--to", type=Path, metavar="FOLDER", help="a dated file in this folder")
    backup.add_argument("--keep", type=_count, default=14, help="with --to: how many (default 14)")
    backup.add_argument("--check", type=Path, metavar="FILE", help="read a backup through instead")
    backup.add_argument(
        "--without-originals", action="store_true", help="leave out recordings kept in the home"
    )
    _add_passphrase(backup)
    backup.set_defaults(run=run_backup)

    back = verbs.add_parser("restore", parents=[common])
    back.add_argument("file", type=Path, metavar="FILE")
    back.add_argument(
        "--replace", action="store_true", help="where there is a home already; it is kept beside"
    )
    _add_passphrase(back)
    back.set_defaults(run=run_restore)

    out = verbs.add_parser("export", parents=[common])
    out.add_argument("target", type=Path, metavar="FOLDER|FILE.zip")
    out.add_argument("--originals", action="store_true", help="the recordings themselves as well")
    out.set_defaults(run=run_export)

    service = verbs.add_parser("service", parents=[common])
    service.add_argument("--port", type=int, default=7860)
    service.set_defaults(run=run_service)


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 10_000:
        raise argparse.ArgumentTypeError("keep at least one backup")
    return number


def _add_passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="read the passphrase from its line"
    )


def run_backup(options: argparse.Namespace) -> int:
    """Makes, or checks, a backup; status 1 where a recording is damaged or there is a doubt."""
    if sum(option is not None for option in (options.file, options.to, options.check)) != 1:
        raise PersonError(
            "say where the backup goes: egobutler backup FILE, or --to FOLDER; or --check FILE"
        )
    if options.check is not None:
        return _check(options)
    with _store(options) as store:
        _refuse_inside(store, options.to or options.file.parent)
        _refuse_empty(store, options.file)
        passphrase = new_passphrase(options.passphrase_file)
        desk, originals = BackupService(store), not options.without_originals
        with BytesLine() as line:
            if options.to is None:
                backup = desk.back_up(
                    options.file, passphrase, originals=originals, on_progress=line.show
                )
                doubt, removed = "", 0
            else:
                night = desk.nightly(
                    options.to, passphrase, options.keep, originals=originals, on_progress=line.show
                )
                backup, doubt, removed = night.made, night.doubt, len(night.removed)
    _tell(backup, removed)
    if doubt:
        base.say(f"LOOK: {doubt}.")
    base.result_line(
        {
            "file": str(backup.path),
            "bytes": backup.size,
            "recordings": backup.recordings,
            "removed": removed,
            "doubt": doubt,
            "faults": [fault.row() for fault in backup.faults],
        }
    )
    return 1 if doubt or backup.faults else 0


def _tell(backup: Backup, removed: int) -> None:
    what, size = number_of(backup.recordings, "recording"), size_words(backup.size)
    if backup.faults:
        base.say(
            f"{backup.path} ({size}) holds what there is of {what}, but NOT all is well: "
            f"{count_words(len(backup.faults))}."
        )
        _name(backup.faults)
        base.say(
            "No whole backup was replaced or removed. Bring the files back from one of them, or "
            "ingest them again from where they came; egobutler verify --deep says what is left."
        )
    else:
        verb = "are" if backup.recordings != 1 else "is"
        base.say(f"{what} {verb} safe in {backup.path} ({size}), read through and whole.")
    base.say(
        "Without the passphrase nobody can open it, not even you: keep it somewhere else than here."
    )
    if not backup.originals:
        base.say("The recordings that are kept in the home are NOT in it; keep them elsewhere.")
    if removed:
        base.say(f"{number_of(removed, 'older backup')} made room.")


def _name(faults: Sequence[FileFault]) -> None:
    for line in fault_lines(faults):
        base.say(f"  {line}")


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


def _check(options: argparse.Namespace) -> int:
    file = options.check
    _must_be_file(file)
    with _errors(), BytesLine() as line:
        key = BackupKey.of(file, known_passphrase(options.passphrase_file))
        size = file.stat().st_size
        report = read_through(file, key, on_progress=lambda done: line.show("checking", done, size))
    written_at = time.strftime("%Y-%m-%d %H:%M", time.localtime(report.about.made))
    count = number_of(report.about.recordings, "recording")
    of = f"{count} of {report.about.home}, made {written_at}"
    if report.faults:
        base.say(
            f"{file} is as it was written, but NOT whole: {count_words(len(report.faults))}. {of}"
        )
        _name(report.faults)
    else:
        base.say(f"{file} is whole: {of}")
    if report.faults is None:
        base.say(
            "It was made by a version that did not compare recordings with what was recorded: make "
            "a new one to be sure of them."
        )
    base.result_line(
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


def run_restore(options: argparse.Namespace) -> int:
    """Brings a backup back to the home that is named, or the usual one."""
    _must_be_file(options.file)
    home = Settings.of_options(options).home
    with _errors(), BytesLine() as line:
        key = BackupKey.of(options.file, known_passphrase(options.passphrase_file))
        back = restore(options.file, home, key, replace=options.replace, on_progress=line.show)
    with _store(options) as store:
        store.audit.write(current_user(), "restore", f"{back.about.recordings} recordings")
        there = with_files(store.recordings.all())
        gone = [recording for recording in there if store.original(recording, read=False) is None]
    base.say(f"{number_of(back.about.recordings, 'recording')} came back to {back.home}")
    if gone:
        base.say(
            f"The files of {len(gone)} of them are not here: they were kept outside the home, or "
            "the backup was made without them. All else of them is; put the files back where they "
            "were to play them."
        )
        if back.point is not None:
            base.say(
                f"Where the old home kept them: egobutler ingest --copy {back.point / 'originals'} "
                "brings them here. Delete that folder only after that."
            )
    if back.faults:
        base.say(
            f"The backup was not whole when it was made: {count_words(len(back.faults))}. Bring "
            "these back from an older one, or ingest them again from where they came:"
        )
        _name(back.faults)
    if back.point is not None:
        base.say(
            f"What was there before is kept in {back.point}. Delete that folder once you are sure; "
            "until then it holds all that it held."
        )
    base.result_line(
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


def run_export(options: argparse.Namespace) -> int:
    """Writes everything in open formats."""
    from app.backup.export import export

    with _store(options) as store, BytesLine() as line:
        _refuse_inside(store, options.target)
        dump = export(
            store, options.target, with_originals=options.originals, on_progress=line.show
        )
        line.clear()
        BackupService(store).enter_export(dump.recordings)
    base.say(
        f"{number_of(dump.recordings, 'recording')} went to {dump.path}, NOT encrypted: README.md "
        "in it says what each file is. To take it in elsewhere: egobutler import "
        f"{dump.path.name} --home ANOTHER-HOME"
    )
    if dump.faults:
        base.say(f"NOT all is well: {count_words(len(dump.faults))}.")
        _name(dump.faults)
    base.result_line(
        {
            "path": str(dump.path),
            "recordings": dump.recordings,
            "missing": [fault.path for fault in dump.faults if fault.fault == "missing"],
            "damaged": [fault.path for fault in dump.faults if fault.fault != "missing"],
        }
    )
    return 1 if dump.faults else 0


def run_service(options: argparse.Namespace) -> int:
    """Prints the unit; standard error says where it goes."""
    home = Settings.of_options(options).home.expanduser().resolve()
    if shown(str(home)) != str(home):
        raise PersonError(
            f"systemd knows no folder whose name is not UTF-8: {home}. Rename it; a home may be "
            "moved, and takes its recordings along"
        )
    sys.stdout.write(unit(home, options.port))
    base.say(
        "Save it as /etc/systemd/system/egobutler.service, then: systemctl enable --now egobutler"
    )
    return 0


def _must_be_file(file: Path) -> None:
    if not file.is_file():
        raise PersonError(f"there is no file {file}; name the backup")


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise PersonError(str(error)) from error


@contextmanager
def _store(options: argparse.Namespace) -> Iterator[Store]:
    """The home alone: no model is needed to keep it."""
    with _errors():
        home = Settings.of_options(options).home
        opened = Store.open(home)
        try:
            if opened.read_only:
                base.say(note(opened.home, opened.database.barred))
            elif opened.is_empty():
                base.say(f"{opened.home} is an empty home; if yours is elsewhere, use --home.")
            yield opened
        finally:
            opened.close()


class BytesLine:
    """Says on a terminal, or now and then elsewhere, how many bytes are done."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last = time.monotonic() - (_SELDOM if self._terminal else 0.0)

    def __enter__(self) -> BytesLine:
        return self

    def __exit__(self, *what: object) -> None:
        self.clear()

    def show(self, doing: str, done: int, total: int) -> None:
        """Says what is being done, and how far it is."""
        pause = 0.2 if self._terminal else _SELDOM
        if time.monotonic() - self._last < pause:
            return
        self._last = time.monotonic()
        line = f"{doing.capitalize()}: {size_words(done)} of {size_words(max(done, total))}"
        end = "" if self._terminal else "\n"
        print(f"\r\033[K{line}" if self._terminal else line, end=end, file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Empties the line."""
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
