from __future__ import annotations

import subprocess
import sys

import pytest

STARTED_BY_A_SHELL_IN_THE_BACKGROUND = """
import os, signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
{first}
os.kill(os.getpid(), signal.SIGINT)
child = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
subprocess.run([sys.executable, "-c", child], check=True)
"""


@pytest.mark.parametrize(
    ("first", "ignored"),
    [
        ("", True),
        ("from tests.interrupts import let_children_be_interrupted as f; f()", False),
    ],
)
def test_programs_can_be_interrupted_where_the_tests_are_not(first: str, ignored: bool) -> None:
    code = STARTED_BY_A_SHELL_IN_THE_BACKGROUND.format(first=first)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(ignored)
