"""Look at the frames of a clip: things, texts, faces; and keep pictures while they go by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.decode.decoder import MediaDecoder
from ingest.decode.requests import SampleReport
from ingest.stages.picture_stage import picture_damage, pictures_of, write_pictures
from ingest.stages.stages import (
    BlockFindings,
    BlockInputs,
    ClipBlock,
    ClipPictures,
    PerceptionStage,
    by_clip,
)
from ingest.vision.face_prints import FacePrinter
from ingest.vision.still_scenes import RepeatReader, SceneReader
from memory.types.core import BiometricPrint, Recording, Sighting

if TYPE_CHECKING:
    from memory.store.store import Store


@dataclass(frozen=True, slots=True)
class Eyes:
    """What looks at pictures; ``faces`` is None where faces cannot be told apart."""

    sights: SceneReader
    faces: FacePrinter | None = None


class SightStage(PerceptionStage[Eyes]):
    """What was in view, and whose faces; its frames are those that pictures are kept of."""

    name = "sights"

    def applies(self, recording: Recording) -> bool:
        """Recordings with a picture."""
        return recording.has_video

    def compute(self, block: ClipBlock, inputs: BlockInputs, media: MediaDecoder) -> BlockFindings:
        """Decodes the block once and reads one clip's frames at a time, so memory stays flat."""
        eyes = self._model()
        sights, report = RepeatReader(eyes.sights), SampleReport()
        seen: dict[str, list[Sighting]] = {}
        prints: dict[str, list[BiometricPrint]] = {}
        pictures: dict[str, ClipPictures] = {}
        for clip, shown in by_clip(block.clips, block.frames(media, report)):
            seen[clip.id] = sights.read(clip, shown)
            if eyes.faces is not None:
                seen[clip.id], prints[clip.id] = eyes.faces.read(clip, shown, seen[clip.id])
            if not inputs.has_pictures:
                pictures[clip.id] = pictures_of(shown)
        return BlockFindings(
            sightings=seen,
            prints=prints,
            pictures=None if inputs.has_pictures else pictures,
            damage=picture_damage(block, report),
        )

    def write(self, store: Store, block: ClipBlock, findings: BlockFindings) -> None:
        """Stores what was seen, then the pictures, which have a ledger entry of their own."""
        super().write(store, block, findings)
        write_pictures(store, block, findings)
