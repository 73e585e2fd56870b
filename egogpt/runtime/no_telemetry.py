"""Nothing is sent to the makers of the libraries, though some of them do unless told not to.

ONNX Runtime since 1.29 reports the sessions that are opened and the machine's id from Linux, macOS
and Windows, and keeps what it could not send yet in the user's cache folder; Gradio and
huggingface_hub report how they are used. All of them look at the environment once, when imported.
"""

from __future__ import annotations

import os

_SILENT = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
}


def send_nothing() -> None:
    """Turns telemetry off, in this process and those that it starts, whatever was set before.

    Only libraries loaded after this call obey: a program calls it before anything else.
    """
    os.environ.update(_SILENT)
