"""Opens ONNX models with few threads that sleep when idle."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def open_session(model: Path, threads: int) -> Any:
    """An ONNX Runtime session on the CPU.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if not model.is_file():
        raise FileNotFoundError(f"the model file {model} is not there; run `egobutler models`")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Spinning workers burn a core between calls, and this machine is also somebody's laptop.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
