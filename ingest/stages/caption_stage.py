"""The last stage of a clip: sentences of what was seen and heard; this is what is remembered.

A captioner that looks or listens itself is given pictures and sound of the clip, and all that the
other stages found. Where it fails, the stand-in writes, under its own version: the ledger then
knows that the clip still waits for the captioner that was chosen.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from egogpt.captioning.template_captioner import verbatim
from egogpt.protocols.captioner import BatchCaptioner, Captioner
from egogpt.protocols.chat import Unloadable
from ingest.stages.observation import found, perceived
from ingest.stages.stages import ClipBlock
from memory.store.store import Store
from memory.types.core import Clip, Observation, Recording

_log = logging.getLogger(__name__)
LONGEST_CAPTION = 25_000  # letters; nobody says more in half a minute, but a model may
_FAILURES = 3  # in a row, after which the captioner is left alone
_REST = 600.0  # seconds that it is left alone for


@dataclass(frozen=True, slots=True)
class WrittenCaption:
    """A caption, who wrote it, and the version of the stage that it stands under."""

    text: str
    by: str
    version: str


class CaptionStage:
    """Captions clips, several at once where the captioner can."""

    name = "caption"

    def __init__(
        self, captioner: Captioner, inputs: str, stand_in: Captioner | None = None
    ) -> None:
        """``inputs`` names the stages before; without a ``stand_in``, what fails is raised."""
        self.version = f"{captioner.name}-{captioner.version}({inputs})"
        self._captioner = captioner
        self._perceives = captioner.frames > 0 or captioner.hears
        self._stand_in = stand_in
        self._stand_in_version = (
            f"{stand_in.name}-{stand_in.version}({inputs})" if stand_in is not None else ""
        )
        self._reason, self._rests_until, self._failures = "", 0.0, 0

    @property
    def trouble(self) -> str:
        """Why the stand-in writes now, in one sentence, or empty."""
        return self._reason if time.monotonic() < self._rests_until else ""

    def applies(self, recording: Recording) -> bool:
        """Every recording."""
        return True

    def load(self) -> None:
        """Loads the captioner, if it is one that loads."""
        self._prepared()

    def run(self, store: Store, block: ClipBlock) -> None:
        """Captions those of the block's clips that are not captioned yet."""
        done = store.ledger.done(block.recording.id, self.name, self.version)
        size = self._captioner.batch if isinstance(self._captioner, BatchCaptioner) else 1
        for first in range(0, len(block.clips), size):
            clips = block.clips[first : first + size]
            # A batch is always the same clips, or a resumed run would say other things.
            if not {clip.id for clip in clips} <= done:
                self._caption(store, block, clips)

    def _caption(self, store: Store, block: ClipBlock, clips: Sequence[Clip]) -> None:
        if self.trouble and self._is_stood_in_for(store, clips):
            return
        watches = self._perceives and self._prepared()
        given = perceived(store, block, clips, self._captioner) if watches else found(store, clips)
        written = self._written(given)
        with store.database.transaction():
            for clip, one in zip(clips, written, strict=True):
                store.memories.write_caption(clip, one.text, one.by, self.name, one.version)

    def _is_stood_in_for(self, store: Store, clips: Sequence[Clip]) -> bool:
        done = store.ledger.done(clips[0].recording_id, self.name, self._stand_in_version)
        return {clip.id for clip in clips} <= done

    def _written(self, given: Sequence[Observation]) -> list[WrittenCaption]:
        """The captions of a batch; of one that fails as a whole, each clip by itself."""
        if self.trouble:
            return [self._composed(one) for one in given]
        if self._stand_in is None:
            return self._told(given)
        try:
            told = self._told(given)
        except Exception as error:  # whatever a model raises must not cost the memory of a clip
            if len(given) > 1:
                return [one for each in given for one in self._written([each])]
            return [self._failed(given[0], error)]
        self._failures = 0
        return told

    def _told(self, given: Sequence[Observation]) -> list[WrittenCaption]:
        """What the captioner writes; of what it neither sees nor hears, what the stand-in does."""
        texts = iter(_all_of(self._captioner, [one for one in given if self._is_for(one)]))
        return [
            self._checked(one, next(texts))
            if self._is_for(one)
            else replace(self._composed(one), version=self.version)
            for one in given
        ]

    def _is_for(self, given: Observation) -> bool:
        """Whether there is anything of the clip that the captioner can perceive."""
        if not self._perceives or self._stand_in is None:
            return True
        return bool(given.frames) or given.sound is not None

    def _checked(self, given: Observation, text: str) -> WrittenCaption:
        if not text.strip():
            raise ValueError(f"the captioner {self._captioner.name} wrote nothing")
        if self._perceives:
            # What was said and read is searched word by word: a caption only tells of it.
            text = " ".join(filter(None, (text.strip(), verbatim(given))))
        return WrittenCaption(text[:LONGEST_CAPTION], self._captioner.name, self.version)

    def _composed(self, given: Observation) -> WrittenCaption:
        assert self._stand_in is not None
        text = self._stand_in.caption(given)[:LONGEST_CAPTION]
        return WrittenCaption(text, self._stand_in.name, self._stand_in_version)

    def _failed(self, given: Observation, error: Exception) -> WrittenCaption:
        _log.warning("a clip could not be captioned", exc_info=error)
        self._failures += 1
        if self._failures >= _FAILURES:
            self._rest(error)
        return self._composed(given)

    def _prepared(self) -> bool:
        """Whether the captioner's weights are in memory; where they cannot be, it rests."""
        if self.trouble or not isinstance(self._captioner, Unloadable):
            return not self.trouble
        try:
            self._captioner.prepare()
        except Exception as error:
            if self._stand_in is None:
                raise
            _log.warning("the captioner could not be loaded", exc_info=True)
            self._rest(error)
            return False
        return True

    def _rest(self, error: Exception) -> None:
        what = (str(error).strip().splitlines() or [type(error).__name__])[0]
        self._reason = (
            f"Captions are composed for now, {self._captioner.name} could not write them: {what} "
            "They are written by it once it can, at the next ingest"
        )
        self._rests_until, self._failures = time.monotonic() + _REST, 0


def _all_of(captioner: Captioner, given: Sequence[Observation]) -> list[str]:
    if isinstance(captioner, BatchCaptioner) and len(given) > 1:
        return captioner.captions(given)
    return [captioner.caption(one) for one in given]
