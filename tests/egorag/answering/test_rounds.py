"""What a further round of retrieval finds, and how the answer says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.answering.answerer import Answerer
from egorag.answering.rounds import (
    Round,
    answering,
    find_bridge,
    how_far,
    out_of_time,
    search,
    substitute_name,
    widen_interval,
)
from egorag.evidence.findings import Findings
from egorag.evidence.scoring import Scored
from egorag.evidence.support import SupportVerdict
from egorag.evidence.units import Unit, UnitKind
from memory.types.core import Answer, Question, Span
from tests.egorag import lives
from tests.egorag.conftest import HomeOf, plan
from tests.egorag.generation.test_hearsay import Parrot
from tests.egorag.spoken import write_talk

Ask = Callable[..., Answer]
SAID = (
    ("2026-03-02T09:00", "Anna", "My sister Eve is coming to visit."),
    ("2026-03-02T12:00", "Clara", "The kite flew away on Sunday."),
    ("2026-03-02T18:30", "Ben", "Eve works at the planetarium."),
    ("2026-03-03T08:15", "Ben", "My dog is called Bruno."),
    ("2026-03-03T09:15", "Clara", "My uncle Bert broke his leg."),
    ("2026-03-03T19:00", "Clara", "The soup is very good."),
    ("2026-03-04T11:00", "Ben", "The plumber repaired the tap."),
)


@pytest.fixture
def ask(home_of: HomeOf) -> Ask:
    store = home_of(write_talk, [(lives.at(when), *said) for when, *said in SAID])

    def ask(text: str, chat: Parrot | None = None) -> Answer:
        return Answerer(store.as_of, chat=chat).ask(Question(text, lives.ASKED, lives.ZONE))

    return ask


def rounds(answer: Answer) -> list[str]:
    return [made.why for made in answer.explanation.rounds]


def test_one_round_is_enough_where_it_supports_an_answer(ask: Ask) -> None:
    answer = ask("Who repaired the tap?")
    assert not answer.abstained
    assert rounds(answer) == ["the question"]
    assert answer.explanation.rounds[0].supported


def test_what_is_told_of_somebody_by_name_answers_who_only_describes_them(ask: Ask) -> None:
    answer = ask("Where does Anna's sister work?")
    assert not answer.abstained
    assert "planetarium" in answer.sentences[0].text
    assert answer.sentences[-1].text.startswith("Eve is meant: on Monday 2 March at 09:00 Anna")
    assert all(sentence.citations for sentence in answer.sentences)
    assert rounds(answer) == ["the question", "Anna's sister is called Eve"]


def test_whose_name_is_known_but_nothing_else_is_no_answer(ask: Ask) -> None:
    answer = ask("Which submarine does Anna's sister own?")
    assert answer.abstained
    assert answer.explanation.rounds[0].reason == "only who Eve is is told"
    assert ask("When did Ben's dog bite the postman?").abstained


def test_another_form_of_the_verb_is_more_than_a_name(ask: Ask) -> None:
    answer = ask("What did Clara's uncle break?")
    assert not answer.abstained
    assert "leg" in answer.text


def test_what_another_day_shows_is_said_to_be_of_another_day(ask: Ask) -> None:
    answer = ask("Who repaired the tap on Tuesday?")
    assert not answer.abstained
    assert answer.text.startswith("Not then, but the day after: Today at 11:00 Ben said")


@pytest.mark.parametrize(
    ("words", "answers"), [("The plumber was late.", True), ("Soup, please.", False), ("茶", True)]
)
def test_of_another_time_only_what_speaks_of_the_thing_answers(words: str, answers: bool) -> None:
    asked = plan("What did the plumber say on Tuesday?", lives.ASKED)
    assert asked.time is not None
    start = asked.time.span.end + 3600
    unit = Unit("r", "r-1", Span(start, start + 5), "speech", words)
    verdict = SupportVerdict(True, 0.9, (), ())
    findings = Findings((), (unit,), (Scored(unit, 1.0, frozenset()),), verdict)
    assert search(asked, lambda _: findings)[-1].supported == answers


def test_what_is_more_than_a_week_off_is_no_answer() -> None:
    asked = plan("Who repaired the tap on Tuesday?", lives.ASKED)
    assert asked.time is not None
    day = 86_400.0
    for days, answers in ((3, True), (20, False)):
        start = asked.time.span.end + days * day
        unit = Unit("r", "r-1", Span(start, start + 5), "speech", "The plumber repaired it.")
        verdict = SupportVerdict(True, 0.9, (), ())
        findings = Findings((), (unit,), (Scored(unit, 1.0, frozenset()),), verdict)
        first = Round(asked, findings, elsewhere=out_of_time(asked, findings))
        assert first.elsewhere
        assert (answering((first,)) is first) == answers


def test_hours_without_a_recording_are_searched_in_their_day(ask: Ask) -> None:
    answer = ask("Who repaired the tap this afternoon?")
    assert not answer.abstained
    assert answer.text.startswith("Not then, but earlier that day: Today at 11:00 Ben said")


def test_what_is_told_later_of_a_day_without_a_recording_answers(ask: Ask) -> None:
    answer = ask("What did the kite do on Sunday?")
    assert not answer.abstained
    assert answer.text.startswith('On Monday 2 March at 12:00 Clara said: "The kite flew away')


def test_what_a_model_writes_of_another_day_is_said_to_be_of_another_day(ask: Ask) -> None:
    asked = ask("Who repaired the tap on Tuesday?", Parrot("The plumber."))
    assert asked.sentences[0].text == "Not then, but the day after: The plumber."
    assert asked.text.count("Not then") == 1


def test_what_lies_far_off_is_found_at_any_time(ask: Ask) -> None:
    answer = ask("Who repaired the tap on 20 February?")
    assert answer.abstained
    assert answer.text.startswith("I have no recording from Friday 20 February. Not then, but 12")
    assert len(rounds(answer)) == 3


def test_a_name_alone_is_not_looked_for_at_any_time(ask: Ask) -> None:
    answer = ask("Where did I see Clara on 20 February?")
    assert answer.abstained
    assert not answer.citations
    assert len(rounds(answer)) == 2


@pytest.mark.parametrize("time", ["", " on Tuesday", " on 20 February", " yesterday evening"])
def test_what_nothing_shows_is_looked_for_in_three_rounds_at_most(ask: Ask, time: str) -> None:
    answer = ask(f"Who stole the elephant{time}?")
    assert answer.abstained
    assert not answer.citations
    assert 1 <= len(answer.explanation.rounds) <= 3
    assert not any(made.supported for made in answer.explanation.rounds)


@given(
    st.sampled_from(["yesterday", "on Tuesday", "this morning", "last week", "in February"]),
    st.floats(lives.TALK, lives.ASKED),
)
def test_the_time_around_holds_the_time_that_was_named(words: str, asked_at: float) -> None:
    asked = plan(f"Where was the boat {words}?", asked_at)
    wider = widen_interval(asked)
    assert asked.time is not None
    assert wider is not None
    assert wider.time is not None
    assert wider.time.exact
    assert wider.time.span.start <= asked.time.span.start - 6 * 3600
    assert wider.time.span.end >= asked.time.span.end + 6 * 3600


@pytest.mark.parametrize(
    ("found", "named", "words"),
    [
        ("2026-03-03T10:00", ("2026-03-02T00:00", "2026-03-03T00:00"), "the day after"),
        ("2026-03-01T10:00", ("2026-03-02T00:00", "2026-03-03T00:00"), "the day before"),
        ("2026-03-02T10:00", ("2026-03-02T00:00", "2026-03-03T00:00"), ""),
        ("2026-03-02T15:00", ("2026-03-02T05:00", "2026-03-02T12:00"), "later that day"),
        ("2026-03-02T04:00", ("2026-03-02T05:00", "2026-03-02T12:00"), "earlier that day"),
        ("2026-03-12T10:00", ("2026-03-02T00:00", "2026-03-03T00:00"), "10 days after"),
        ("2025-12-01T10:00", ("2026-03-02T00:00", "2026-03-03T00:00"), "3 months before"),
    ],
)
def test_how_far_off_is_said_in_days(found: str, named: tuple[str, str], words: str) -> None:
    start = lives.at(found)
    assert how_far(Span(start, start + 9), Span(*map(lives.at, named)), plan("Where?")) == words


def unit(words: str, speaker: str = "", kind: UnitKind = "speech") -> Unit:
    return Unit("r", "r-0", Span(0, 5), kind, words, speaker)


@pytest.mark.parametrize(
    ("question", "words", "speaker", "name"),
    [
        ("Where does Anna's sister work?", "My sister Eve is here.", "Anna", "Eve"),
        ("Where does Anna's sister work?", "How is your sister Eve?", "Ben", "Eve"),
        ("Where does Anna's sister work?", "Anna's sister, Eve, called.", "Ben", "Eve"),
        ("Where does Anna's sister work?", "This is Eve, my sister.", "Anna Holm", "Eve"),
        ("What did Ben's dog eat?", "My dog's name is Bruno.", "Ben", "Bruno"),
        ("What did Ben's dog eat?", "my dog is called Bruno", "Ben", "Bruno"),
        ("Where did Paul's colleague go?", "This is Nadia, my new colleague.", "Paul", "Nadia"),
        ("Who is Clara's boss?", "Mr Keller is my boss.", "Clara", "Keller"),
        ("Where did my neighbour go?", "Is your neighbour Oskar away?", "Ben", "Oskar"),
        ("Who closed Ben's favourite restaurant?", "My favourite restaurant is called Olive Garden",
         "Ben", "Olive Garden"),
    ],
)  # fmt: skip
def test_whoever_is_named_as_described_is_meant(
    question: str, words: str, speaker: str, name: str
) -> None:
    found = find_bridge(plan(question), [unit("Good morning."), unit(words, speaker)])
    assert found is not None
    assert found.name == name
    assert found.unit.what == words


@pytest.mark.parametrize(
    ("question", "words", "speaker"),
    [
        ("Where does Anna's sister work?", "My sister Eve is here.", "Ben"),
        ("Where does Anna's sister work?", "How is your sister Eve?", "Anna"),
        ("Where does Anna's sister work?", "Ben's sister Eve is here.", "Anna"),
        ("Where does Anna's sister work?", "My sister comes on Monday.", "Anna"),
        ("Where does Anna's sister work?", "My sister. I like her.", "Anna"),
        ("Where does Anna's sister work?", "Monday is my sister's day.", "Anna"),
        ("Where does Anna's sister work?", "Yeah, my sister, I like her.", "Anna"),
        ("Where does Anna's sister work?", "I miss my sister, Ben.", "Anna"),
        ("Where does Anna's sister work?", "Ben, my sister is late.", "Anna"),
        ("What did Anna's sister, Eve, say?", "My sister Eve is here.", "Anna"),
        ("What is Anna's favourite film?", "My favourite Ice Age was on.", "Anna"),
        ("Where does my sister work?", "My sister Eve is here.", "Ben"),
        ("Where does my sister Eve work?", "How is your sister Eve?", "Ben"),
        ("Where does Eve work?", "My sister Eve is here.", "Anna"),
    ],
)
def test_nobody_is_named_who_is_not_told_to_be_meant(
    question: str, words: str, speaker: str
) -> None:
    assert find_bridge(plan(question), [unit(words, speaker)]) is None


def test_who_is_named_may_speak_but_who_is_spoken_to_is_not_named() -> None:
    asked = plan("Where does Anna's sister work?")
    said = [unit("My sister Eve is here.", "Anna"), unit("Hello!", "Eve")]
    found = find_bridge(asked, said)
    assert found is not None
    assert found.name == "Eve"
    spoken_to = [unit("I miss my sister, Ben, and you?", "Anna"), unit("So do I.", "Ben")]
    assert find_bridge(asked, spoken_to) is None


def test_of_two_sisters_none_is_guessed() -> None:
    said = [unit("My sister Eve called.", "Anna"), unit("My sister Ida wrote.", "Anna")]
    assert find_bridge(plan("Where does Anna's sister work?"), said) is None


def test_the_name_takes_the_place_of_its_description_at_the_same_time() -> None:
    asked = plan("What did Anna's sister say about the boat yesterday?")
    bridge = find_bridge(asked, [unit("My sister Eve called.", "Anna")])
    assert bridge is not None
    further = substitute_name(asked, bridge)
    assert further.text == "What did Eve say about the boat yesterday?"
    assert further.time == asked.time
