"""Whose memories somebody may ask: nobody's unless granted, and nothing beyond the grant."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.across.service import AcrossService, AnswerAcross
from app.auth.accounts import Account, Accounts
from app.auth.errors import AuthRefused
from app.auth.passwords import Passwords
from egorag.answering.answerer import Answerer
from memory.store.store import Store
from memory.types.core import EVERYTHING, Scope, Span
from tests.app.doors import ANNA, BEN, CHEAP, Clock
from tests.app.homes import Restored
from tests.conftest import without_models
from tests.egorag.across.wearers import ALICE, ASKED, JAKE, write_home

DAY = 86_400.0
SCISSORS = "Where are the scissors?"


class World:
    """Jake asks, Alice's memories hold where the scissors are."""

    def __init__(self, place: Path) -> None:
        self.clock = Clock(ASKED)
        self.assistant = without_models(place)
        self.accounts = Accounts(place / "home", Passwords(CHEAP), self.clock)
        self.jake, self.alice = self.accounts.get("Jake"), self.accounts.get("Alice")
        self.service = AcrossService(self.assistant, self.accounts)

    def give(self, narrowed: Scope = EVERYTHING, *scopes: str, days: int = 7) -> None:
        """Alice lets Jake ask."""
        self.accounts.grants.give(self.alice.id, self.jake.id, scopes or ("ask",), days, narrowed)

    def ask(self, text: str = SCISSORS, **more: Any) -> AnswerAcross:
        return self.service.ask(["alice"], text, at=ASKED, **more)

    def deeds(self, account: Account) -> list[tuple[str, str, str]]:
        """The log of a home, newest first."""
        store = Store.open(account.home)
        found = [(deed.who, deed.what, deed.detail) for deed in store.audit.newest()]
        store.close()
        return found


def make_homes(place: Path) -> None:
    write_home(place / "home", "Jake", JAKE).close()
    kept = Accounts(place / "home", Passwords(CHEAP), Clock(ASKED))
    kept.add("Jake", ANNA)
    write_home(kept.add("Alice", BEN).home, "Alice", ALICE).close()
    kept.database.close()


@pytest.fixture(scope="module")
def two_homes(tmp_path_factory: pytest.TempPathFactory) -> Restored:
    return Restored(tmp_path_factory.mktemp("world"), make_homes)


@pytest.fixture
def world(two_homes: Restored) -> Iterator[World]:
    made = World(two_homes.fresh())
    yield made
    made.accounts.database.close()
    made.assistant.close()


def tells(found: AnswerAcross) -> bool:
    """Whether anything of Alice's is in it."""
    cited = {citation.wearer for citation in found.answer.citations}
    spoken = "blue" in f"{found.answer.text} {found.answer.citations} {found.answer.explanation}"
    assert spoken == ("Alice" in cited)
    return spoken


def test_nobody_may_ask_unless_it_was_granted(world: World) -> None:
    with pytest.raises(AuthRefused, match="alice has not let you ask"):
        world.ask()
    assert not world.deeds(world.alice)
    world.give()
    assert tells(world.ask())


def test_a_name_without_an_account_is_refused_in_the_same_words(world: World) -> None:
    said = []
    for name in ("alice", "nobody"):
        with pytest.raises(AuthRefused) as refused:
            world.service.ask([name], SCISSORS)
        said.append(str(refused.value).replace(name, "NAME"))
    assert said[0] == said[1]


def test_one_refusal_refuses_the_question(world: World) -> None:
    world.give()
    with pytest.raises(AuthRefused, match="lucia"):
        world.service.ask(["alice", "lucia"], SCISSORS)
    assert not world.deeds(world.alice)


def test_a_grant_goes_one_way(world: World) -> None:
    world.accounts.grants.give(world.jake.id, world.alice.id, ["ask"], 7)
    with pytest.raises(AuthRefused):
        world.ask()


def test_an_ended_grant_ends_at_the_next_question(world: World) -> None:
    world.give()
    assert tells(world.ask())
    world.accounts.grants.end(world.alice.id, world.jake.id)
    with pytest.raises(AuthRefused, match="not let you ask"):
        world.ask()


def test_a_grant_runs_out(world: World) -> None:
    world.give(days=2)
    world.clock.now = ASKED + 2 * DAY - 1
    assert tells(world.ask())
    world.clock.now = ASKED + 2 * DAY
    with pytest.raises(AuthRefused, match="not let you ask"):
        world.ask()


def test_a_new_grant_takes_the_place_of_the_one_before(world: World) -> None:
    world.give()
    world.give(Scope(people=("Bob",)))
    assert not tells(world.ask())
    assert len(world.accounts.grants.given_by(world.alice.id)) == 1
    world.accounts.grants.end(world.alice.id, world.jake.id)
    with pytest.raises(AuthRefused):
        world.ask()


def test_removing_an_account_ends_its_grants(world: World) -> None:
    world.give()
    world.accounts.remove("Alice")
    with pytest.raises(AuthRefused):
        world.ask()


SCISSORS_AT = ASKED - 22 * 3600
NARROWED = {
    "time": (Scope(span=Span(SCISSORS_AT, SCISSORS_AT + 30)), True),
    "other time": (Scope(span=Span(SCISSORS_AT + 30, ASKED)), False),
    "half of the moment": (Scope(span=Span(0, SCISSORS_AT + 29)), False),
    "people": (Scope(people=("Jake",)), False),
    "place": (Scope(places=("drawer",)), True),
    "other place": (Scope(places=("kitchen",)), False),
    "place at another time": (Scope(places=("drawer",), span=Span(0, SCISSORS_AT)), False),
}


def test_nothing_is_told_outside_of_the_grant(world: World) -> None:
    for name, (scope, expected) in NARROWED.items():
        world.give(scope)
        assert tells(world.ask()) == expected, name


def test_of_people_only_moments_with_them_are_told(world: World) -> None:
    whales = "What film did Alice watch?"
    world.give(Scope(people=("Bob",)))
    assert "whales" in world.ask(whales).answer.text
    world.give(Scope(people=("Jake",)))
    assert "whales" not in str(world.ask(whales).answer)


def test_what_the_question_is_kept_to_widens_nothing(world: World) -> None:
    world.give(Scope(places=("kitchen",)))
    assert not tells(world.ask(scope=Scope(places=("drawer",))))
    world.give()
    assert tells(world.ask(scope=Scope(places=("drawer",))))


def test_what_was_forgotten_is_never_told(world: World) -> None:
    world.give()
    assert tells(world.ask())
    store = Store.open(world.alice.home)
    store.delete_recording("Alice-film-1")
    store.close()
    assert not tells(world.ask())


def test_nothing_is_told_from_after_the_moment_asked_about(world: World) -> None:
    world.give()
    early = world.service.ask(["alice"], SCISSORS, at=SCISSORS_AT)
    assert not tells(early)


def test_a_grant_that_ends_while_it_is_asked_shows_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.give()
    grants, calls = world.accounts.grants, list[bool]()
    holds = grants.holds

    def ended_on_the_way(grant: Any) -> bool:
        calls.append(holds(grant))
        if len(calls) == 10:
            grants.end(world.alice.id, world.jake.id)
        return calls[-1]

    monkeypatch.setattr(grants, "holds", ended_on_the_way)
    assert not tells(world.ask())
    assert True in calls
    assert len(calls) > 10


def test_both_logs_tell_once_that_it_was_asked_and_neither_what(world: World) -> None:
    world.give()
    world.service.ask(["alice", "ALICE", "Alice"], SCISSORS, at=ASKED)
    assert world.deeds(world.jake)[0] == ("Jake", "asked-others", "Alice")
    deeds = world.deeds(world.alice)
    assert deeds[0] == ("Jake", "was-asked", "1 moment shown")
    assert [what for _, what, _ in deeds].count("was-asked") == 1
    assert not any("scissors" in str(deed) for deed in world.deeds(world.alice))


def test_nothing_is_shown_that_the_owners_log_cannot_tell_of(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.give()

    def full(*words: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("memory.repositories.audit_log.Audit.write", full)
    with pytest.raises(OSError, match="no space"):
        world.ask()


def test_words_of_others_are_not_sent_to_a_model_elsewhere(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.give()
    used = list[object]()

    def noted(*parts: Any, **more: Any) -> Answerer:
        used.append(parts[2])
        return Answerer(*parts, **more)

    monkeypatch.setattr("app.across.service.Answerer", noted)
    for host in ("127.0.0.1", "models.example"):
        name = f"openai:tiny@http://{host}:9/v1"
        monkeypatch.setattr(world.assistant.brains, "chat_name", lambda name=name: name)
        assert tells(world.ask())
    assert [chat is None for chat in used] == [False, True]


def test_a_recording_is_named_only_where_that_was_granted(world: World) -> None:
    world.give()
    assert not world.ask().recordings
    assert "film-1" not in str(world.ask().answer.explanation)
    world.give(EVERYTHING, "ask", "media")
    assert [recording.id for recording in world.ask().recordings] == ["Alice-film-1"]


def test_a_home_that_is_away_is_told_of(world: World) -> None:
    world.give()
    shutil.rmtree(world.alice.home)
    found = world.ask()
    assert found.unreached == ("Alice",)
    assert not world.alice.home.exists()


def test_what_cannot_be_granted_says_why(world: World) -> None:
    grants, jake, alice = world.accounts.grants, world.jake.id, world.alice.id
    with pytest.raises(AuthRefused, match="anyway"):
        grants.give(jake, jake, ["ask"], 7)
    for scopes in (["media"], ["ask", "admin"]):
        with pytest.raises(AuthRefused, match="what for"):
            world.give(EVERYTHING, *scopes)
    for days in (0, 367):
        with pytest.raises(AuthRefused, match="1 to 366 days"):
            world.give(days=days)
    with pytest.raises(AuthRefused, match="nothing"):
        grants.end(alice, jake)


def test_a_home_without_an_account_asks_nobody(tmp_path: Path) -> None:
    with without_models(tmp_path) as alone, pytest.raises(AuthRefused, match="no account"):
        AcrossService(alone, Accounts(alone.home))
