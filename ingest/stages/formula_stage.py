"""Read formulas in view, where the owner has a checkpoint that does; captions then tell of them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from egogpt.captioning.template_captioner import TemplateCaptioner
from egogpt.protocols.image_embedder import PictureEmbedder
from ingest.decode.decoder import MediaDecoder
from ingest.decode.requests import SampleReport
from ingest.stages.identity_stage import recaption
from ingest.stages.stages import ClipBlock, by_clip
from ingest.vision.detectors.ocr import TEXT_VERSION, TextReader
from ingest.vision.formulas import read_formulas
from ingest.vision.object_tracks import frame_spans
from memory.types.core import Recording
from memory.types.paths import sha256_of

if TYPE_CHECKING:
    from ingest.vision.detectors.formulas import FormulaReader
    from memory.store.store import Store


class FormulaStage:
    """Formulas on whiteboards and the like, as text in view. It runs at home: there the file is."""

    name = "formulas"

    def __init__(self, checkpoint: Path) -> None:
        """Load nothing yet. Raises OSError where the checkpoint cannot be read."""
        self._checkpoint = checkpoint
        self.version = f"formulas-1+{TEXT_VERSION}+{sha256_of(checkpoint)[:12]}"

    def applies(self, recording: Recording) -> bool:
        """Recordings with a picture."""
        return recording.has_video

    def load(self) -> None:
        """Load the checkpoint. Raises ModelDamaged where it is none that reads formulas."""
        _ = self._readers

    def run(
        self, store: Store, block: ClipBlock, media: MediaDecoder, _: PictureEmbedder | None
    ) -> None:
        """Read the block's formulas, and make the captions of clips that have some again."""
        ocr, reader = self._readers
        seen = {
            clip.id: read_formulas(ocr, reader, frames, frame_spans(clip, frames))
            for clip, frames in by_clip(block.clips, block.frames(media, SampleReport()))
        }
        with store.database.transaction():
            store.perceptions.write_sightings(self.name, self.version, seen)
            recaption(store, TemplateCaptioner(), [clip_id for clip_id in seen if seen[clip_id]])

    @cached_property
    def _readers(self) -> tuple[TextReader, FormulaReader]:
        from ingest.vision.detectors.formulas import FormulaReader  # and with it torch

        return TextReader(), FormulaReader.load(self._checkpoint)
