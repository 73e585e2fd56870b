"""WebVTT thumbnails: in which sheet, and where in it, the picture of each second is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from urllib.parse import quote

from ingest.editing.subtitles import timestamp
from memory.db.media_files import Storyboard
from memory.types.core import Clip, Recording

_HOLDS = 6.0  # seconds for which a picture stands: between keyframes there may be so many


def storyboard_vtt(boards: Iterable[tuple[Clip, Storyboard]], recording: Recording) -> str:
    """A WebVTT file as players read it: a cue for each tile, ``SHEET.jpg#xywh=x,y,width,height``.

    The sheets' names are relative to the address of this file. A moment without a cue has no
    picture: what of the recording was forgotten or could not be read.
    """
    cues = [cue for clip, board in boards for cue in _cues(clip, board, recording)]
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def _cues(clip: Clip, board: Storyboard, recording: Recording) -> Iterator[str]:
    sheet = quote(PurePosixPath(board.path).name)
    for number, (at, following) in enumerate(zip(board.times, (*board.times[1:], clip.span.end))):
        begin = max(clip.span.start, at - _HOLDS) if number == 0 else at
        start, end = begin - recording.start, min(following, at + _HOLDS) - recording.start
        row, column = divmod(number, board.columns)
        x, y = column * board.width, row * board.height
        if 0 <= start < end:
            yield (
                f"{timestamp(start)} --> {timestamp(end)}\n"
                f"{sheet}#xywh={x},{y},{board.width},{board.height}"
            )
