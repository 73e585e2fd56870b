"""Models that raise, hang or talk nonsense cost their file, and for a while only (faults 28, 29).

The faulty captioner and embedder stand for models of any size; queue, store, stages are the real
ones.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.core.settings import Settings
from app.models import model_set as brains
from egogpt.protocols.text_embedder import Embedder
from egogpt.registry import Usable
from egogpt.remote.errors import ServerDown
from egorag.answering.answerer import Answerer
from ingest.decode_worker.client import DecoderProcess
from ingest.jobs import job_runner as job
from ingest.stages import pipeline
from memory.store.store import Store
from memory.types.core import Observation, Question, RecordingState
from memory.types.ingest_progress import IngestProgress
from memory.types.jobs import JobState
from tests.faults.homes import Contents, check
from tests.faults.minds import Compass, Minds, Writer, readable, work
from tests.media import make_audio, silence


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two sounds of two clips; the first is the one that the model cannot stand."""
    place = tmp_path_factory.mktemp("files")
    lengths = {"bad.wav": 40.0, "good.wav": 41.0}
    return [make_audio(place / name, silence(seconds)) for name, seconds in lengths.items()]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, files: list[Path]) -> Contents:
    """What a home holds after no fault at all."""
    home = tmp_path_factory.mktemp("whole") / "home"
    work(home, files, Minds())
    return check(home)


def _out_of_memory(_: Observation) -> object:
    raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB\nmore lines\nTraceback (…)")


def _no_memory(_: Observation) -> object:
    raise MemoryError


FAULTS: dict[str, Callable[[Observation], object]] = {
    "raises": _out_of_memory,
    "no memory": _no_memory,
    "blank": lambda _: " \n\t ",
    "no letters": lambda _: "\ud800\udfff",
}


@pytest.mark.parametrize("kind", FAULTS)
def test_fault_28_a_model_that_fails_is_asked_three_times_and_costs_one_file(
    tmp_path: Path,
    files: list[Path],
    whole: Contents,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job, "FIRST_PAUSE", 0.05)
    asked: list[float] = []

    def fault(seen: Observation) -> object:
        if not seen.clip.recording_id.startswith("bad"):
            return None
        asked.append(time.monotonic())
        return FAULTS[kind](seen)

    home = tmp_path / "home"
    results = work(home, files, Minds(Writer(fault)))
    assert sorted(one.status for one in results) == ["failed"] * 3 + ["indexed"]
    assert all(readable(one.message) for one in results)
    assert len(asked) == 3
    assert asked[1] - asked[0] >= 0.05
    assert asked[2] - asked[1] >= 0.2, "each pause is longer than the one before"
    found = check(home)
    given_up = found.jobs["bad.wav"]
    assert (given_up.state, given_up.reason) == (JobState.QUARANTINED, results[-1].message)
    assert "bad.wav" in given_up.reason
    assert found.jobs["good.wav"].state == JobState.DONE
    assert work(home, files, Minds(Writer(fault))) == [], "it is left alone from now on"
    store = Store.open(home)
    store.jobs.retry()  # what `egobutler retry` does
    store.close()
    assert [one.status for one in work(home, files, Minds())] == ["indexed"]
    assert check(home) == whole


def test_fault_28_a_caption_of_ten_thousand_words_is_cut(tmp_path: Path, files: list[Path]) -> None:
    home = tmp_path / "home"
    results = work(home, files, Minds(Writer(lambda _: "word " * 200_000)))
    assert [one.status for one in results] == ["indexed", "indexed"]
    check(home)
    store = Store.open(home)
    assert max(len(one.text) for one in store.memories.overlapping("clip")) <= 25_000
    assert max(len(one.text) for one in store.memories.overlapping("day")) <= 25_000
    store.close()


def _not_a_number(text: str) -> NDArray[np.float32] | None:
    return np.full(4, np.nan, np.float32) if "bad" in text else None


def _raises(text: str) -> NDArray[np.float32] | None:
    if "bad" in text:
        raise RuntimeError("the device was lost")
    return None


@pytest.mark.parametrize("fault", [_not_a_number, _raises])
def test_fault_28_memories_without_a_sound_vector_are_found_by_their_words(
    tmp_path: Path, files: list[Path], fault: Callable[[str], NDArray[np.float32] | None]
) -> None:
    home = tmp_path / "home"
    results = work(home, files, Minds(compass=Compass(fault)))
    assert [one.status for one in results] == ["indexed", "indexed"]
    assert {one.state for one in check(home).recordings} == {RecordingState.READY}
    store = Store.open(home)
    view = store.as_of(1e12)
    assert len(view.search_text(["bad"])) == len(view.search_text(["good"])) == 2
    for vector in (np.ones(4, np.float32), np.full(4, np.nan, np.float32)):
        assert np.isfinite(list(view.search_vectors(vector, "compass").values())).all()
    (clip, *_) = view.memories("clip")
    asked = Question(f"What is a clip of {clip.clip_id}?", 1e10, "UTC")
    answer = Answerer(store.as_of, Compass(_not_a_number)).ask(asked)
    assert answer.citations
    assert 0 < answer.confidence <= 1, "and is a number"
    store.close()
    work(home, files, Minds(compass=Compass()))
    store = Store.open(home)
    assert not store.vectors.missing("compass")
    store.close()


def test_fault_28_one_text_that_the_embedder_cannot_take_keeps_no_other_from_its_vector(
    tmp_path: Path, files: list[Path]
) -> None:
    home = tmp_path / "home"
    work(home, files, Minds())
    store = Store.open(home)
    oldest, *others = store.vectors.missing("compass")
    assert others

    def fault(text: str) -> NDArray[np.float32] | None:
        if text == oldest[1]:
            raise RuntimeError("index out of range in self")
        return None

    assert pipeline.embed(store, Compass(fault)) == len(others)
    assert store.vectors.missing("compass") == [oldest]
    assert pipeline.embed(store, Compass(fault)) == 0
    assert pipeline.embed(store, Compass()) == 1, "and is tried again"
    store.close()


def test_fault_28_an_embedder_that_fails_at_every_text_is_not_asked_for_each(
    tmp_path: Path, files: list[Path]
) -> None:
    home = tmp_path / "home"
    work(home, files, Minds())
    store, asked = Store.open(home), list[str]()

    def fault(text: str) -> NDArray[np.float32] | None:
        asked.append(text)
        raise RuntimeError("the device was lost")

    with pytest.raises(RuntimeError, match="the device was lost"):
        pipeline.embed(store, Compass(fault))
    assert len(asked) == 2
    store.close()


@pytest.mark.parametrize("retriever", ["pyramid", "flat"])
def test_fault_28_a_question_is_answered_by_words_while_the_embedder_fails(
    tmp_path: Path, files: list[Path], retriever: str, caplog: pytest.LogCaptureFixture
) -> None:
    home = tmp_path / "home"
    work(home, files, Minds(compass=Compass()))
    store = Store.open(home)
    (clip, *_) = store.memories.overlapping("clip")
    asked = Question(f"What is a clip of {clip.clip_id}?", 1e10, "UTC")

    def fault(text: str) -> NDArray[np.float32] | None:
        raise MemoryError

    broken = Answerer(store.as_of, Compass(fault), retriever=retriever).ask(asked)
    assert "words alone are searched" in caplog.text
    by_words = Answerer(store.as_of, None, retriever=retriever).ask(asked)
    assert by_words.citations
    assert broken == by_words
    store.close()


def test_fault_28_an_embedder_that_cannot_be_loaded_is_done_without_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Embedder:
        raise RuntimeError("Protobuf parsing failed")

    monkeypatch.setattr(brains, "load_embedder", broken)
    found = brains.ModelProvider(Settings(tmp_path / "home", "small", weights=tmp_path / "weights"))
    named = replace(found.preset, embedder="e5")
    monkeypatch.setattr(brains, "usable", lambda *_, **__: Usable(named, ()))
    assert found.embedder() is None
    assert "e5 cannot run here (Protobuf parsing failed); only words" in found.note


def test_fault_29_a_file_that_hangs_the_decoder_is_given_up_and_the_next_one_is_read(
    tmp_path: Path, files: list[Path]
) -> None:
    home, began = tmp_path / "home", time.monotonic()
    with DecoderProcess(stall_seconds=2.0) as media:
        media.probe(files[1])

        def hang(progress: IngestProgress) -> None:
            if progress.path.name == "bad.wav" and media.pid is not None:
                os.kill(media.pid, signal.SIGSTOP)

        results = {one.path.name: one for one in work(home, files, Minds(), hang, media)}
    assert time.monotonic() - began < 60
    assert "the decoder hung on it" in results["bad.wav"].message
    assert readable(results["bad.wav"].message)
    assert results["good.wav"].status == "indexed"
    found = check(home)
    assert found.jobs["bad.wav"].state == JobState.QUARANTINED
    assert [Path(one.path).name for one in found.recordings] == ["good.wav"]


def test_fault_28_a_captioner_whose_server_is_away_costs_no_file(
    tmp_path: Path, files: list[Path]
) -> None:
    def away(_: Observation) -> object:
        raise ServerDown("Nothing answers at http://127.0.0.1:11434/v1.")

    home = tmp_path / "home"
    results = work(home, files, Minds(Writer(away)))
    assert all("Nothing answers at" in result.message for result in results)
    store = Store.open(home)
    assert {one.state for one in store.jobs.all()} == {JobState.WAITING}
    assert {one.waits_for for one in store.jobs.all()} == {"server"}
    store.jobs.retry()
    store.close()
    assert {result.status for result in work(home, [], Minds())} == {"indexed"}
