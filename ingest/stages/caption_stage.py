"""The last stage of a clip: sentences of what was seen and heard; this is what is remembered.

A captioner that looks or listens itself is given pictures and sound of the clip, and all that the
other stages found. Where it fails, the stand-in writes, under its own version: the ledger then
knows that the clip still waits for the captioner that was chosen.
"""

from __future__ import annotations

import logging
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from egogpt.captioning.template_captioner import verbatim
from egogpt.protocols.captioner import BatchCaptioner, Captioner
from egogpt.protocols.chat import Unloadable
from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.quota.query import Query
from ingest.decode.decoder import MediaDecoder
from ingest.decode.requests import RATE, SampleReport
from ingest.stages.frame_relevance import frame_relevance, recent_query
from ingest.stages.stages import ClipBlock, by_clip
from ingest.vision.frame_selection import frame_period
from memory.types.core import Clip, Frame, Observation, Recording, Sound

if TYPE_CHECKING:
    from memory.store.store import Store

_log = logging.getLogger(__name__)
# What `ingest --explain` shows: how each clip was shown to the model that captions it.
LOOKS = logging.getLogger(f"{__name__}.looks")
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
        # Why which clips of which recordings could not be captioned, by their ids.
        self._refused: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def shortfall(self, recording_id: str) -> str:
        """How many clips of a recording it could not caption, and why, or empty."""
        refused = self._refused[recording_id]
        if self.trouble or not refused:
            return self.trouble
        clips = "1 clip" if len(refused) == 1 else f"{len(refused)} clips"
        return (
            f"{self._captioner.name} could not caption {clips}, so that captions are composed "
            f"there: {[*refused.values()][-1]}"
        )

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

    def run(
        self,
        store: Store,
        block: ClipBlock,
        media: MediaDecoder,
        image_embedder: PictureEmbedder | None = None,
        /,
    ) -> None:
        """Captions those of the block's clips that are not captioned yet."""
        done = store.ledger.done(block.recording.id, self.name, self.version)
        size = self._captioner.batch if isinstance(self._captioner, BatchCaptioner) else 1
        for first in range(0, len(block.clips), size):
            clips = block.clips[first : first + size]
            # A batch is always the same clips, or a resumed run would say other things.
            if not {clip.id for clip in clips} <= done:
                self._caption(store, replace(block, clips=clips), media, image_embedder)

    def _caption(
        self,
        store: Store,
        block: ClipBlock,
        media: MediaDecoder,
        image_embedder: PictureEmbedder | None,
    ) -> None:
        clips = block.clips
        if self.trouble and self._is_stood_in_for(store, clips):
            return
        watches = self._perceives and self._prepared()
        observations = (
            perceived(store, block, self._captioner, media, image_embedder)
            if watches
            else observed(store, clips)
        )
        written = self._written(observations)
        with store.database.transaction():
            for clip, caption in zip(clips, written, strict=True):
                store.memories.write_caption(
                    clip, caption.text, caption.by, self.name, caption.version
                )

    def _is_stood_in_for(self, store: Store, clips: Sequence[Clip]) -> bool:
        done = store.ledger.done(clips[0].recording_id, self.name, self._stand_in_version)
        return {clip.id for clip in clips} <= done

    def _written(self, observations: Sequence[Observation]) -> list[WrittenCaption]:
        """The captions of a batch; of one that fails as a whole, each clip by itself."""
        if self.trouble:
            return [self._composed(observation) for observation in observations]
        if self._stand_in is None:
            return self._told(observations)
        try:
            captions = self._told(observations)
            perceived_ones = filter(self._is_for, observations)
            for observation, look in zip(perceived_ones, getattr(self._captioner, "looks", ())):
                LOOKS.info("%s: %s", observation.clip.id, look.text)
        except Exception as error:  # whatever a model raises must not cost the memory of a clip
            if len(observations) > 1:
                return [caption for each in observations for caption in self._written([each])]
            return [self._failed(observations[0], error)]
        self._failures = 0
        return captions

    def _told(self, observations: Sequence[Observation]) -> list[WrittenCaption]:
        """What the captioner writes; of what it neither sees nor hears, what the stand-in does."""
        texts = iter(
            _all_of(
                self._captioner,
                [observation for observation in observations if self._is_for(observation)],
            )
        )
        return [
            self._checked(observation, next(texts))
            if self._is_for(observation)
            else replace(self._composed(observation), version=self.version)
            for observation in observations
        ]

    def _is_for(self, observation: Observation) -> bool:
        """Whether there is anything of the clip that the captioner can perceive."""
        if not self._perceives or self._stand_in is None:
            return True
        return bool(observation.frames) or observation.sound is not None

    def _checked(self, observation: Observation, text: str) -> WrittenCaption:
        if not text.strip():
            raise ValueError(f"the captioner {self._captioner.name} wrote nothing")
        self._refused[observation.clip.recording_id].pop(observation.clip.id, None)
        if self._perceives:
            # What was said and read is searched word by word: a caption only tells of it.
            text = " ".join(filter(None, (text.strip(), verbatim(observation))))
        return WrittenCaption(text[:LONGEST_CAPTION], self._captioner.name, self.version)

    def _composed(self, observation: Observation) -> WrittenCaption:
        assert self._stand_in is not None
        text = self._stand_in.caption(observation)[:LONGEST_CAPTION]
        return WrittenCaption(text, self._stand_in.name, self._stand_in_version)

    def _failed(self, observation: Observation, error: Exception) -> WrittenCaption:
        _log.warning("a clip could not be captioned", exc_info=error)
        LOOKS.info("%s: not captioned by the model: %s", observation.clip.id, first_line(error))
        self._failures += 1
        self._refused[observation.clip.recording_id][observation.clip.id] = first_line(error)
        if self._failures >= _FAILURES:
            self._rest(error)
        return self._composed(observation)

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
        what = first_line(error)
        self._reason = (
            f"Captions are composed for now, {self._captioner.name} could not write them: "
            f"{what.rstrip('.')}. They are written by it once it can, at the next ingest"
        )
        self._rests_until, self._failures = time.monotonic() + _REST, 0


def first_line(error: Exception) -> str:
    """What an error says first, or what it is."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _all_of(captioner: Captioner, observations: Sequence[Observation]) -> list[str]:
    if isinstance(captioner, BatchCaptioner) and len(observations) > 1:
        return captioner.captions(observations)
    return [captioner.caption(observation) for observation in observations]


def observed(store: Store, clips: Sequence[Clip]) -> list[Observation]:
    """The clips with what the other stages found of them."""
    now = store.as_of(math.inf)
    return [
        Observation(clip, tuple(now.utterances(clip.id)), tuple(now.sightings(clip.id)))
        for clip in clips
    ]


def perceived(
    store: Store,
    block: ClipBlock,
    captioner: Captioner,
    media: MediaDecoder,
    image_embedder: PictureEmbedder | None,
) -> list[Observation]:
    """The clips with pictures, sound, all that was found, and what was remembered just before."""
    before = _before(store, block.clips[0])
    frames = _frames(block, media, captioner.frames)
    query = recent_query(store) if hasattr(captioner, "looks") else Query("")
    return [
        Observation(
            one.clip,
            one.utterances,
            one.sightings,
            shown := frames.get(one.clip.id, ()),
            _sound(block, media, one.clip) if captioner.hears else None,
            before,
            frame_relevance(store, one, shown, query, image_embedder),
        )
        for one in observed(store, block.clips)
    ]


def _before(store: Store, clip: Clip) -> str:
    """The caption of the clip before in the same recording, empty where there is none."""
    earlier = [
        one for one in store.recordings.clips(clip.recording_id) if one.span.start < clip.span.start
    ]
    return (store.memories.caption(earlier[-1].id) or "") if earlier else ""


def _frames(block: ClipBlock, media: MediaDecoder, count: int) -> dict[str, tuple[Frame, ...]]:
    """For each clip ``count`` of its pictures, decoded in one go but kept only where chosen."""
    if not count or not block.recording.has_video:
        return {}
    part = min(clip.span.duration for clip in block.clips) / count
    period = min(frame_period(block.probe), max(part / 2, 0.1))  # so that no part is without
    shown = block.frames(media, SampleReport(), period)
    return {clip.id: evenly(clip, seen, count) for clip, seen in by_clip(block.clips, shown)}


def evenly(clip: Clip, frames: Iterable[Frame], count: int) -> tuple[Frame, ...]:
    """The sharpest picture of each of ``count`` equal parts of a clip, in order of time."""
    best: dict[int, Frame] = {}
    length = max(clip.span.duration, 1e-6) / count
    for frame in frames:
        part = min(count - 1, max(0, int((frame.at - clip.span.start) / length)))
        if part not in best or frame.quality > best[part].quality:
            best[part] = frame
    return tuple(best[part] for part in sorted(best))


def _sound(block: ClipBlock, media: MediaDecoder, clip: Clip) -> Sound | None:
    if not block.recording.has_audio:
        return None
    start = block.recording.start
    samples = media.sound(block.probe, clip.span.start - start, clip.span.end - start)
    return Sound(clip.span.start, samples, RATE)
