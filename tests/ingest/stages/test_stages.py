"""Stages over real files: what is looked at, how often, and what is kept of it."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from egogpt.weights.store import WeightStore
from ingest.decode.decoder import InProcess
from ingest.jobs.intake import take_in
from ingest.speech.faster_whisper_backend import FasterWhisper
from ingest.speech.transcribe import Recogniser, WindowedRecogniser
from ingest.stages import pipeline
from ingest.stages.sight_stage import Eyes, SightStage
from ingest.stages.sound_stages import SpeechStage
from memory.store.store import Store
from memory.types.core import Clip, Frame, Recording, Sighting, Span, Utterance, Word
from tests.media import RATE, Sound, make_video, scene, speak, tone, write_wav

START = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Cup:
    """Sees a cup at the beginning of every clip, and remembers which pictures it was given."""

    def __init__(self) -> None:
        self.given: dict[str, list[float]] = {}

    def read(self, clip: Clip, frames: Sequence[Frame]) -> list[Sighting]:
        self.given[clip.id] = [frame.at for frame in frames]
        return [Sighting(Span(clip.span.start, clip.span.start + 3), "object", "cup", 0.9, None, 1)]


def looked_at(store: Store, path: Path) -> tuple[Cup, Recording]:
    """The file after the real stage of sights, with eyes for cups only."""
    media, eyes = InProcess(), Cup()
    intake = take_in(store, path, start=START, decoder=media)
    stage = SightStage("cups", lambda: Eyes(eyes))
    pipeline.run(
        store, [stage], intake.recording, intake.probed(media), None, lambda *_: None, media
    )
    return eyes, intake.recording


def test_a_lens_on_the_desk_is_looked_at_once_and_counts_for_its_whole_span(
    store: Store, tmp_path: Path
) -> None:
    path = make_video(tmp_path / "desk.mp4", [scene(1)], seconds=120, fps=2, gop=2)
    eyes, recording = looked_at(store, path)
    clips = store.recordings.clips(recording.id)
    assert list(eyes.given) == [clips[0].id]
    seen = {clip.id: store.perceptions.sightings(clip.id) for clip in clips}
    assert len(seen) == 4
    for clip in clips[1:]:
        (cup,) = seen[clip.id]
        assert cup.span.start == pytest.approx(clip.span.start, abs=0.1)
        assert cup.span.duration > 28


def test_where_each_picture_costs_a_keyframe_one_in_two_seconds_is_taken(
    store: Store, tmp_path: Path
) -> None:
    moving = [scene(number) for number in range(30)]
    dense = make_video(tmp_path / "dense.mp4", moving, seconds=30, fps=4, gop=4)
    eyes, _ = looked_at(store, dense)
    assert [len(times) for times in eyes.given.values()] == [15]
    sparse = make_video(tmp_path / "sparse.mp4", moving[1:], seconds=30, fps=4, gop=40)
    eyes, _ = looked_at(store, sparse)
    assert [len(times) for times in eyes.given.values()] == [30]


class Chatter:
    """Hears a word that lasts a second longer than all that it is given."""

    name = version = "chatter"

    def transcribe(self, samples: Sound, start: float) -> list[Utterance]:
        span = Span(start + 1, start + samples.size / RATE + 1)
        return [Utterance(span, "Well.", words=(Word(span, "Well."),))]


def said_in(store: Store, path: Path, recogniser: Recogniser) -> tuple[Utterance, Recording]:
    """The last utterance of a recording, heard by the real stage."""
    media = InProcess()
    intake = take_in(store, path, start=START, decoder=media)
    stage = SpeechStage("heard", lambda: recogniser)
    pipeline.run(
        store, [stage], intake.recording, intake.probed(media), None, lambda *_: None, media
    )
    clips = store.recordings.clips(intake.recording.id)
    return [one for clip in clips for one in store.perceptions.utterances(clip.id)][
        -1
    ], intake.recording


def test_nothing_is_said_after_the_end_of_a_recording(store: Store, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(7.25))
    said, recording = said_in(store, path, Chatter())
    assert said.span == Span(recording.start + 1, recording.span.end)
    assert said.words[0].span == said.span


@pytest.mark.model
def test_a_sentence_that_is_cut_off_ends_with_the_recording(store: Store, tmp_path: Path) -> None:
    weights = WeightStore()
    if not weights.has("whisper-tiny.en"):
        pytest.skip("needs the weights whisper-tiny.en: egobutler models fetch whisper-tiny.en")
    spoken = speak("I put the red umbrella next to the front door of the house.")
    path = write_wav(tmp_path / "a.wav", spoken[: 3 * RATE])
    said, recording = said_in(
        store, path, WindowedRecogniser(FasterWhisper(weights.folder("whisper-tiny.en")))
    )
    assert "umbrella" in said.text
    assert recording.span.end - 1 < said.span.end <= recording.span.end


def test_models_load_while_no_garbage_is_collected() -> None:
    collecting: list[bool] = []
    stage = SightStage("cups", lambda: collecting.append(gc.isenabled()) or Eyes(Cup()))
    stage.load()
    assert collecting == [False]
    assert gc.isenabled()
