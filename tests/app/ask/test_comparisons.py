"""Two settings answer blind, a vote tells which was which, and only enough votes choose one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest
from fastapi.testclient import TestClient

from app.ask import comparisons
from app.ask.comparisons import Comparison, ComparisonService
from app.ask.conversations import ConversationService
from app.ask.setting_answers import named_setting, other_settings, own_setting
from app.assistant import Assistant
from app.commands.main import main
from app.core.errors import Refusal
from app.core.settings import Settings
from app.models.answer_settings import AnswerSetting
from app.pages.compare import CompareEvents, CompareParts, rates_table
from app.pages.shell import Updates
from app.presentation.i18n import use_locale
from app.routes.questions.comparing import comparing_router
from egogpt.protocols.chat import ChatError
from egogpt.runtime.cancellation import Cancelled
from memory.repositories.comparison_votes import ComparisonVote
from memory.repositories.conversations import ConversationTurn
from memory.store.store import Store
from memory.types.core import Answer, Citation, Question, Sentence, Span
from tests.app.homes import Restored
from tests.app.pages.parts import laid_out
from tests.app.some_routes import app_of
from tests.command_words import Keyboard

pytestmark = pytest.mark.usefixtures("no_weights")

QUESTION = "What was said about the concert?"
OWN, FLAT = "pyramid/none", "flat/none"


@pytest.fixture
def butler(home_of_talks: Restored) -> Iterator[Assistant]:
    """A home of talks without models."""
    with Assistant.open(Settings(home_of_talks.fresh() / "home", preset="small")) as home:
        yield home


@pytest.fixture
def differing(butler: Assistant, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    """Each setting answers with a moment of its own, and its name for a text."""

    def answer(home: Assistant, setting: AnswerSetting, asked: Question) -> Answer:
        start = quoted(home.store, setting)
        cited = Citation(start.recording_id, start.span, "words")
        spoken = f"by {sum(map(ord, setting.name))}"  # a text of its own, that does not name it
        whole = home.ask(asked.text, at=asked.asked_at)
        return replace(whole, sentences=(Sentence(spoken, (0,)),), citations=(cited,))

    monkeypatch.setattr(comparisons, "answer_by", answer)
    return butler


def quoted(store: Store, setting: AnswerSetting) -> Citation:
    """The moment that a setting of ``differing`` cites."""
    recordings = sorted(store.recordings.all(), key=lambda one: one.start)
    clip = store.recordings.clips(recordings[setting.retriever == "flat"].id)[0]
    return Citation(clip.recording_id, Span(clip.span.start + 1, clip.span.start + 3), "")


def compared(service: ComparisonService, second: str = FLAT) -> Comparison:
    pair = service.pair("", second)
    return service.compare(QUESTION, pair, lambda _: None, threading.Event())


def win(store: Store, setting: str, times: int) -> None:
    """Votes in which a setting is better than the home's own."""
    before = len(store.comparisons.all())
    for n in range(before, before + times):
        turn = ConversationTurn(float(n), f"question {n}", {"citations": []})
        begun = store.conversations.add("", turn)
        assert store.comparisons.add(begun, ComparisonVote(float(n), setting, OWN, "first"))


# Which settings


def test_only_what_can_run_here_is_offered_and_taken(butler: Assistant) -> None:
    names = [one.name for one in other_settings(butler)]
    assert FLAT in names
    assert OWN not in names
    assert own_setting(butler).name == OWN
    assert all(name.endswith("/none") for name in names), "no model is here"
    assert not {"dense/none", "visrag/none"} & set(names), "no vectors are here"
    for name in ("flat/qwen-0.5b", "visrag", "nothing", "pyramid/openai:x"):
        with pytest.raises(Refusal, match="pyramid"):
            named_setting(butler, name)
    with pytest.raises(Refusal):  # a setting is not compared with itself
        ComparisonService(butler).pair("", "pyramid")


# Comparing


def test_both_orders_are_drawn_and_both_answer_at_one_moment(differing: Assistant) -> None:
    service, orders = ComparisonService(differing), set[str]()
    for _ in range(40):
        orders.add(compared(service).answers[0].setting.name)
        if orders == {OWN, FLAT}:
            return
    raise AssertionError(orders)


def test_real_settings_answer_the_same_question(butler: Assistant) -> None:
    made = compared(ComparisonService(butler))
    assert {one.setting.name for one in made.answers} == {OWN, FLAT}
    assert all(one.answer and "concert" in one.answer.text for one in made.answers)


def test_equal_answers_and_a_failure_leave_nothing_to_vote_on(
    butler: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = ComparisonService(butler)
    monkeypatch.setattr(comparisons, "answer_by", lambda home, _, asked: home.ask(asked.text, at=9))
    alike = compared(service)
    assert (alike.is_alike, alike.is_votable) == (True, False)

    def fails(home: Assistant, setting: AnswerSetting, asked: Question) -> Answer:
        if setting.name == FLAT:
            raise ChatError("The model is gone.")
        return home.ask(asked.text)

    monkeypatch.setattr(comparisons, "answer_by", fails)
    failed = compared(service)
    assert (failed.has_failed, failed.is_votable) == (True, False)
    assert [one.trouble for one in failed.answers if one.trouble] == ["The model is gone."]
    for made in (alike, failed):
        with pytest.raises(Refusal):
            service.vote(made.id, "a")
    assert butler.store.comparisons.all() == []


def test_a_comparison_that_is_left_answers_no_further(
    butler: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, answered = threading.Event(), list[str]()

    def leaves(home: Assistant, setting: AnswerSetting, asked: Question) -> Answer:
        over.set()
        answered.append(setting.name)
        return home.ask(asked.text)

    monkeypatch.setattr(comparisons, "answer_by", leaves)
    service = ComparisonService(butler)
    with pytest.raises(Cancelled):
        service.compare(QUESTION, service.pair("", FLAT), lambda _: None, over)
    assert len(answered) == 1


# Voting


def test_a_vote_counts_once_and_keeps_the_question(differing: Assistant) -> None:
    service = ComparisonService(differing)
    meant: dict[comparisons.Vote, str]
    meant = {"a": "first", "b": "second", "both": "both", "neither": "neither"}
    for vote, better in meant.items():  # of the same question: the last vote holds
        made, stored = service.vote(compared(service).id, vote)
        assert stored
        (row,) = differing.store.comparisons.all()
        assert (row.first, row.second) == tuple(one.setting.name for one in made.answers)
        assert row.better == better
        assert ConversationService(differing).recent_questions(5) == [QUESTION]
        with pytest.raises(Refusal):
            service.vote(made.id, vote)
        assert differing.store.comparisons.all() == [row]


@pytest.mark.parametrize("retriever", ["pyramid", "flat"])
def test_a_vote_goes_with_a_moment_of_either_answer(differing: Assistant, retriever: str) -> None:
    service = ComparisonService(differing)
    service.vote(compared(service).id, "a")
    cited = quoted(differing.store, AnswerSetting(retriever, "none"))
    differing.store.delete_recording(cited.recording_id)
    assert differing.store.comparisons.all() == []
    assert differing.store.conversations.latest(5) == []


def test_what_is_forgotten_before_the_vote_is_not_kept(differing: Assistant) -> None:
    service = ComparisonService(differing)
    made = compared(service)
    differing.caches.clear()  # as any forgetting does
    with pytest.raises(Refusal):
        service.vote(made.id, "a")
    made = compared(service)
    differing.store.delete_recording(quoted(differing.store, own_setting(differing)).recording_id)
    _, stored = service.vote(made.id, "a")
    assert not stored
    assert differing.store.comparisons.all() == []
    assert differing.store.conversations.latest(5) == []


# Choosing


def test_a_setting_is_chosen_only_once_it_is_better(butler: Assistant) -> None:
    service = ComparisonService(butler)
    win(butler.store, FLAT, 5)
    with pytest.raises(Refusal):
        service.use(FLAT, owner=True)
    win(butler.store, FLAT, 7)
    service.use(FLAT, owner=True)
    with Assistant.open(Settings(butler.home, preset="small")) as later:
        assert own_setting(later).name == FLAT


def test_what_was_said_at_the_start_is_not_outdone(tmp_path: Path) -> None:
    with Assistant.open(Settings(tmp_path / "home", retriever="pyramid")) as home:
        win(home.store, FLAT, 12)
        with pytest.raises(Refusal, match="started"):
            ComparisonService(home).use(FLAT, owner=True)


# The page


def last(updates: Iterator[Updates]) -> Updates:
    """All that an event has changed by its end."""
    merged: Updates = {}
    for update in updates:
        merged |= update
    return merged


def test_the_page_compares_blind_and_then_tells(differing: Assistant) -> None:
    parts = laid_out(CompareParts)
    events = CompareEvents(differing, parts)
    opened = events.show(None)
    assert (FLAT in [name for _, name in opened[parts.other].choices]) is True
    shown = last(events.ask(QUESTION, FLAT))
    seen = "".join(map(str, (shown[parts.first], shown[parts.second].value, shown[parts.status])))
    assert seen.count("#seek=") == 2
    assert not [word for word in ("flat", "pyramid", "quotes") if word in seen]
    voted = events.vote("a")(shown[parts.open])
    assert "flat" in voted[parts.status]
    assert "pyramid" in voted[parts.status]
    assert "not yet known" in voted[parts.rates]
    assert voted[parts.use].visible is False
    assert len(differing.store.comparisons.all()) == 1


def test_the_page_offers_what_is_better_and_nothing_before(differing: Assistant) -> None:
    parts = laid_out(CompareParts)
    events = CompareEvents(differing, parts)
    win(differing.store, FLAT, 8)
    assert events.show(FLAT)[parts.use].visible is False
    win(differing.store, FLAT, 4)
    offered = events.show(FLAT)
    assert offered[parts.use].visible is True
    assert isinstance(events.use(offered[parts.best])[parts.use], gr.Button)


def test_the_page_finds_a_question_that_is_answered_differently(differing: Assistant) -> None:
    parts = laid_out(CompareParts)
    events = CompareEvents(differing, parts)
    assert "empty" in last(events.search(FLAT))[parts.status]
    ConversationService(differing).begin("", "Who was there?")
    shown = last(events.search(FLAT))
    assert (shown[parts.question], bool(shown[parts.open])) == ("Who was there?", True)


def test_hostile_names_are_words(butler: Assistant) -> None:
    win(butler.store, "<script>/none", 1)
    table = rates_table(ComparisonService(butler).rates())
    assert "<script>" not in table
    assert "&lt;script&gt;" in table
    with use_locale("zh"):
        assert "Setting" not in rates_table(ComparisonService(butler).rates())


# The command and the routes


def test_the_command_compares_asks_and_tells(
    differing: Assistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(differing.home)]
    monkeypatch.setattr("sys.stdin", Keyboard("b\n"))
    assert main(["compare", QUESTION, "--b", FLAT, *home]) == 0
    written = capsys.readouterr().out
    assert written.index("B: by ") < written.index("A was: search")
    (row,) = differing.store.comparisons.all()
    assert row.better == "second"
    assert main(["compare", *home]) == 0
    assert "not yet known" in capsys.readouterr().out
    assert main(["compare", "--json", *home]) == 0
    assert json.loads(capsys.readouterr().out)["rates"][0]["setting"] == FLAT
    assert main(["compare", "--use", FLAT, *home]) == 1
    assert "Not enough votes" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", Keyboard("\n"))
    assert main(["compare", "Was wurde über das Konzert gesagt?", *home]) == 0
    assert "A war: " in capsys.readouterr().out
    assert main(["compare", QUESTION, "--json", *home]) == 0
    read = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {read["a"]["setting"].split("/")[0], read["b"]["setting"].split("/")[0]} >= {"pyramid"}
    assert len(differing.store.comparisons.all()) == 1


def test_the_routes_are_blind_until_the_vote(differing: Assistant) -> None:
    with TestClient(app_of(differing.home, comparing_router(differing))) as client:
        before = client.get("/api/compare").json()
        assert before["own"] == OWN
        made = client.post("/api/compare", json={"question": QUESTION, "b": FLAT}).json()
        assert (made["a"]["setting"], made["b"]["setting"]) == ("", "")
        assert not [word for word in ("flat", "pyramid") if word in json.dumps(made)]
        body = {"id": made["id"], "vote": "a"}
        voted = client.post("/api/compare/vote", json=body).json()
        assert {voted["a"], voted["b"]} == {OWN, FLAT}
        assert voted["stored"] is True
        assert client.post("/api/compare/vote", json=body).status_code == 422
        assert client.get("/api/compare").json()["rates"][0]["setting"] == FLAT
        assert client.post("/api/compare/use", json={"setting": FLAT}).status_code == 422
        assert client.post("/api/compare", json={"question": " "}).status_code == 422
        assert client.post("/api/compare", json={"question": "x", "b": "no"}).status_code == 422
