"""Storyboards: in which sheet, and where in it, the picture of each second of a recording is."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from PIL import Image

from ingest.editing.subtitles import timestamp
from memory.db.media_files import Storyboard
from memory.types.core import Clip, Recording

ROUNDING = 0.001  # seconds by which the beginning of a clip may seem later than it is
_HOLDS = 6.0  # seconds for which a picture stands: between keyframes there may be so many


@dataclass(frozen=True, slots=True)
class _Tile:
    """A picture of ``start``–``end`` seconds of a recording: the pixels ``box`` of a sheet."""

    start: float
    end: float
    sheet: str
    box: tuple[int, int, int, int]  # left, top, width, height


def storyboard_vtt(boards: Iterable[tuple[Clip, Storyboard]], recording: Recording) -> str:
    """A WebVTT file as players read it: a cue for each tile, ``SHEET.jpg#xywh=x,y,width,height``.

    The sheets' names are relative to the address of this file. A moment without a cue has no
    picture: what of the recording was forgotten or could not be read.
    """
    cues = (
        f"{timestamp(tile.start)} --> {timestamp(tile.end)}\n"
        f"{quote(PurePosixPath(tile.sheet).name)}#xywh={','.join(map(str, tile.box))}"
        for clip, board in boards
        for tile in _tiles(clip, board, recording)
    )
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def picture_at(
    home: Path, board: tuple[Clip, Storyboard], recording: Recording, second: float
) -> bytes | None:
    """The picture of a second of a recording as a JPEG, cut out of its sheet.

    None where there is none, or the sheet is gone or damaged.
    """
    for tile in _tiles(*board, recording):
        if tile.start - ROUNDING <= second < tile.end:
            left, top, width, height = tile.box
            cut = io.BytesIO()
            try:
                with Image.open(home / tile.sheet) as sheet:
                    picture = sheet.crop((left, top, left + width, top + height))
                    picture.save(cut, "JPEG", quality=85)
            except (OSError, ValueError, SyntaxError):  # Pillow's words for what is no picture
                return None
            return cut.getvalue()
    return None


def _tiles(clip: Clip, board: Storyboard, recording: Recording) -> Iterator[_Tile]:
    for number, (at, following) in enumerate(zip(board.times, (*board.times[1:], clip.span.end))):
        begin = max(clip.span.start, at - _HOLDS) if number == 0 else at
        start, end = begin - recording.start, min(following, at + _HOLDS) - recording.start
        row, column = divmod(number, board.columns)
        if 0 <= start < end:
            box = (column * board.width, row * board.height, board.width, board.height)
            yield _Tile(start, end, board.path, box)
