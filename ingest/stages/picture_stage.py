"""Keep pictures of a recording: thumbnails, and storyboards with a picture of every second or two.

A storyboard is one file for each clip, so that what is forgotten goes with its clip. Pictures are
made of the frames that ``SightStage`` looks at anyway; ``PictureStage`` decodes where nothing does:
where the detectors' weights are missing, and for what was ingested before there were storyboards.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.decode.requests import SampleReport
from ingest.stages.stages import ClipBlock, by_clip
from ingest.vision.scene_quality import pick_thumbnails
from memory.db.media_files import Storyboard, Thumbnail
from memory.store.store import Store
from memory.types.core import Clip, Frame, Recording

NAME, VERSION = "pictures", "pictures-1"
PERIOD = 2.0  # seconds from tile to tile, where there are as many frames
SIDE = 160  # pixels of a tile's longer side
COLUMNS = 4  # and as many rows: 32 s


class PictureKeeper:
    """Keeps pictures of a block's clips while their frames go by, unless they are kept already."""

    def __init__(self, store: Store, block: ClipBlock) -> None:
        """Looks up whether there is anything to do."""
        self._store, self._block = store, block
        known = store.ledger.done(block.recording.id, NAME, VERSION)
        self.is_done = known.issuperset(clip.id for clip in block.clips)
        self._files: dict[str, bytes] = {}
        self._thumbnails: dict[str, list[Thumbnail]] = {}
        self._boards: dict[str, Storyboard] = {}

    def keep(self, clip: Clip, frames: Sequence[Frame]) -> None:
        """Makes the pictures of a clip from its frames, in order of time."""
        if self.is_done:
            return
        media, thumbnails = self._store.media, self._thumbnails.setdefault(clip.id, [])
        for number, frame in enumerate(pick_thumbnails(frames)):
            path = media.thumbnail_path(clip.recording_id, clip.id, number)
            self._files[path] = encode_thumbnail(frame)
            thumbnails.append(Thumbnail(frame.at, path))
        if tiles := spaced(frames):
            path = media.storyboard_path(clip.recording_id, clip.id)
            sheet, width, height = sheet_of([frame.image for frame in tiles])
            self._files[path] = sheet
            times = tuple(frame.at for frame in tiles)
            self._boards[clip.id] = Storyboard(path, times, COLUMNS, width, height)

    def enter(self, report: SampleReport) -> None:
        """Writes files, then rows: a file that no row names is swept, the other way is damage."""
        if self.is_done:
            return
        for path, data in self._files.items():
            self._store.media.write(path, data)
        damage = self._block.damage("picture", report.damaged, "damaged pictures")
        self._store.perceptions.write_pictures(
            NAME, VERSION, self._thumbnails, self._boards, damage=damage
        )


class PictureStage:
    """Pictures that are kept, of what no other stage has decoded."""

    name = NAME
    version = VERSION

    def applies(self, recording: Recording) -> bool:
        """Recordings with a picture."""
        return recording.has_video

    def load(self) -> None:
        """Nothing: no model is needed."""

    def run(self, store: Store, block: ClipBlock) -> None:
        """Decodes the block once, unless its pictures are kept since the plan was made."""
        keeper, report = PictureKeeper(store, block), SampleReport()
        if keeper.is_done:
            return
        for clip, shown in by_clip(block.clips, block.frames(report)):
            keeper.keep(clip, shown)
        keeper.enter(report)


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
