"""Which stages can run here: the models of a preset, loaded when first used, or what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from egogpt.registry import load_captioner
from egogpt.weights import WeightStore
from ingest.ctranslate import VERSION as FASTER_VERSION
from ingest.detectors import identity
from ingest.detectors.sounds import SoundReader
from ingest.face_prints import FACE_PRINTS_VERSION, FacePrinter
from ingest.identify import PeopleStage
from ingest.openai_whisper import VERSION as OPENAI_VERSION
from ingest.recognisers import BUNDLED, DEFAULT, OPENAI, available, load_recogniser
from ingest.sights import SightReader
from ingest.speech import PIPELINE, Recogniser
from ingest.stages import CaptionStage, Eyes, SightStage, SoundStage, SpeechStage, Stage
from ingest.voice_prints import VoicePrinter
from ingest.voice_stage import VoiceStage

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


def plan_stages(
    weights: WeightStore, speech: str = DEFAULT, language: str | None = None
) -> StagePlan:
    """The stages whose weights are in the cache.

    Args:
        weights: where weights are looked for.
        speech: the name of the speech recogniser (see ``ingest.recognisers``), or "none".
        language: an ISO 639-1 code, or None to detect the language where that is sure.
    """
    stages: list[Stage] = []
    waiting: list[str] = []
    notes: list[str] = []
    if speech != NO_SPEECH:
        stages += _hearing(weights, speech, language, waiting, notes)
    stages.append(_sounds())
    missing = tuple(bundle for bundle in VISION if not weights.has(bundle))
    if missing:
        waiting.append(_wait("looking at pictures", missing))
    else:
        stages.append(_sights(weights, notes))
    if any(stage.name in ("voices", "sights") for stage in stages):
        stages.append(PeopleStage(_versions(stages)))
    stages.append(CaptionStage(load_captioner("composed"), _versions(stages)))
    return StagePlan(tuple(stages), tuple(waiting), tuple(notes))


def _versions(stages: Sequence[Stage]) -> str:
    return ",".join(f"{stage.name}-{stage.version}" for stage in stages)


def _wait(what: str, bundles: Sequence[str]) -> str:
    names = " ".join(bundles)
    return f"{what} waits for the weights {names}: egobutler models fetch {names}"


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
        notes.append(f"{reason} Until then speech is recognised by {DEFAULT}.")
        name, reason = DEFAULT, available(DEFAULT, weights)
    if reason is not None:
        waiting.append(_wait("listening to speech", (name,)))
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
        notes.append("Faces are not told apart: pip install dlib-bin.")

    @cache
    def load() -> Eyes:
        sights = SightReader(*(weights.folder(bundle) for bundle in VISION))
        if not told_apart:
            return Eyes(sights)
        return Eyes(sights, FacePrinter(weights.folder(FACES), weights.folder("face")))

    version = f"{SightReader.version}+{FACE_PRINTS_VERSION}" if told_apart else SightReader.version
    return SightStage(version, load)
