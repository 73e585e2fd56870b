"""Our `kernels` package must not be taken for Hugging Face's by `transformers`.

`transformers` looks for an importable `kernels`, asks which distribution it comes from, and uses
it if that version lies in a range it knows. So the tests install our packages as a distribution,
in the way pip leaves them, and ask in a fresh process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import kernels

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "ingest", "egogpt", "egorag", "memory", "kernels")
ASK = """
import importlib.metadata
owners = set(importlib.metadata.packages_distributions()["kernels"])
assert owners == {"egobutler"}, owners
from transformers.utils.import_utils import is_kernels_available
assert not is_kernels_available()
# What every model imports; it would look here for functions that are not ours.
from transformers.integrations.hub_kernels import use_kernel_forward_from_hub
"""


@pytest.fixture
def version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def test_transformers_takes_no_kernels_from_our_packages_when_they_are_installed(
    tmp_path: Path, version: str
) -> None:
    for package in PACKAGES:
        (tmp_path / package).symlink_to(ROOT / package)
    info = tmp_path / f"egobutler-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: egobutler\nVersion: {version}\n")
    (info / "top_level.txt").write_text("\n".join(PACKAGES))
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_our_version_lies_beyond_those_of_the_foreign_package(version: str) -> None:
    assert int(version.split(".")[0]) >= 1


def test_the_package_says_no_version_and_is_light() -> None:
    assert not hasattr(kernels, "__version__")
    source = Path(kernels.__file__).read_text()
    assert "import" not in source
