"""No library tells its makers anything, and none keeps anything to be told later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LISTEN = """
import sys
from pathlib import Path
from app.assistant import Assistant
from app.core.settings import Settings
assistant = Assistant.open(Settings(Path(sys.argv[1]), preset="small", weights=Path(sys.argv[2])))
import numpy as np
from ingest.speech.vad import find_speech
find_speech(np.zeros(16_000, np.float32))  # a session of ONNX Runtime, which we do not open
assistant.close()
"""


def test_listening_leaves_nothing_in_the_persons_folders(tmp_path: Path) -> None:
    person = tmp_path / "person"
    person.mkdir()
    # ONNX Runtime is silent where it takes the machine for one that tests software.
    here = {name: value for name, value in os.environ.items() if name not in ("CI", "TF_BUILD")}
    here |= {"HOME": str(person), "XDG_CACHE_HOME": str(person / ".cache")}
    for name in ("ORT_DISABLE_TELEMETRY", "GRADIO_ANALYTICS_ENABLED"):
        here.pop(name, None)
    words = [sys.executable, "-c", LISTEN, str(tmp_path / "home"), str(tmp_path / "no-weights")]
    done = subprocess.run(words, capture_output=True, text=True, env=here, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert [path for path in person.rglob("*") if path.is_file()] == []
