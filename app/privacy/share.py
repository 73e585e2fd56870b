"""Gives a piece of a recording away as a file, with faces, screens or plates covered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from app.core.errors import Refusal
from app.core.request_identity import current_user
from app.models.model_set import ModelProvider
from app.presentation.parse_time import parse_moment
from ingest.editing.redaction import WHAT, What, finders
from ingest.editing.share_clip import MOST, Told, share, silently
from ingest.errors import UnreadableMedia
from memory.store.store import Store
from memory.types.core import Recording

_OFFSET = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)")


class CannotShare(Refusal):
    """There is no such piece; the text says what to do."""


def covered(names: str) -> tuple[What, ...]:
    """What is to be covered, of words with commas between. Raises CannotShare."""
    requested = [name.strip() for name in names.split(",") if name.strip() not in ("", "none")]
    known: tuple[What, ...] = tuple(subject for subject in WHAT if subject in requested)
    if len(known) < len(set(requested)):
        raise CannotShare(f"what can be covered is: {', '.join(WHAT)}; or none")
    return known


def offset(text: str, recording: Recording) -> float:
    """Seconds from the beginning of a recording: of "90", "1:30", or of a time on the clock.

    Raises:
        CannotShare: it is neither.
    """
    if (match := _OFFSET.fullmatch(text.strip())) is not None:
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return 3600 * hours + 60 * minutes + seconds
    try:
        return parse_moment(text, recording.timezone).timestamp() - recording.start
    except ValueError as error:
        raise CannotShare(str(error)) from error


def share_piece(
    store: Store,
    models: ModelProvider,
    recording_id: str,
    start: float,
    end: float,
    target: Path,
    blur: Sequence[What] = WHAT,
    *,
    mute: bool = False,
    on_progress: Told = silently,
) -> None:
    """Writes a piece of a recording, [start, end) seconds from its beginning, to an MP4 file.

    Raises:
        CannotShare: there is no such recording, or no such time in it.
        IngestError: it cannot be read, or what is to be covered cannot be found here.
    """
    recording = store.recordings.get(recording_id)
    path = None if recording is None else store.original(recording)
    if recording is None or path is None or not path.is_file():
        raise CannotShare(f"there is no recording {recording_id} whose file is here")
    if not 0 <= start < min(end, recording.duration):
        raise CannotShare(f"{path.name} is {recording.duration:.0f} s long; choose a time in it")
    if end - start > MOST:
        raise CannotShare(f"at most {MOST / 60:.0f} minutes can be shared at once")
    stretches = store.forgotten.stretches(recording)
    if any(start < gone_to and end > gone_from for gone_from, gone_to in stretches):
        raise CannotShare("a part of that time was forgotten; choose a piece without it")
    detectors = finders(blur, models.weights) if recording.has_video else []
    try:
        share(path, target, start, end, detectors, mute=mute, on_progress=on_progress)
    except UnreadableMedia:
        raise
    except OSError as error:
        raise CannotShare(f"{target} cannot be written ({error.strerror or error})") from error
    store.audit.write(
        current_user(),
        "share",
        f"{min(end, recording.duration) - start:.0f} s, covered: {', '.join(blur) or 'nothing'}",
    )
