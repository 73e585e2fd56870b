"""Small files with sound of their own, to be found in folders and taken in."""

from datetime import UTC, datetime
from pathlib import Path

from tests.media import last_changed, make_audio, tone

BERLIN = "Europe/Berlin"
NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)


def recording(path: Path, seconds: float = 2.0, *, hertz: float = 440.0) -> Path:
    """A small file with sound of its own, last changed at noon."""
    return last_changed(make_audio(path, tone(seconds, hertz)), NOON)
