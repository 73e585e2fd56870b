"""Distributions that add implementations to EgoButler, written as wheels and installed by pip."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

EntryPoints = Mapping[str, Mapping[str, str]]  # group → name → "module:attribute"


def install(target: Path, name: str, module: str, entry_points: EntryPoints) -> Path:
    """Make a wheel of one module, ``name`` with underscores, and install it into ``target``."""
    stem = name.replace("-", "_")
    wheel = target.parent / f"{stem}-1.0-py3-none-any.whl"
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
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target"]
    done = subprocess.run([*pip, target, wheel], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target
