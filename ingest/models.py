"""Which stages can run here: the models of a preset, loaded when first used, or what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from egogpt.registry import load_captioner
from egogpt.weights import WeightStore
from ingest.detectors.sounds import SoundReader
from ingest.sights import SightReader
from ingest.speech import SpeechRecognizer
from ingest.stages import CaptionStage, SightStage, SoundStage, SpeechStage, Stage

VISION = ("yolox-nano", "efficientnet-lite3", "face", "hands")


@dataclass(frozen=True, slots=True)
class StagePlan:
    """The stages to run, in order, and one sentence for each that has to wait."""

    stages: tuple[Stage, ...]
    waiting: tuple[str, ...] = field(default=())


def plan_stages(
    weights: WeightStore, speech: str = "whisper-base", language: str | None = None
) -> StagePlan:
    """The stages whose weights are in the cache.

    Args:
        weights: where weights are looked for.
        speech: the bundle of the speech recogniser.
        language: an ISO 639-1 code, or None to detect the language where that is sure.
    """
    stages: list[Stage] = []
    waiting = []
    if weights.has(speech):
        stages.append(_speech(weights, speech, language))
    else:
        waiting.append(_wait("listening to speech", (speech,)))
    stages.append(_sounds())
    missing = tuple(bundle for bundle in VISION if not weights.has(bundle))
    if missing:
        waiting.append(_wait("looking at pictures", missing))
    else:
        stages.append(_sights(weights))
    inputs = ",".join(f"{stage.name}-{stage.version}" for stage in stages)
    stages.append(CaptionStage(load_captioner("composed"), inputs))
    return StagePlan(tuple(stages), tuple(waiting))


def _wait(what: str, bundles: Sequence[str]) -> str:
    names = " ".join(bundles)
    return f"{what} waits for the weights {names}: egobutler models fetch {names}"


def _speech(weights: WeightStore, bundle: str, language: str | None) -> Stage:
    @cache
    def load() -> SpeechRecognizer:
        return SpeechRecognizer(weights.folder(bundle), language=language)

    return SpeechStage(f"{bundle}-{SpeechRecognizer.version}-{language or 'auto'}", load)


def _sounds() -> Stage:
    return SoundStage(SoundReader.version, cache(SoundReader))


def _sights(weights: WeightStore) -> Stage:
    @cache
    def load() -> SightReader:
        return SightReader(*(weights.folder(bundle) for bundle in VISION))

    return SightStage(SightReader.version, load)
