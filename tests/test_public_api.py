"""The public face: few names, all there, and nothing heavy before one of them is used."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import egobutler

LIBRARIES = {"torch", "transformers", "open_clip", "onnxruntime", "xllamacpp", "tokenizers"}
CLUSTER = {"ray", "ingest.cluster"}  # loaded by --on alone
FENCE = {"memory.db.fence", "app.server.object_lease", "boto3"}  # by --fence alone
HEAVY = {*LIBRARIES, *CLUSTER, *FENCE, "numpy", "gradio", "av", "app.assistant"}
SERVER = "import app.server.server, app.commands.server.serve"
REGISTRIES = """
import egogpt.registry, kernels.registry
from egogpt.embedders.image_registry import check_picture_embedder
check_picture_embedder("siglip2:x")
"""


def loaded_after(*programs: str) -> list[set[str]]:
    """Which heavy modules a fresh process has loaded after each of these programs."""
    tell = f"\nimport json, sys\nprint(json.dumps(sorted({HEAVY} & set(sys.modules))))\n"
    whole = "".join(program + tell for program in programs)
    root = Path(egobutler.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", whole], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [set(json.loads(line)) for line in done.stdout.splitlines()]


def test_importing_loads_nothing_heavy_and_using_a_name_does() -> None:
    face, registries = loaded_after("import egobutler; dir(egobutler)", REGISTRIES)
    assert face == set()
    assert not registries & LIBRARIES
    used, served = loaded_after("from egobutler import Assistant", SERVER)
    assert {"numpy", "app.assistant"} <= used
    assert not served & (CLUSTER | FENCE)


def test_there_are_few_names_and_they_are_sorted() -> None:
    assert len(egobutler.__all__) <= 25
    assert egobutler.__all__ == sorted(egobutler.__all__)


@pytest.mark.parametrize("name", egobutler.__all__)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(egobutler, name).__doc__


def test_checkers_see_the_names_that_programs_get() -> None:
    tree = ast.parse(Path(egobutler.__file__).read_text())
    (checked,) = (node for node in tree.body if isinstance(node, ast.If))
    places = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in checked.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert places == egobutler._PLACES
    assert sorted(places) == egobutler.__all__


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Oracle'"):
        egobutler.Oracle  # noqa: B018


def test_every_name_is_documented() -> None:
    page = (Path(egobutler.__file__).parents[1] / "docs" / "python.md").read_text()
    documented = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert set(egobutler.__all__) <= documented
