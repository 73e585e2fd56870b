"""Stages to which every sample and every pixel counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.media.ingest_media import repeated
from egogpt.registry import load_captioner
from ingest.stages.caption_stage import CaptionStage
from ingest.stages.identity_stage import PeopleStage
from ingest.stages.picture_stage import PictureStage
from ingest.stages.sight_stage import Eyes, SightStage
from ingest.stages.sound_stages import SpeechStage
from ingest.stages.speaker_stage import VoiceStage
from ingest.stages.stages import Stage
from memory.db.row_mapping import print_id
from memory.types.core import BiometricPrint, Clip, Frame, Sighting, Span, Utterance
from tests.media import Sound, make_video, noise, scene


class Digests:
    """Hears and sees whatever differs."""

    name = version = "digests"

    def transcribe(self, samples: Sound, start: float) -> list[Utterance]:
        return [
            Utterance(Span(start + at, start + at + 1), _digest(samples.tobytes()))
            for at in (10, 40)
        ]


class Views:
    """Sees whatever differs."""

    def read(self, clip: Clip, frames: Sequence[Frame]) -> list[Sighting]:
        seen = b"".join(frame.image.tobytes() for frame in frames)
        return [Sighting(clip.span, "object", _digest(seen), 1.0)]


class Voices:
    """Gives each utterance a voice of its own, and adds to it a digest of the sound."""

    def read(
        self,
        samples: Sound,
        start: float,
        utterances: Sequence[Utterance],
        clip_of: Callable[[float], str],
    ) -> tuple[list[Utterance], dict[str, list[BiometricPrint]]]:
        labelled, prints = [], {}
        for number, said in enumerate(utterances, start=1):
            clip = clip_of(said.span.start)
            known = print_id(clip, "voice", number)
            text = f"{said.text} {_digest(samples.tobytes())}"
            labelled.append(replace(said, text=text, print_id=known))
            vector = np.eye(8, dtype=np.float32)[number]
            prints[clip] = [BiometricPrint(known, "voice", clip, said.span, vector, "voices")]
        return labelled, prints


def digesting() -> list[Stage]:
    """Speech, voices, sights, pictures, people and captions."""
    return [
        SpeechStage("digests", Digests),
        VoiceStage("digests", Voices),  # type: ignore[arg-type]
        SightStage("digests", lambda: Eyes(Views())),
        PictureStage(),
        PeopleStage("digests"),
        CaptionStage(load_captioner("composed"), "digests"),
    ]


def noisy_video(folder: Path, parts: int = 12) -> Path:
    """So many times 40 s with a keyframe at the beginning of each, and AAC of noise.

    Twelve are three blocks, and three are where blocks are ``short_blocks``.
    """
    part = make_video(
        folder / "walk.mp4",
        [scene(n, 64, 48) for n in range(4)],
        seconds=40,
        fps=2,
        gop=80,
        audio=noise(40),
        audio_options={"b": "24k"},
    )
    return repeated(part, parts)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()
