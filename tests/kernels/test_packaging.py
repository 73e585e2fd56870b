"""Our `kernels` package must not be taken for Hugging Face's by `transformers`.

`transformers` looks for an importable `kernels`, asks which distribution it comes from, and uses
it if that version lies in a range it knows. So the tests install our packages as a distribution,
in the way pip leaves them, and build models in a fresh process.
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
BUILD = """
import importlib.metadata
owners = set(importlib.metadata.packages_distributions()["kernels"])
assert owners == {"egobutler"}, owners
from transformers.utils.import_utils import is_kernels_available
assert not is_kernels_available()
from kernels.registry import register
from tests.kernels.models import causal_model, prompt
ids, mask = prompt(9)
model = causal_model("Llama")
model.set_attn_implementation(register("window"))
print(model.generate(ids, attention_mask=mask, max_new_tokens=2, min_new_tokens=2).shape[1])
"""


@pytest.fixture
def version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def test_models_build_with_our_packages_installed(tmp_path: Path, version: str) -> None:
    for package in PACKAGES:
        (tmp_path / package).symlink_to(ROOT / package)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    info = tmp_path / f"egobutler-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: egobutler\nVersion: {version}\n")
    (info / "top_level.txt").write_text("\n".join(PACKAGES))
    done = subprocess.run(
        [sys.executable, "-c", BUILD],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["11"]


def test_our_version_lies_beyond_those_of_the_foreign_package(version: str) -> None:
    assert int(version.split(".")[0]) >= 1


def test_the_package_says_no_version_and_is_light() -> None:
    assert not hasattr(kernels, "__version__")
    source = Path(kernels.__file__).read_text()
    assert "import" not in source
