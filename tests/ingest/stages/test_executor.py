"""Whoever computes perception, in whatever order it is ready, the home is the same."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.homes.digest import home_digest
from ingest.decode.decoder import InProcess
from ingest.jobs.intake import take_in
from ingest.stages import pipeline
from ingest.stages.executor import PerceptionRequest, compute
from ingest.stages.stages import BlockFindings, PerceptionStage
from memory.store.store import Store
from memory.types.core import Clip
from tests.ingest.stages.digests import digesting, noisy_video

START = datetime(2026, 3, 2, 9, 58, 45, tzinfo=UTC)
LARGEST = 250_000  # bytes of a block's findings

pytestmark = pytest.mark.usefixtures("short_blocks")


class Elsewhere:
    """Another process in all but name: values come and go as pickles, the last asked for first."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._begun: dict[tuple[Clip, ...], bytes] = {}
        self.sizes: list[int] = []
        self.ready: list[int] = []  # how many were ready when each block was asked for

    def prepare(self) -> str:
        return ""

    def look_ahead(self, requests: Iterator[PerceptionRequest]) -> None:
        asked = [one for _, one in zip(range(self._room - len(self._begun)), requests)]
        for request in reversed(asked):
            self._begun[request.block.clips] = self._computed(request)

    def perceive(self, request: PerceptionRequest) -> Iterator[BlockFindings]:
        self.ready.append(len(self._begun))
        findings = self._begun.pop(request.block.clips, None) or self._computed(request)
        return iter(pickle.loads(findings))

    def drop(self, recording_id: str | None = None) -> None:
        self._begun.clear()

    def _computed(self, request: PerceptionRequest) -> bytes:
        names = [stage.name for stage in request.stages]
        block, inputs = pickle.loads(pickle.dumps((request.block, request.inputs)))
        stages = [
            stage
            for stage in digesting()
            if isinstance(stage, PerceptionStage) and stage.name in names
        ]
        findings = pickle.dumps([*compute(stages, block, inputs, InProcess())])
        self.sizes.append(len(findings))
        return findings


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return noisy_video(tmp_path_factory.mktemp("media"), parts=3)


def made(home: Path, film: Path, executor: Elsewhere | None = None) -> str:
    """The digest of a home with the film, and no store in the hands of who computes."""
    store, media = Store.open(home), InProcess()
    intake = take_in(store, film, start=START, decoder=media)
    pipeline.run(
        store, digesting(), intake.recording, intake.probed(media), None, lambda *_: None, media,
        executor=executor,
    )  # fmt: skip
    assert not pipeline.outstanding(store, digesting(), intake.recording)
    assert len(store.people.all()) == 2
    digest = home_digest(store)
    store.close()
    return digest


@pytest.fixture(scope="module")
def made_here(tmp_path_factory: pytest.TempPathFactory, film: Path) -> str:
    return made(tmp_path_factory.mktemp("here"), film)


@pytest.mark.parametrize("room", [0, 2])
def test_the_home_is_the_same_whoever_computes_and_however_far_ahead(
    tmp_path: Path, film: Path, room: int, made_here: str
) -> None:
    elsewhere = Elsewhere(room)
    assert made(tmp_path, film, elsewhere) == made_here
    assert elsewhere.ready == [min(room, left) for left in (3, 2, 1)]
    assert len(elsewhere.sizes) == 3
    assert max(elsewhere.sizes) < LARGEST


def test_what_is_known_of_a_block_stands_in_for_the_stages_before(store: Store, film: Path) -> None:
    """Voices go by what was said, whether it was heard just now or in a run before."""
    speech, voices = digesting()[:2]
    intake, media = take_in(store, film, start=START), InProcess()
    probe = intake.probed(media)
    pipeline.run(store, [speech], intake.recording, probe, None, lambda *_: None, media)
    (later, *_) = pipeline.requests(store, [speech, voices], intake.recording, probe)
    assert [stage.name for stage in later.stages] == ["voices"]
    at_once = PerceptionRequest(later.block, (speech, voices), type(later.inputs)())  # type: ignore[arg-type]
    (apart,) = compute(later.stages, later.block, later.inputs, media)
    *_, together = compute(at_once.stages, at_once.block, at_once.inputs, media)
    assert apart.utterances is not None
    assert [said.text for clip in apart.utterances.values() for said in clip] != []
    assert {key: [*said] for key, said in apart.utterances.items()} == together.utterances
