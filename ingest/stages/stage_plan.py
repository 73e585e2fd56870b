"""Which stages can run here: the models of a preset, loaded when first used, or what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from egogpt.protocols.captioner import Captioner
from egogpt.registry import COMPOSED, load_captioner
from egogpt.weights.store import WeightStore
from ingest.speakers.voice_prints import VoicePrinter
from ingest.speech.faster_whisper_backend import VERSION as FASTER_VERSION
from ingest.speech.openai_whisper_backend import VERSION as OPENAI_VERSION
from ingest.speech.registry import BUNDLED, DEFAULT, OPENAI, available, load_recogniser
from ingest.speech.transcribe import PIPELINE, Recogniser
from ingest.stages.caption_stage import CaptionStage
from ingest.stages.identity_stage import PeopleStage
from ingest.stages.speaker_stage import VoiceStage
from ingest.stages.stages import Eyes, SightStage, SoundStage, SpeechStage, Stage
from ingest.vision.detectors import face_identity as identity
from ingest.vision.detectors.sound_events import SoundReader
from ingest.vision.face_prints import FACE_PRINTS_VERSION, FacePrinter
from ingest.vision.scene_reader import SightReader
from memory.types.messages import UserMessage

VISION = ("yolox-nano", "efficientnet-lite3", "face", "hands")
FACES = "face-identity"
VOICE = "voice"
NO_SPEECH = "none"  # the name of the recogniser that a person chooses to have none


@dataclass(frozen=True, slots=True)
class StagePlan:
    """The stages to run, in order, and one sentence for each that has to wait.

    ``notes`` tell of stand-ins: they hold nothing up.
    """

    stages: tuple[Stage, ...]
    waiting: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())

    @property
    def held_up(self) -> tuple[str, ...]:
        """What is to be done again later, and why: for what is missing, or what has failed."""
        failed = (stage.trouble for stage in self.stages if isinstance(stage, CaptionStage))
        return (*self.waiting, *filter(None, failed))


def plan_stages(
    weights: WeightStore,
    speech: str = DEFAULT,
    language: str | None = None,
    captioner: Captioner | None = None,
    absent: str = "",
) -> StagePlan:
    """The stages whose weights are in the cache.

    Args:
        weights: where weights are looked for.
        speech: the name of the speech recogniser (see ``ingest.speech.registry``), or "none".
        language: an ISO 639-1 code, or None to detect the language where that is sure.
        captioner: what captions clips, or None for the composed one.
        absent: why the captioner that was chosen is not to be had, or empty.
    """
    stages: list[Stage] = []
    waiting: list[str] = []
    notes: list[str] = []
    if speech != NO_SPEECH:
        stages += _hearing(weights, speech, language, waiting, notes)
    stages.append(_sounds())
    missing = tuple(bundle for bundle in VISION if not weights.has(bundle))
    if missing:
        waiting.append(_wait(UserMessage("ingest.looking-at-pictures"), missing))
    else:
        stages.append(_sights(weights, notes))
    if any(stage.name in ("voices", "sights") for stage in stages):
        stages.append(PeopleStage(_versions(stages)))
    if absent:
        waiting.append(UserMessage("ingest.captions-composed", reason=absent))
    stages.append(_captions(captioner, _versions(stages)))
    return StagePlan(tuple(stages), tuple(waiting), tuple(notes))


def _captions(chosen: Captioner | None, inputs: str) -> Stage:
    composed = load_captioner(COMPOSED)
    if chosen is None:
        return CaptionStage(composed, inputs)
    return CaptionStage(chosen, inputs, composed)


def _versions(stages: Sequence[Stage]) -> str:
    return ",".join(f"{stage.name}-{stage.version}" for stage in stages)


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
