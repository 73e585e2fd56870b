"""``egobutler people``: what the owner says of people is done, and errors say what to do."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.commands.main import main
from egogpt.registry import load_captioner
from memory.store.store import Store
from memory.types.core import Observation
from tests.app.homes import Restored
from tests.command_words import Keyboard
from tests.memory.crowds import Met, clips, meet

Run = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to."""

    status: int
    out: str
    err: str


def make_home(place: Path) -> None:
    """A home in which somebody with a face and somebody with a voice was met."""
    store = Store.open(place / "home")
    made = clips(store, 3)
    talk = Met(0, 4, 9, kind="voice", says="The concert is on Friday.")
    for clip, met in zip(made, ([Met(0), talk], [Met(4)], [Met(90)]), strict=True):
        meet(store, clip, *met)
        store.people.assign([clip.id])
        seen = Observation(
            clip,
            tuple(store.perceptions.utterances(clip.id)),
            tuple(store.perceptions.sightings(clip.id)),
        )
        caption = load_captioner("composed").caption(seen)
        store.memories.write_caption(clip, caption, "composed", "caption", "1")
    store.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Restored:
    return Restored(tmp_path_factory.mktemp("people"), make_home)


@pytest.fixture
def home(made: Restored) -> Path:
    return made.fresh() / "home"


@pytest.fixture
def command(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Done]:
    """Runs ``egobutler people``."""
    monkeypatch.setenv("EGOBUTLER_WEIGHTS", str(home.parent / "no-weights"))

    def run(*words: str) -> Done:
        capsys.readouterr()
        status = main(["people", *words, "--home", str(home), "--preset", "small", "--json"])
        printed = capsys.readouterr()
        return Done(status, printed.out, printed.err)

    return run


@pytest.fixture
def people(command: Callable[..., Done]) -> Run:
    """Runs it where it must succeed, and returns its line of JSON."""

    def run(*words: str) -> Any:
        done = command(*words)
        assert done.status == 0, done.err
        return json.loads(done.out.splitlines()[-1])

    return run


def numbers(people: Run, kind: str) -> list[int]:
    """The numbers of those with faces or voices, most prints first."""
    found = [person for person in people()["people"] if person[kind]]
    return [person["number"] for person in sorted(found, key=lambda one: -one[kind])]


def test_everybody_is_listed_with_faces_voices_and_when(command: Callable[..., Done]) -> None:
    done = command()
    listed, text = json.loads(done.out)["people"], done.err
    assert sorted((one["faces"], one["voices"]) for one in listed) == [(0, 1), (1, 0), (2, 0)]
    assert "2 faces, on Mon 2 Mar 2026, 12:00" in text
    assert "1 voice, on Mon 2 Mar 2026, 12:00" in text


def test_a_named_voice_is_what_the_store_remembers(people: Run, home: Path) -> None:
    (voice,) = numbers(people, "voices")
    done = people("name", str(voice), "Anna", "Lind")
    assert (done["person"]["name"], done["captions"]) == ("Anna Lind", 1)
    store = Store.open(home)
    first = store.memories.overlapping("clip")[0]
    assert 'Anna Lind says: "The concert is on Friday."' in first.text
    store.close()


def test_prints_are_shown_and_split_off(people: Run) -> None:
    face = str(numbers(people, "faces")[0])
    shown = people("show", face)["prints"]
    assert [one["kind"] for one in shown] == ["face", "face"]
    assert all(one["recording"] == "walk-0123456789" for one in shown)
    new = people("split", face, shown[0]["id"])["person"]
    assert new["faces"] == 1
    people("merge", face, str(new["number"]))
    assert people("show", face)["person"]["faces"] == 2


def test_forgetting_needs_a_yes_and_leaves_nothing(
    people: Run, command: Callable[..., Done], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (voice,) = numbers(people, "voices")
    people("name", str(voice), "Zanzibarcanary")
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))  # a pipe is nobody who can be asked
    assert "--yes" in command("forget", "Zanzibarcanary").err
    assert len(people()["people"]) == 3
    done = people("forget", "zanzibarcanary", "--yes")
    assert (done["person"], done["captions"]) == (None, 1)
    for path in home.rglob("*"):
        assert not path.is_file() or b"zanzibarcanary" not in path.read_bytes().lower(), path
    assert len(people()["people"]) == 2


def test_a_person_who_says_no_forgets_nobody(
    people: Run, command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard("n\n"))
    assert "nothing was forgotten" in command("forget", "1").err
    assert len(people()["people"]) == 3
    monkeypatch.setattr("sys.stdin", Keyboard("yes\n"))
    people("forget", "1")
    assert len(people()["people"]) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["name", "1", "7"], "taken for a number"),
        (["name", "Nobody", "Anna"], 'no person "Nobody"'),
        (["merge", "1", "1"], "say who is the same person"),
        (["split", "1", "abc"], '"abc" is not a print'),
        (["split", "1", "5"], "has no print 5"),
        (["undo"], "no change of people left"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    command: Callable[..., Done], words: list[str], says: str
) -> None:
    done = command(*words)
    assert (done.status, done.out) == (1, "")
    assert says in done.err
    assert done.err.count("\n") == 1
