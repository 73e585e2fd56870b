"""Captions by models that look and listen: what they are given, and what happens when they fail."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.responses import JSONResponse

from egogpt.protocols.captioner import Captioner
from egogpt.protocols.chat import ChatError
from egogpt.protocols.model_names import parse
from egogpt.registry import load_captioner
from egogpt.remote.address import Address
from egogpt.remote.model import RemoteModel
from egogpt.vlm.omni_model import OmniModel
from egogpt.weights.store import WeightStore
from ingest.decode.decoder import InProcess
from ingest.derived import events as happenings
from ingest.jobs.intake import Intake, take_in
from ingest.stages import pipeline
from ingest.stages.caption_stage import CaptionStage, evenly
from ingest.stages.frame_relevance import frame_relevance, recent_query
from ingest.stages.identity_stage import recaption
from ingest.stages.pipeline import plan_stages
from ingest.stages.stages import Stage
from memory.repositories.conversations import ConversationTurn
from memory.store.store import Store
from memory.types.core import Clip, Frame, Observation, Recording, Sighting, Span, Utterance
from memory.types.jobs import JobState
from tests.egogpt import tiny_models
from tests.egogpt.servers import MODEL, Kind, running
from tests.media import make_audio, make_video, scene, tone

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
NO_WEIGHTS = WeightStore(Path("no-weights"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny SmolVLM."""
    return tiny_models.save("smolvlm", tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seventy seconds with sound: three clips, in which the view changes every two seconds."""
    views = [scene(number) for number in range(35)]
    path = tmp_path_factory.mktemp("media") / "walk.mp4"
    return make_video(path, views, seconds=70, fps=2, gop=2, audio=tone(70.0))


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("egogpt.vlm.base.MAX_TOKENS", 6)


class Watching(OmniModel):
    """A real model that remembers what it was given."""

    def __init__(self, name: str) -> None:
        named = parse(name)
        super().__init__(named, Path(named.place))
        self.given: list[Observation] = []

    def captions(self, observations: Sequence[Observation]) -> list[str]:
        self.given += observations
        return super().captions(observations)


@dataclass
class Told:
    """A captioner that looks at one picture and says what it is told to, or fails as told."""

    says: dict[str, str] = field(default_factory=dict)
    name: str = "told"
    version: str = "1"
    frames: int = 1
    hears: bool = False
    asked: int = 0

    def caption(self, observation: Observation) -> str:
        self.asked += 1
        said = self.says.get(observation.clip.id, self.says.get("", ""))
        if said == "fail":
            raise ChatError("out of memory")
        return said


def run(store: Store, stages: Sequence[Stage], path: Path) -> Recording:
    media = InProcess()
    intake: Intake = take_in(store, path, start=START, decoder=media)
    pipeline.run(
        store, stages, intake.recording, intake.probed(media), None, lambda *_: None, media
    )
    return intake.recording


def stage(captioner: Captioner) -> CaptionStage:
    return CaptionStage(captioner, "x-1", load_captioner("composed"))


def writers(store: Store) -> list[str]:
    return [memory.model for memory in store.memories.overlapping("clip")]


def test_a_server_captions_the_clips_of_a_recording_side_by_side(store: Store, walk: Path) -> None:
    server = Kind("vllm", sees=True, reply=lambda body: f"I see view {clip_number(body)}.")
    server.holds = lambda body: server.most_waiting < 3

    def clip_number(body: dict[str, Any]) -> int:
        return pictures.setdefault(str(body["messages"]), len(pictures))

    pictures: dict[str, int] = {}
    with running(server) as url:
        run(store, [stage(RemoteModel(Address(MODEL, url), read=30.0))], walk)
        told = {memory.text for memory in store.memories.overlapping("clip")}
        assert told == {f"I see view {number}." for number in range(3)}
        assert server.most_waiting == 3


def test_of_captions_asked_for_at_once_one_that_fails_is_composed(store: Store, walk: Path) -> None:
    server = Kind("vllm", sees=True, reply=lambda body: "I see a wall.")
    refusal = JSONResponse({"error": {"message": "this clip is not for me"}}, 400)
    refused: list[str] = []

    def refuses(body: dict[str, Any]) -> JSONResponse | None:
        asked = str(body["messages"])
        refused[:] = refused or [asked]
        return refusal if asked in refused else None

    server.refuses = refuses
    with running(server) as url:
        captions = stage(RemoteModel(Address(MODEL, url), read=30.0))
        recording = run(store, [captions], walk)
    assert sorted(writers(store)) == ["composed", f"openai:{MODEL}", f"openai:{MODEL}"]
    assert "could not caption 1 clip" in captions.shortfall(recording.id)
    assert "this clip is not for me" in captions.shortfall(recording.id)


def test_a_real_model_captions_a_recording_from_its_pictures(
    store: Store, folder: Path, walk: Path
) -> None:
    model = Watching(f"smolvlm:{folder}?frames=6")
    plan = plan_stages(NO_WEIGHTS, captioner=model)
    recording = run(store, plan.stages, walk)
    clips = store.recordings.clips(recording.id)
    assert writers(store) == ["smolvlm:tiny"] * 3
    assert not pipeline.outstanding(store, plan.stages, recording)
    assert not any("caption" in reason for reason in plan.held_up(""))
    watched = list(model.given)
    for clip, given in zip(clips, watched, strict=True):
        parts = [int((f.at - clip.span.start) / clip.span.duration * 32) for f in given.frames]
        assert len(parts) > 6
        assert parts == sorted(set(parts)), "one picture of each part at most, in order"
        assert given.sound is None
        assert (store.memories.caption(clip.id) or "").startswith(model.caption(given))
    said = [store.memories.caption(clip.id) for clip in clips]
    assert len(set(said)) == 3
    assert [look.quota_off for look in model.looks] == [""]
    assert [one.previous for one in watched] == ["", said[0], said[1]]


def test_a_model_that_hears_is_given_the_sound_of_each_clip(
    store: Store, tmp_path: Path, walk: Path
) -> None:
    folder = tiny_models.save("qwen2.5-omni", tmp_path / "omni")
    model = Watching(f"qwen-omni:{folder}?frames=2&side=56&batch=2")
    recording = run(store, [stage(model)], walk)
    assert writers(store) == ["qwen-omni:omni"] * 3
    for clip, given in zip(store.recordings.clips(recording.id), model.given, strict=True):
        assert given.sound is not None
        assert given.sound.at == clip.span.start
        assert given.sound.samples.size == round(clip.span.duration * 16_000)
        assert np.abs(given.sound.samples).max() > 0.1
        assert len(given.frames) > 2
    before = [given.previous for given in model.given]
    assert before[:2] == ["", ""], "a batch shares what was remembered before it"
    assert before[2]


def test_a_resumed_run_says_what_an_undisturbed_one_says(
    store: Store, folder: Path, walk: Path
) -> None:
    recording = run(store, [stage(Watching(f"smolvlm:{folder}?frames=2"))], walk)
    undisturbed = list(store.dump())
    last = store.recordings.clips(recording.id)[1:]
    store.ledger.enter([clip.id for clip in last], "caption", "lost")
    again = Watching(f"smolvlm:{folder}?frames=2")
    run(store, [stage(again)], walk)
    assert [given.clip for given in again.given] == last
    assert list(store.dump()) == undisturbed


def test_while_the_model_cannot_be_loaded_captions_are_composed_and_made_again_once_it_can(
    store: Store, folder: Path, tmp_path: Path, walk: Path
) -> None:
    folder = shutil.copytree(folder, tmp_path / "tiny")
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(bytes(len(weights)))
    stages = plan_stages(NO_WEIGHTS, captioner=Watching(f"smolvlm:{folder}?frames=2"))
    recording = run(store, stages.stages, walk)
    assert writers(store) == ["composed"] * 3
    damaged = f"smolvlm:tiny could not write them: {folder / 'model.safetensors'} is cut short"
    assert damaged in stages.held_up("")[-1]
    assert "Fetch this file anew. They are written" in stages.held_up("")[-1]
    assert pipeline.outstanding(store, stages.stages, recording)
    before = list(store.dump())
    run(store, stages.stages, walk)
    assert list(store.dump()) == before, "nothing is written again meanwhile"
    (folder / "model.safetensors").write_bytes(weights)
    stages = plan_stages(NO_WEIGHTS, captioner=Watching(f"smolvlm:{folder}?frames=2"))
    run(store, stages.stages, walk)
    assert writers(store) == ["smolvlm:tiny"] * 3
    assert not pipeline.outstanding(store, stages.stages, recording)


def test_a_clip_that_the_model_fails_at_is_composed_and_tried_again_later(
    store: Store, walk: Path
) -> None:
    captioner = Told({"": "I walk."})
    recording = run(store, [], walk)
    first, second, third = store.recordings.clips(recording.id)
    captioner.says[second.id] = "fail"
    failing = stage(captioner)
    run(store, [failing], walk)
    assert writers(store) == ["told", "composed", "told"]
    assert "told could not caption 1 clip," in failing.shortfall(recording.id)
    assert failing.shortfall("another") == "", "of which every clip was captioned"
    assert failing.trouble == "", "it goes on with the others"
    run(store, [failing], walk)
    assert "told could not caption 1 clip," in failing.shortfall(recording.id), "the same as before"
    captioner.says[second.id] = "I cross the street."
    asked = captioner.asked
    run(store, [failing], walk)
    assert captioner.asked == asked + 1
    assert failing.shortfall(recording.id) == ""
    assert store.memories.caption(second.id) == "I cross the street."
    assert store.memories.caption(first.id) == store.memories.caption(third.id) == "I walk."


def test_a_model_that_writes_nothing_three_times_is_left_alone(
    store: Store, tmp_path: Path
) -> None:
    long = make_video(tmp_path / "long.mp4", [scene(1), scene(2)], seconds=150, fps=1, gop=1)
    captioner = Told({"": " "})
    captions = stage(captioner)
    run(store, [captions], long)
    assert captioner.asked == 3
    assert writers(store) == ["composed"] * 5
    assert "told could not write them: the captioner told wrote nothing" in captions.trouble


def test_a_captioner_without_a_stand_in_fails_loudly(store: Store, walk: Path) -> None:
    with pytest.raises(ChatError, match="out of memory"):
        run(store, [CaptionStage(Told({"": "fail"}), "x-1")], walk)


def test_sound_alone_is_not_captioned_by_a_model_that_only_sees(
    store: Store, tmp_path: Path
) -> None:
    captioner = Told({"": "I walk."})
    path = make_audio(tmp_path / "talk.wav", tone(20.0))
    recording = run(store, [stage(captioner)], path)
    assert captioner.asked == 0
    assert writers(store) == ["composed"]
    assert not pipeline.outstanding(store, [stage(captioner)], recording)


def test_what_was_said_is_found_by_its_words_and_what_was_done_is_read_as_events(
    store: Store, walk: Path
) -> None:
    recording = run(store, [], walk)
    clip = store.recordings.clips(recording.id)[0]
    said = Utterance(
        Span(clip.span.start + 1, clip.span.start + 3), "The wifi code is tulip.", "Ada"
    )
    store.perceptions.write_utterances("speech", "1", {clip.id: [said]})
    captioner = Told({clip.id: "I drink coffee. I put my keys on the shelf.", "": "I walk."})
    run(store, [stage(captioner)], walk)
    text = store.memories.caption(clip.id) or ""
    assert text == (
        'I drink coffee. I put my keys on the shelf. Ada says: "The wifi code is tulip."'
    )
    view = store.as_of(1e12)
    assert len(view.search_text(["tulip"])) == 1
    happenings.rebuild(store)
    rows = list(store.dump())
    assert any(row.startswith("object_state") and "'key'" in row for row in rows)
    assert any(row.startswith("event ") and "drink" in row for row in rows)


def test_a_caption_that_a_model_wrote_never_keeps_a_name_that_is_taken_back(
    store: Store, walk: Path
) -> None:
    captioner = Told({"": "I talk with Anna."})
    recording = run(store, [stage(captioner)], walk)
    clips = [clip.id for clip in store.recordings.clips(recording.id)]
    job = store.jobs.add(walk, now=1.0)
    job = store.jobs.finish(replace(job, recording_id=recording.id), JobState.DONE)
    assert recaption(store, load_captioner("composed"), clips) == 3
    assert not any("Anna" in row for row in store.dump())
    assert pipeline.outstanding(store, [stage(captioner)], recording)
    assert [one.id for one in store.jobs.all([JobState.QUEUED])] == [job.id]
    assert recaption(store, load_captioner("composed"), clips) == 0


def test_the_sharpest_picture_of_each_part_is_taken() -> None:
    clip = Clip("c", "r", Span(0.0, 30.0))
    blank = np.zeros((2, 2, 3), np.uint8)
    frames = [Frame(float(at), blank, 0.1 if at % 5 else 0.9) for at in range(30)]
    assert [frame.at for frame in evenly(clip, frames, 6)] == [0, 5, 10, 15, 20, 25]
    assert [frame.at for frame in evenly(clip, frames[:3], 6)] == [0]
    assert len(evenly(clip, frames, 100)) == 30
    assert evenly(clip, [], 4) == ()


def test_frames_fit_what_was_asked_lately_by_what_was_seen_around_them(store: Store) -> None:
    assert recent_query(store).phrases == ()
    turn = ConversationTurn(1.0, "Where did I put the kettle?", {})
    store.conversations.add("", turn, [])
    query = recent_query(store)
    assert "kettle" in query.objects
    span = Span(0.0, 30.0)
    frames = tuple(Frame(float(at), np.zeros((4, 4, 3), np.uint8)) for at in range(30))
    kettle = Sighting(Span(11.0, 12.0), "object", "kettle", 0.9)
    seen = Observation(Clip("c", "r", span), (), (kettle,))
    scores = frame_relevance(store, seen, frames, query, None)
    assert [at for at, score in enumerate(scores) if score > 0] == list(range(9, 15))
    assert frame_relevance(store, replace(seen, sightings=()), frames, query, None) == ()
