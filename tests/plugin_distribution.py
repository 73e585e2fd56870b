"""Distributions that add implementations to EgoButler, written as wheels and installed by pip."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

EntryPoints = Mapping[str, Mapping[str, str]]  # group → name → "module:attribute"


def wheel_of(folder: Path, name: str, module: str, entry_points: EntryPoints) -> Path:
    """A wheel of one module, ``name`` with underscores."""
    stem = name.replace("-", "_")
    wheel = folder / f"{stem}-1.0-py3-none-any.whl"
    groups = "\n".join(
        f"[{group}]\n" + "".join(f"{key} = {place}\n" for key, place in points.items())
        for group, points in entry_points.items()
    )
    info = f"{stem}-1.0.dist-info"
    files = {
        f"{stem}.py": module,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": groups,
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in files))
    return wheel


def install(target: Path, *wheels: Path) -> Path:
    """Install wheels into a folder."""
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target"]
    done = subprocess.run([*pip, target, *wheels], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target
