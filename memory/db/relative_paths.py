"""Makes the rows of an older home, which hold where its files were, say where in the home they are.

Such a home may have been renamed, moved or copied since: what lies in its folders of recordings
then belongs to it, wherever its rows say that they lie. What was found so has to be proved
(``memory.repositories.linked_files``), but where its folder is called by its SHA-256.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from memory.types.paths import HomePaths, decode, encode, job_id

_IN_A_HOME = re.compile(
    r"(?P<home>.+?)/(?P<name>(?:originals/[0-9a-f]{2}/[^/]+|uploads)/[^/]+)", re.DOTALL
)
_DATABASE = "memory.sqlite3"


def make_relative(connection: sqlite3.Connection) -> None:
    """Rewrites every path of the home that this database is of."""
    home = _Home(_folder(connection), [path for _, path in _paths(connection)])
    for recording_id, path in _paths(connection):
        if (name := home.relative(path)) == path:
            continue
        connection.execute(
            "UPDATE recording SET path = ? WHERE id = ?", [encode(name), recording_id]
        )
        connection.execute(
            "UPDATE doubt SET path = ? WHERE recording_id = ?", [encode(name), recording_id]
        )
        if not path.startswith(home.inside):
            connection.execute(
                "INSERT OR IGNORE INTO doubt (recording_id) SELECT id FROM recording "
                "WHERE id = ? AND instr(path, sha256) = 0",
                [recording_id],
            )
    _jobs(connection, home)
    _unfinished(connection, home)


def _folder(connection: sqlite3.Connection) -> Path:
    """The folder of the database; its name need not be UTF-8."""
    sql = "SELECT CAST(file AS BLOB) FROM pragma_database_list WHERE name = 'main'"
    return Path(os.fsdecode(connection.execute(sql).fetchone()[0])).parent


def _paths(connection: sqlite3.Connection, table: str = "recording") -> list[tuple[str, str]]:
    rows = connection.execute(f"SELECT id, path FROM {table} WHERE path <> ''").fetchall()
    return [(number, decode(path)) for number, path in rows]


def _jobs(connection: sqlite3.Connection, home: _Home) -> None:
    """Jobs are called by their paths: those that lie here come first, should two be one."""
    jobs = sorted(
        _paths(connection, "job"), key=lambda job: (not job[1].startswith(home.inside), job)
    )
    for number, path in jobs:
        if (name := home.relative(path)) != path:
            new = job_id(encode(name))
            changed = connection.execute(
                "UPDATE OR IGNORE job SET id = ?, path = ? WHERE id = ?",
                [new, encode(name), number],
            )
            if changed.rowcount:
                connection.execute("UPDATE notice SET job_id = ? WHERE job_id = ?", [new, number])


def _unfinished(connection: sqlite3.Connection, home: _Home) -> None:
    """Files that a forgetting, which was interrupted, has still to see to."""
    for number, text in connection.execute("SELECT id, todo FROM forgetting").fetchall():
        todo = json.loads(text)
        for task in todo.get("files", ()):
            task |= {key: home.relative(task[key]) for key in ("path", "new_path") if key in task}
        connection.execute(
            "UPDATE forgetting SET todo = ? WHERE id = ?", [json.dumps(todo), number]
        )


class _Home:
    """Where the home is, and where it was when its rows were written."""

    def __init__(self, home: Path, paths: list[str]) -> None:
        self._home, self._here = home, HomePaths(home)
        self.inside = os.path.join(home, "")
        self._before = {old for path in paths for old, _ in self._moved(path)}

    def relative(self, path: str) -> str:
        """The path as seen from the home where it belongs to it, else as it is."""
        name = self._here.relative(path)
        if name != path:
            return name
        for _, name in self._moved(path):
            return name
        for old in self._before:
            if path.startswith(f"{old}/") and not _is_home(old):
                return path[len(old) + 1 :]
        return path

    def _moved(self, path: str) -> Iterator[tuple[str, str]]:
        """Another place of this home, and the name in it, if this is a file that lies here now."""
        match = _IN_A_HOME.fullmatch(path)
        if match is None or path.startswith(self.inside):
            return
        mine = self._home / match["name"]
        if mine.is_file() and (not os.path.lexists(path) or _is_copied(match["home"], path, mine)):
            yield match["home"], match["name"]


def _is_home(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, _DATABASE))


def _is_copied(home: str, path: str, mine: Path) -> bool:
    """Whether both lie in a home and are alike from outside: the home was copied."""
    return _is_home(home) and os.path.isfile(path) and os.path.getsize(path) == mine.stat().st_size
