"""A test that hangs for good ends its process with a word about where, and its children too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLUGIN = """
import os
from tests.stuck import Stuck

def pytest_configure(config):
    config.pluginmanager.register(Stuck(os.dup(2), patience=0.3))
"""
TEST = """
import subprocess, time

def waits_for_ever():
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass

def test_quick():
    pass

def test_hangs():
    global child
    child = subprocess.Popen(["sleep", "600"], stdout=2)
    waits_for_ever()
"""


def test_it_says_where_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(PLUGIN)
    (tmp_path / "test_some.py").write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    options = ["--rootdir", str(tmp_path), "-c", "/dev/null"]
    # The pipe is at its end only once the child, which holds it too, has ended.
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ended = subprocess.run(
        [*command, *options], cwd=ROOT, env=alone, capture_output=True, text=True
    )
    assert ended.returncode == 70
    assert "stuck" in ended.stderr
    assert "test_some.py::test_hangs" in ended.stderr
    assert "waits_for_ever" in ended.stderr
    assert "test_quick" not in ended.stderr
