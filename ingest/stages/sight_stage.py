"""Look at the frames of a clip: things, texts, faces; and keep pictures while they go by."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.decode.requests import SampleReport
from ingest.stages.picture_stage import PictureKeeper
from ingest.stages.stages import ClipBlock, ModelStage, by_clip
from ingest.vision.face_prints import FacePrinter
from ingest.vision.still_scenes import RepeatReader, SceneReader
from memory.store.store import Store
from memory.types.core import BiometricPrint, Recording, Sighting


@dataclass(frozen=True, slots=True)
class Eyes:
    """What looks at pictures; ``faces`` is None where faces cannot be told apart."""

    sights: SceneReader
    faces: FacePrinter | None = None


class SightStage(ModelStage[Eyes]):
    """What was in view, and whose faces; its frames are those that pictures are kept of."""

    name = "sights"

    def applies(self, recording: Recording) -> bool:
        """Recordings with a picture."""
        return recording.has_video

    def run(self, store: Store, block: ClipBlock) -> None:
        """Decodes the block once and reads one clip's frames at a time, so memory stays flat."""
        eyes = self._model()
        sights = RepeatReader(eyes.sights)
        keeper, report = PictureKeeper(store, block), SampleReport()
        seen: dict[str, list[Sighting]] = {}
        prints: dict[str, list[BiometricPrint]] = {}
        for clip, shown in by_clip(block.clips, block.frames(report)):
            seen[clip.id] = sights.read(clip, shown)
            if eyes.faces is not None:
                seen[clip.id], prints[clip.id] = eyes.faces.read(clip, shown, seen[clip.id])
            keeper.keep(clip, shown)
        store.perceptions.write_sightings(self.name, self.version, seen, prints=prints)
        keeper.enter(report)
