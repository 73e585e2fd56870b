"""Plan the stages that can run here, and run them with a ledger of what is done.

A block (8 clips, 4 minutes) is the unit of work: each stage writes a whole block and its ledger
entries in one transaction, so a process that dies repeats at most one stage of one block, and
repeats it from the same inputs. Blocks go through all stages in turn, so that the beginning of a
long recording can be asked about while the rest is still being watched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.captioner import Captioner
from egogpt.protocols.image_embedder import PictureEmbedder
from egogpt.protocols.text_embedder import Embedder
from egogpt.registry import COMPOSED, load_captioner
from egogpt.weights.store import WeightStore
from ingest.decode.decoder import MediaDecoder
from ingest.probe.probe_types import Probe
from ingest.speakers.voice_prints import VoicePrinter
from ingest.speech.faster_whisper_backend import VERSION as FASTER_VERSION
from ingest.speech.openai_whisper_backend import VERSION as OPENAI_VERSION
from ingest.speech.progress import shares_go_to
from ingest.speech.registry import BUNDLED, DEFAULT, OPENAI, available, load_recogniser
from ingest.speech.transcribe import PIPELINE, Recogniser
from ingest.stages.caption_stage import CaptionStage
from ingest.stages.executor import Executor, Local, PerceptionRequest, read_inputs
from ingest.stages.formula_stage import FormulaStage
from ingest.stages.identity_stage import PeopleStage
from ingest.stages.picture_stage import PictureStage
from ingest.stages.sight_stage import Eyes, SightStage
from ingest.stages.sound_stages import SoundStage, SpeechStage
from ingest.stages.speaker_stage import VoiceStage
from ingest.stages.stages import ClipBlock, PerceptionStage, Stage
from ingest.vision.detectors import face_identity as identity
from ingest.vision.detectors.sound_events import SoundReader
from ingest.vision.face_prints import FACE_PRINTS_VERSION, FacePrinter
from ingest.vision.image_embeddings import embed_clips
from ingest.vision.scene_reader import SightReader
from memory.types.core import Clip, Recording
from memory.types.errors import StoreError
from memory.types.messages import UserMessage

if TYPE_CHECKING:
    from memory.store.store import Store

_log = logging.getLogger(__name__)
CLIPS_PER_BLOCK = 8
_AT_ONCE = 256  # memories whose vectors are made between two looks at which are missing
_PLAIN = "word"  # a text that every embedder can take
StageListener: TypeAlias = Callable[[str, int, int], None]  # stage, clips done, clips in all
BlockListener: TypeAlias = Callable[[ClipBlock], None]
VISION = ("yolox-nano", "efficientnet-lite3", "face", "hands")
FACES = "face-identity"
VOICE = "voice"
NO_SPEECH = "none"  # the name of the recogniser that a person chooses to have none


def _nobody(stage: str, done: int, total: int) -> None:
    """The listener of those who do not watch."""


def blocks(recording: Recording, probe: Probe, clips: Sequence[Clip]) -> Iterator[ClipBlock]:
    """The clips in runs of 8: always the same runs, wherever an earlier attempt stopped."""
    for first in range(0, len(clips), CLIPS_PER_BLOCK):
        yield ClipBlock(recording, probe, tuple(clips[first : first + CLIPS_PER_BLOCK]))


def outstanding(store: Store, stages: Sequence[Stage], recording: Recording) -> bool:
    """Whether any stage that applies has clips of the recording left to do."""
    clips = {clip.id for clip in store.recordings.clips(recording.id)}
    return any(
        clips - store.ledger.done(recording.id, stage.name, stage.version)
        for stage in stages
        if stage.applies(recording)
    )


def request(store: Store, stages: Sequence[Stage], block: ClipBlock) -> PerceptionRequest:
    """What is left for perception to do of a block."""
    ids = {clip.id for clip in block.clips}
    left = (
        stage
        for stage in stages
        if isinstance(stage, PerceptionStage) and stage.applies(block.recording)
        if not ids <= store.ledger.done(block.recording.id, stage.name, stage.version)
    )
    return PerceptionRequest(block, tuple(left), read_inputs(store, block))


def requests(
    store: Store, stages: Sequence[Stage], recording: Recording, probe: Probe
) -> Iterator[PerceptionRequest]:
    """What is left for perception to do of a recording, block by block, as it is when asked for."""
    for block in blocks(recording, probe, store.recordings.clips(recording.id)):
        if (left := request(store, stages, block)).stages:
            yield left


def run(
    store: Store,
    stages: Sequence[Stage],
    recording: Recording,
    probe: Probe,
    embedder: Embedder | None,
    listen: StageListener,
    media: MediaDecoder,
    pictures: PictureEmbedder | None = None,
    finished: BlockListener | None = None,
    partly: StageListener = _nobody,
    executor: Executor | None = None,
    upcoming: Iterable[PerceptionRequest] = (),
) -> None:
    """Does what is not done yet for the recording; ``media`` decodes its file.

    ``finished`` is called with each block that there was something to do in, once it is through all
    stages; it may raise to leave the rest for later. ``partly`` hears of clips that a stage is at
    work on, as if done. ``executor`` computes perception, by default here and now; what it may
    begin with ahead are the blocks of the recording, then ``upcoming``. Whatever is ready first,
    blocks are written in their order: people and captions go by what was written before.

    Summaries are left stale, for ``summaries.rebuild`` to make once after many recordings: a day
    would else be summarised again for each of them.
    """
    executor = executor or Local(media)
    clips = store.recordings.clips(recording.id)
    applicable = [stage for stage in stages if stage.applies(recording)]
    done = {
        stage.name: store.ledger.done(recording.id, stage.name, stage.version)
        for stage in applicable
    }
    ahead = chain(requests(store, applicable, recording, probe), upcoming)
    for block in blocks(recording, probe, clips):
        ids = {clip.id for clip in block.clips}
        is_new = any(not ids <= done[stage.name] for stage in applicable)
        if is_new:
            executor.look_ahead(ahead)
            findings = executor.perceive(request(store, applicable, block))
        for stage in applicable:
            if not ids <= done[stage.name]:
                if pictures is not None and isinstance(stage, CaptionStage):
                    # Captions may go by how well kept pictures fit what is asked.
                    _embed_if_possible(partial(embed_clips, store, pictures, block.clips))
                through, of_all = len(done[stage.name] - ids), len(clips)
                so_far = partial(_part, partly, stage.name, through, len(ids), of_all)
                with store.ledger.expecting(recording), shares_go_to(so_far):
                    if isinstance(stage, PerceptionStage):
                        stage.write(store, block, next(findings))
                    else:
                        stage.run(store, block, media, pictures)
                done[stage.name] |= ids
            listen(stage.name, len(done[stage.name]), len(clips))
        _embed_if_possible(lambda: embed(store, embedder))
        if pictures is not None:
            _embed_if_possible(partial(embed_clips, store, pictures, block.clips))
        if is_new and finished is not None:
            finished(block)


def _part(
    listen: StageListener, stage: str, through: int, clips: int, total: int, share: float
) -> None:
    listen(stage, through + int(share * clips), total)


def _embed_if_possible(embed_them: Callable[[], object]) -> None:
    """Makes vectors; what fails is logged: words find a memory without a vector, too."""
    try:
        embed_them()
    except StoreError:
        raise
    except Exception:
        _log.warning("vectors could not be made; they are tried again later", exc_info=True)


def embed(store: Store, embedder: Embedder | None) -> int:
    """Gives every memory a vector of the current model. Returns how many were made.

    One text at a time: the vector of a quantised model depends on what shares its batch, and a
    resumed run must end with the same vectors as an undisturbed one. A text that the embedder
    cannot take stays without one until the next call, and keeps none of the others from theirs.

    Raises:
        Exception: whatever the embedder raises, where it fails at any text.
    """
    count, refused = 0, set[int]()
    while embedder is not None and (missing := _missing(store, embedder.name, refused)):
        for memory_id, text in missing:
            vector = _vector(embedder, text)
            if vector is None:
                refused.add(memory_id)
                continue
            store.vectors.put(embedder.name, [memory_id], vector)
            count += 1
    return count


def _missing(store: Store, model: str, refused: set[int]) -> list[tuple[int, str]]:
    candidates = store.vectors.missing(model, _AT_ONCE + len(refused))
    return [(memory_id, text) for memory_id, text in candidates if memory_id not in refused]


def _whole(embedder: Embedder, text: str) -> NDArray[np.float32]:
    """The vector of a text; what is not finite, or all zero, would be found by nothing."""
    vector = embedder.embed_documents([text])
    if not np.isfinite(vector).all() or not vector.any():
        raise ValueError(f"{embedder.name} gave what is no vector")
    return vector


def _vector(embedder: Embedder, text: str) -> NDArray[np.float32] | None:
    """The vector of one text, (1, dimension), or None where it is the text that is at fault."""
    try:
        return _whole(embedder, text)
    except Exception as error:
        _whole(embedder, _PLAIN)  # raises where it is the embedder
        _log.warning("a memory has no vector, words alone will find it: %s", error)
        return None


@dataclass(frozen=True, slots=True)
class StagePlan:
    """The stages to run, in order, and one sentence for each that has to wait.

    ``notes`` tell of stand-ins: they hold nothing up. Another machine with the same weights plans
    the same stages for the same ``speech`` and ``language``.
    """

    stages: tuple[Stage, ...]
    waiting: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())
    speech: str = NO_SPEECH
    language: str | None = None
    weights: WeightStore | None = None

    def held_up(self, recording_id: str) -> tuple[str, ...]:
        """What of a recording is to be done again, and why: what is missing, or what failed."""
        captions = (stage for stage in self.stages if isinstance(stage, CaptionStage))
        failed = (stage.shortfall(recording_id) for stage in captions)
        return (*self.waiting, *filter(None, failed))


def plan_stages(
    weights: WeightStore,
    speech: str = DEFAULT,
    language: str | None = None,
    captioner: Captioner | None = None,
    absent: str = "",
    formulas: str | None = None,
) -> StagePlan:
    """The stages whose weights are in the cache.

    Args:
        weights: where weights are looked for.
        speech: the name of the speech recogniser (see ``ingest.speech.registry``), or "none".
        language: an ISO 639-1 code, or None to detect the language where that is sure.
        captioner: what captions clips, or None for the composed one.
        absent: why the captioner that was chosen is not to be had, or empty.
        formulas: the path of a checkpoint that reads formulas; None: nothing does.
    """
    stages: list[Stage] = []
    waiting: list[str] = []
    notes: list[str] = []
    if speech != NO_SPEECH:
        stages += _hearing(weights, speech, language, waiting, notes)
    stages.append(_sounds())
    missing = weights.missing(VISION)
    if missing:
        waiting.append(_wait(UserMessage("ingest.looking-at-pictures"), missing))
    else:
        stages.append(_sights(weights, notes))
    stages.append(PictureStage())
    if any(stage.name in ("voices", "sights") for stage in stages):
        stages.append(PeopleStage(_versions(stages)))
    if absent:
        waiting.append(UserMessage("ingest.captions-composed", reason=absent))
    stages.append(_captions(captioner, _versions(stages)))
    if formulas is not None:
        try:
            stages.append(FormulaStage(Path(formulas).expanduser()))
        except OSError as error:
            notes.append(UserMessage("ingest.formulas-not-read", why=error))
    return StagePlan(tuple(stages), tuple(waiting), tuple(notes), speech, language, weights)


def _captions(chosen: Captioner | None, inputs: str) -> Stage:
    composed = load_captioner(COMPOSED)
    if chosen is None:
        return CaptionStage(composed, inputs)
    return CaptionStage(chosen, inputs, composed)


def _versions(stages: Sequence[Stage]) -> str:
    """What is written rests on these; which pictures are kept is of no account for it."""
    told = (stage for stage in stages if not isinstance(stage, PictureStage))
    return ",".join(f"{stage.name}-{stage.version}" for stage in told)


def _wait(what: str, bundles: Sequence[str]) -> str:
    names = " ".join(bundles)
    return UserMessage("ingest.waits-for-weights", what=what, names=names)


def _hearing(
    weights: WeightStore,
    name: str,
    language: str | None,
    waiting: list[str],
    notes: list[str],
) -> list[Stage]:
    """Speech recognition and, after it, whose voices they are."""
    reason = available(name, weights)
    if reason is not None and name not in BUNDLED:
        notes.append(UserMessage("ingest.stand-in-recogniser", reason=reason, name=DEFAULT))
        name, reason = DEFAULT, available(DEFAULT, weights)
    if reason is not None:
        waiting.append(_wait(UserMessage("ingest.listening-to-speech"), (name,)))
        return []
    speech = _speech(weights, name, language)
    if weights.has(VOICE):
        return [speech, _voices(weights, speech)]
    return [speech]


def _speech(weights: WeightStore, name: str, language: str | None) -> Stage:
    @cache
    def load() -> Recogniser:
        return load_recogniser(name, weights, language)

    listener = OPENAI_VERSION if name.startswith(f"{OPENAI}:") else FASTER_VERSION
    return SpeechStage(f"{name}-{listener}-{PIPELINE}-{language or 'auto'}", load)


def _voices(weights: WeightStore, speech: Stage) -> Stage:
    @cache
    def load() -> VoicePrinter:
        return VoicePrinter(weights.folder(VOICE))

    return VoiceStage(f"{VoicePrinter.version}({speech.version})", load)


def _sounds() -> Stage:
    return SoundStage(SoundReader.version, cache(SoundReader))


def _sights(weights: WeightStore, notes: list[str]) -> Stage:
    told_apart = weights.has(FACES) and identity.is_installed()
    if not told_apart and weights.has(FACES):
        notes.append(UserMessage("ingest.faces-not-told-apart"))

    @cache
    def load() -> Eyes:
        sights = SightReader(*(weights.folder(bundle) for bundle in VISION))
        if not told_apart:
            return Eyes(sights)
        return Eyes(sights, FacePrinter(weights.folder(FACES), weights.folder("face")))

    version = f"{SightReader.version}+{FACE_PRINTS_VERSION}" if told_apart else SightReader.version
    return SightStage(version, load)
