"""Make the pictures of recordings that were ingested before these pictures were kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.decode.decoder import MediaDecoder
from ingest.errors import IngestError
from ingest.stages.executor import read_inputs
from ingest.stages.picture_stage import NAME, VERSION, PictureStage
from ingest.stages.pipeline import blocks
from memory.deletion.files import sweep_thumbnails
from memory.store.store import Store
from memory.types.core import Recording
from memory.types.errors import RecordingMoved

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class OlderPictures:
    """What is left to do of it in one home, the newest recordings first.

    What cannot be read now is passed over until another process looks.
    """

    _store: Store
    _decoder: MediaDecoder
    _passed_over: set[str] = field(init=False, default_factory=set)
    _is_over: bool = field(init=False, default=False)

    def make(self, enough: Callable[[], bool]) -> None:
        """Goes on with it until nothing is left; asks before each block whether to stop for now."""
        while not self._is_over:
            missing = self._store.recordings.without_stage(NAME, VERSION)
            recording = next((one for one in missing if one.id not in self._passed_over), None)
            self._is_over = recording is None
            if recording is not None and not self._make(recording, enough):
                return

    def _make(self, recording: Recording, enough: Callable[[], bool]) -> bool:
        """Whether to go on with the next one."""
        store, path = self._store, self._store.original(recording)
        try:
            if path is not None:
                probed = self._decoder.probe(path)
                clips = store.recordings.clips(recording.id)
                stage = PictureStage()
                for block in blocks(recording, probed, clips):
                    if enough():
                        return False
                    with store.ledger.expecting(recording):
                        findings = stage.compute(block, read_inputs(store, block), self._decoder)
                        stage.write(store, block, findings)
        except RecordingMoved:
            sweep_thumbnails(store, [recording.id])
            return True
        except (IngestError, OSError):
            _log.warning("no pictures could be made of %s", recording.id, exc_info=True)
        self._passed_over.add(recording.id)
        return True
