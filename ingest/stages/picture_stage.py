"""Keep pictures of a recording: thumbnails, and storyboards with a picture of every second or two.

A storyboard is one file for each clip, so that what is forgotten goes with its clip. Pictures are
made of the frames that ``SightStage`` looks at anyway; ``PictureStage`` decodes where nothing does:
where the detectors' weights are missing, and for what was ingested before there were storyboards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ingest.decode.decoder import MediaDecoder
from ingest.decode.requests import SampleReport
from ingest.stages.stages import (
    BlockFindings,
    BlockInputs,
    ClipBlock,
    ClipPictures,
    PerceptionStage,
    by_clip,
)
from ingest.vision.scene_quality import pick_thumbnails
from memory.db.media_files import Storyboard, Thumbnail
from memory.types.core import Damage, Frame, Recording

if TYPE_CHECKING:
    from memory.store.store import Store

NAME, VERSION = "pictures", "pictures-1"
PERIOD = 2.0  # seconds from tile to tile, where there are as many frames
SIDE = 160  # pixels of a tile's longer side
COLUMNS = 4  # and as many rows: 32 s


class PictureStage(PerceptionStage[None]):
    """Pictures that are kept, of what no other stage has decoded."""

    name = NAME

    def __init__(self) -> None:
        """No model is needed."""
        super().__init__(VERSION, lambda: None)

    def applies(self, recording: Recording) -> bool:
        """Recordings with a picture."""
        return recording.has_video

    def compute(self, block: ClipBlock, inputs: BlockInputs, media: MediaDecoder) -> BlockFindings:
        """Decodes the block once, unless its pictures are there."""
        if inputs.has_pictures:
            return BlockFindings()
        report = SampleReport()
        shown = by_clip(block.clips, block.frames(media, report))
        pictures = {clip.id: pictures_of(frames) for clip, frames in shown}
        return BlockFindings(pictures=pictures, damage=picture_damage(block, report))

    def write(self, store: Store, block: ClipBlock, findings: BlockFindings) -> None:
        """Stores the pictures."""
        write_pictures(store, block, findings)


def pictures_of(frames: Sequence[Frame]) -> ClipPictures:
    """The pictures that are kept of a clip with these frames, which are in order of time."""
    thumbnails = tuple((frame.at, encode_thumbnail(frame)) for frame in pick_thumbnails(frames))
    tiles = spaced(frames)
    if not tiles:
        return ClipPictures(thumbnails)
    sheet = sheet_of([frame.image for frame in tiles])
    return ClipPictures(thumbnails, sheet[0], tuple(frame.at for frame in tiles), *sheet[1:])


def picture_damage(block: ClipBlock, report: SampleReport) -> dict[str, list[Damage]]:
    """Clip id → what of it could not be seen."""
    return block.damage("picture", report.damaged, "damaged pictures")


def write_pictures(store: Store, block: ClipBlock, findings: BlockFindings) -> None:
    """Writes files, then rows: a file that no row names is swept, the other way is damage."""
    if findings.pictures is None:
        return
    media, recording_id = store.media, block.recording.id
    thumbnails: dict[str, list[Thumbnail]] = {}
    boards: dict[str, Storyboard] = {}
    for clip_id, kept in findings.pictures.items():
        thumbnails[clip_id] = []
        for number, (at, jpeg) in enumerate(kept.thumbnails):
            path = media.thumbnail_path(recording_id, clip_id, number)
            media.write(path, jpeg)
            thumbnails[clip_id].append(Thumbnail(at, path))
        if kept.times:
            path = media.storyboard_path(recording_id, clip_id)
            media.write(path, kept.tiles)
            boards[clip_id] = Storyboard(path, kept.times, COLUMNS, kept.width, kept.height)
    store.perceptions.write_pictures(NAME, VERSION, thumbnails, boards, damage=findings.damage)


def spaced(frames: Sequence[Frame]) -> list[Frame]:
    """The frames that are about ``PERIOD`` or more apart, beginning with the first."""
    chosen: list[Frame] = []
    for frame in frames:
        if not chosen or frame.at - chosen[-1].at > 0.75 * PERIOD:
            chosen.append(frame)
    return chosen


def sheet_of(images: Sequence[NDArray[np.uint8]]) -> tuple[bytes, int, int]:
    """The pictures as tiles of one JPEG, ``COLUMNS`` in a row, and a tile's width and height."""
    tiles = [_shrunk(image, SIDE) for image in images]
    height, width = tiles[0].shape[:2]
    rows = -(-len(tiles) // COLUMNS)
    sheet = np.zeros((rows * height, min(COLUMNS, len(tiles)) * width, 3), np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, COLUMNS)
        place = sheet[row * height : (row + 1) * height, column * width : (column + 1) * width]
        place[: tile.shape[0], : tile.shape[1]] = tile[:height, :width]
    return _jpeg(sheet, 60), width, height


def encode_thumbnail(frame: Frame, longest: int = 480) -> bytes:
    """The frame as a JPEG whose longer side is at most ``longest`` pixels."""
    return _jpeg(_shrunk(frame.image, longest), 80)


def _shrunk(image: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    import cv2

    height, width = image.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(image: NDArray[np.uint8], quality: int) -> bytes:
    import cv2

    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)
