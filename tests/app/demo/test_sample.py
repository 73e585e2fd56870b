"""The sample day: offered to an empty home, made in the background, and removed without a trace."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.core.settings import Settings
from app.demo.sample import FILMS, SampleDay, SampleState
from app.demo.script import QUESTIONS
from memory.integrity.deletion_proof import prove_deleted
from memory.integrity.verify import verify
from tests.app.homes import MORNING, Line, remember
from tests.app.sample_films import begin_films

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs espeak-ng")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("app.demo.film.WIDTH", 160)
    monkeypatch.setattr("app.demo.film.HEIGHT", 120)
    return Settings(tmp_path / "home", weights=tmp_path / "no-weights")


@pytest.fixture
def assistant(settings: Settings) -> Iterator[Assistant]:
    with Assistant.open(settings) as opened:
        yield opened


def wait(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(0.05)


def whole(sample: SampleDay) -> bool:
    return sample.state().phase == "ready"


def test_it_is_made_asked_about_removed_and_made_again(assistant: Assistant) -> None:
    sample = assistant.sample
    before = list(assistant.store.dump())
    assert (sample.state().phase, sample.questions()) == ("offered", [])
    for _ in range(2):
        begin_films(sample)
        sample.start()
        wait(lambda: whole(sample))
        recordings = assistant.store.recordings.all()
        assert len(recordings) == FILMS
        assert sample.questions() == [asked.question for asked in QUESTIONS]
        sample.start()
        assert assistant.store.recordings.all() == recordings, "it is not made twice"
        sample.remove()
        assert not sample.folder.exists()
        assert assistant.store.is_empty()
        assert sample.state().phase == "offered"
    left = [line for line in assistant.store.dump() if line not in before]
    assert not [line for line in left if "VID_" in line or "sample" in line]
    assert prove_deleted(assistant.store).clean
    assert verify(assistant.store).sound


def test_own_recordings_stay_and_it_is_offered_to_nobody_who_has_some(
    assistant: Assistant,
) -> None:
    sample = assistant.sample
    begin_films(sample)
    sample.start()
    wait(lambda: whole(sample))
    own = remember(assistant.store, "own", MORNING, [Line("A cup.", "This is mine.")])
    assert whole(sample)
    assert sample.questions() == [], "there is more to ask about"
    sample.remove()
    assert [known.id for known in assistant.store.recordings.all()] == [own.id]
    assert Path(own.path).exists()
    assert sample.state().phase == "absent"
    sample.start()
    assert sample.state().phase == "absent"


def test_a_server_that_starts_again_goes_on(settings: Settings) -> None:
    with Assistant.open(settings) as assistant:
        begin_films(assistant.sample, FILMS - 1)
        assistant.sample.start()
        assert assistant.sample.state() == SampleState("filming", FILMS - 1)
    with Assistant.open(settings) as assistant:
        assert assistant.sample.state().phase == "filming"
        assert assistant.store.recordings.all() == []
        assistant.resume()
        wait(lambda: whole(assistant.sample))
        assert len(assistant.store.recordings.all()) == FILMS


def test_it_is_taken_back_while_it_is_made(settings: Settings) -> None:
    with Assistant.open(settings) as assistant:
        assistant.sample.start()
        assistant.sample.remove()
        assert assistant.sample.state().phase == "offered"
        assert not assistant.sample.folder.exists()
        assert assistant.store.is_empty()


def test_it_is_not_offered_again_while_its_films_are_queued(assistant: Assistant) -> None:
    phases = list[str]()
    sample = SampleDay(
        assistant.store, assistant.privacy, lambda _: phases.append(sample.state().phase)
    )
    begin_films(sample)
    sample.start()
    wait(lambda: bool(phases))
    sample.stop()
    assert phases == ["filming"]


def test_what_is_not_installed_is_named(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assistant.sample.start()
    state = assistant.sample.state()
    assert state.phase == "offered"
    assert "apt-get install espeak-ng" in state.trouble
