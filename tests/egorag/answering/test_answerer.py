"""What a person gets to read, without any model unless a test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egogpt.protocols.chat import ChatError, Message
from egogpt.protocols.text_embedder import Embedder
from egorag.answering.answerer import Answerer
from egorag.evidence.units import clip_units
from memory.store.store import Store
from memory.types.core import Answer, Question, Sighting, Span
from memory.types.evidence_cards import EvidenceCards
from tests.egorag import lives
from tests.memory.crowds import NOON, Met, clips, meet

Ask = Callable[[str], Answer]


def _cited(answer: Answer, start: float, end: float) -> bool:
    return any(citation.span.overlaps(Span(start, end)) for citation in answer.citations)


def _assert_well_cited(answer: Answer) -> None:
    assert not answer.abstained
    assert 0 <= answer.confidence <= 1
    assert all(sentence.citations for sentence in answer.sentences)
    used = {index for sentence in answer.sentences for index in sentence.citations}
    assert used == set(range(len(answer.citations)))


def test_the_answer_follows_its_question_in_the_recording(ask: Ask) -> None:
    answer = ask("What is the pocket for?")
    _assert_well_cited(answer)
    assert "iPod" in answer.text
    assert _cited(answer, lives.TALK + 7, lives.TALK + 11)


def test_an_utterance_is_cited_to_its_own_seconds(ask: Ask) -> None:
    answer = ask("What was it the season of?")
    _assert_well_cited(answer)
    assert "light" in answer.text
    assert [citation.span for citation in answer.citations] == [
        Span(lives.NOVEL + 12, lives.NOVEL + 19)
    ]


def test_views_of_one_thing_over_two_clips_are_one_occasion(ask: Ask) -> None:
    answer = ask("When did I use my phone?")
    _assert_well_cited(answer)
    assert answer.text == (
        "You held and used a cell phone yesterday from 18:20:14 to 18:20:39 (25 seconds)."
    )
    assert answer.citations[0].span == Span(lives.STAIRS + 14, lives.STAIRS + 39)


def test_a_detectors_word_answers_the_persons_word(ask: Ask) -> None:
    answer = ask("When was I on the stairs?")
    _assert_well_cited(answer)
    assert _cited(answer, lives.STAIRS + 45, lives.STAIRS + 66)


def test_what_was_only_spoken_of_is_not_said_to_have_been_seen(ask: Ask) -> None:
    for question in ("Did I see a pocket?", "How many pockets did I see?"):
        answer = ask(question)
        _assert_well_cited(answer)
        assert answer.text.startswith("I did not find it in view, only spoken of. ")
    assert "only spoken of" not in ask("Did I see a cell phone?").text


def test_what_was_said_at_a_second_is_what_was_said_then(ask: Ask) -> None:
    answer = ask("What was said at 09:00:25 today?")
    _assert_well_cited(answer)
    spans = [citation.span for citation in answer.citations]
    assert Span(lives.NOVEL + 12, lives.NOVEL + 19) in spans
    assert spans == sorted(spans)
    assert "best of times" not in answer.text, "that was twenty seconds before"


@pytest.mark.parametrize(
    "question",
    [
        "What colour was the elephant?",
        "What did Alice say about the pocket?",
        "Was there a submarine?",
        "Where did I buy the guitar?",
    ],
)
def test_what_no_memory_speaks_of_is_not_answered(ask: Ask, question: str) -> None:
    answer = ask(question)
    assert answer.abstained
    assert answer.text == "I have no recording that shows this."


def test_a_time_without_recordings_is_said_to_have_none(ask: Ask) -> None:
    answer = ask("What did I do last Monday?")
    assert answer.abstained
    nearest = " The nearest that I have is from Tuesday 3 March."
    assert answer.text == "I have no recording from last Monday (Monday 2 March)." + nearest
    assert answer.searched == Span(lives.at("2026-03-02T00:00"), lives.at("2026-03-03T00:00"))
    text = ask("What did I do on Monday?").text
    assert text == "I have no recording from Monday 2 March." + nearest


def test_what_is_nearest_on_the_same_day_has_its_clock(ask: Ask) -> None:
    text = ask("What was said at three in the morning on Tuesday?").text
    assert "The nearest that I have is from Tuesday 3 March at " in text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What did I say on 31 November?", "There is no such day as 31 November."),
        ("Was habe ich am 31.11.2025 gesagt?", "Den Tag „31.11.2025“ gibt es nicht."),
        ("我11月31日说了什么？", "没有11月31日这一天。"),
    ],
)
def test_of_a_day_that_there_is_not_it_is_said_so(ask: Ask, question: str, said: str) -> None:
    answer = ask(question)
    assert (answer.text, answer.abstained, answer.citations) == (said, True, ())


def test_the_future_has_not_happened(ask: Ask) -> None:
    answer = ask("What will I do tomorrow?")
    assert answer.abstained
    assert "has not happened yet" in answer.text


def test_an_empty_home_says_so(tmp_path: object, life: Store) -> None:
    answer = Answerer(life.as_of).ask(Question("What is the pocket for?", lives.TALK - 1))
    assert answer.abstained
    assert answer.text == "I have no recordings yet."


def test_the_moment_of_asking_is_a_wall(life: Store) -> None:
    answerer = Answerer(life.as_of)
    question = "What was it the season of?"
    assert answerer.ask(Question(question, lives.NOVEL - 1, lives.ZONE)).abstained
    assert not answerer.ask(Question(question, lives.NOVEL + 60, lives.ZONE)).abstained


@pytest.mark.parametrize(
    "when", ["this morning", "around ten this morning", "around half past ten yesterday"]
)
def test_what_another_time_shows_is_offered_with_its_moment(ask: Ask, when: str) -> None:
    answer = ask(f"Did I use the phone {when}?")
    assert not answer.abstained
    assert answer.text.startswith("Not then, but ")
    assert _cited(answer, lives.STAIRS, lives.STAIRS + 60)


def test_a_day_is_told_from_its_summary_with_moments(ask: Ask) -> None:
    answer = ask("What did I do yesterday?")
    _assert_well_cited(answer)
    assert "iPod" in answer.text
    assert "cell phone" in answer.text
    assert _cited(answer, lives.TALK, lives.TALK + 30)
    assert _cited(answer, lives.STAIRS, lives.STAIRS + 90)
    assert not _cited(answer, lives.NOVEL, lives.NOVEL + 60)


def test_occasions_are_counted_and_timed(ask: Ask) -> None:
    assert ask("How many times did I use my phone?").text.startswith("At least once.")
    assert ask("How long did I use my phone?").text.startswith("At least 25 seconds")


def test_people_are_counted_and_not_listed(life: Store) -> None:
    answerer = Answerer(life.as_of)

    def ask(text: str) -> Answer:
        return answerer.ask(Question(text, lives.ASKED, lives.ZONE))

    assert ask("How many people were there?").text.startswith("At least 1 person was in view")
    (clip,) = lives.record(life, "party", lives.NOVEL + 3600, 1)
    seen = [("face", "Ada", 0, 9), ("face", "Ben", 2, 12), ("face", "Ada", 20, 22)]
    lives.perceive(life, clip, "I am with Ada and Ben.", seen=seen)
    answer = ask("How many people were there this morning?")
    assert answer.text.startswith("At least 2 people were in view at once, from 10:00:")
    assert len(answer.citations) == 2
    for question in ("Wie viele Leute waren heute da?", "今天有几个人？", "今天来了多少人？"):
        assert ask(question).citations == answer.citations
    at_table = ask("Wie viele Personen waren heute am Tisch?").text
    assert "tisch" in at_table
    assert "Mindestens 2 Personen waren zugleich im Bild" in at_table


def test_of_a_crowd_it_is_told_how_many_at_least_and_how_many_at_most(life: Store) -> None:
    (clip,) = lives.record(life, "shelf", lives.ASKED - 600, 1)
    lives.perceive(life, clip, "I see vases.")
    span = Span(clip.span.start, clip.span.start + 9)
    vases = Sighting(span, "object", "vase", 0.9, None, 2, most=4)
    later = replace(vases, span=Span(span.end + 1, span.end + 2), most=2)
    life.perceptions.write_sightings("sights", "1", {clip.id: [vases, later]})
    answer = Answerer(life.as_of).ask(
        Question("How many vases were there?", lives.ASKED, lives.ZONE)
    )
    assert answer.text.startswith("2 to 4 vases were in view at once, ")


@pytest.mark.parametrize("sure", [True, False])
def test_a_guess_is_told_where_nothing_is_sure(life: Store, sure: bool) -> None:
    (clip,) = lives.record(life, "garage", lives.ASKED - 600, 1)
    seen = [("tag", "moped", 0, 29), *[("object", "motorcycle", 5, 8)] * sure]
    lives.perceive(life, clip, "", (), seen)
    asked = Question("Where was I ten minutes ago?", lives.ASKED, lives.ZONE)
    text = Answerer(life.as_of).ask(asked).text
    assert ("motorcycle" in text, "moped" in text) == (sure, not sure)


def test_a_guess_is_not_cited_beside_what_was_surely_seen(life: Store) -> None:
    (clip,) = lives.record(life, "shelf", lives.ASKED - 600, 1)
    seen = [("tag", "vase", 0, 29), ("object", "vase", 5, 8)]
    lives.perceive(life, clip, "I see a vase.", (), seen)
    answer = Answerer(life.as_of).ask(Question("When did I see a vase?", lives.ASKED, lives.ZONE))
    assert [citation.quote for citation in answer.citations] == ["a vase was in view"]
    units = [unit for memory in life.as_of(lives.ASKED).memories("clip", clip.span)
             for unit in clip_units(life.as_of(lives.ASKED), memory)]  # fmt: skip
    assert [unit.kind for unit in units] == ["object"], "a guess at what is surely there is left"


def test_a_question_about_a_colour_is_answered_by_a_colour_alone(
    life: Store, embedder: Embedder
) -> None:
    (clip,) = lives.record(life, "shelf", lives.ASKED - 600, 1)
    seen = [("object", "vase", 0, 29), ("tag", "vase", 0, 29), ("colour", "red vase", 5, 8)]
    lives.perceive(life, clip, "I see a vase. In view: a red vase.", (), seen)
    answerer = Answerer(life.as_of, embedder)
    answer = answerer.ask(Question("What colour was the vase?", lives.ASKED, lives.ZONE))
    assert [citation.quote for citation in answer.citations] == ["the vase was red"]


def test_the_verb_says_which_sense_is_asked(ask: Ask) -> None:
    answer = ask("What did I read yesterday evening?")
    assert answer.text == 'Yesterday at 18:21 "EXIT" could be read.'


def test_dates_in_speech_are_written_out(ask: Ask) -> None:
    assert "next Friday [6 March 2026]" in ask("When is the dentist appointment?").text
    assert "yesterday [3 March 2026]" in ask("When did I adopt a beagle?").text


def test_the_stream_ends_with_the_answer_that_it_spelled(life: Store) -> None:
    question = Question("What did I do yesterday?", lives.ASKED, lives.ZONE)
    *pieces, answer = Answerer(life.as_of).stream(question)
    assert isinstance(answer, Answer)
    assert "".join(str(piece) for piece in pieces) == answer.text


def test_the_plan_and_the_scores_can_be_shown(ask: Ask) -> None:
    explanation = ask("Where was the cell phone yesterday evening?").explanation
    assert explanation.interval == "yesterday evening (Tuesday 3 March, 18:00–23:00)"
    assert explanation.evidence[0].why


WORDS = st.sampled_from(
    [
        "phone",
        "pocket",
        "iPod",
        "stairs",
        "season",
        "beagle",
        "dentist",
        "elephant",
        "person",
        "EXIT",
    ]
)
QUESTIONS = st.sampled_from(
    ["When did I see the {}?", "What about the {}?", "How often was the {} there?", "Who had a {}?",
     "How long did I use the {}?", "When did I last hold the {}?", "What did I do{}?",
     "Was it a {}?"]
)  # fmt: skip
TIMES = st.sampled_from(
    ["", " yesterday", " this morning", " on 3 March", " around ten", " last week"]
)


@given(QUESTIONS, WORDS, TIMES, st.floats(lives.TALK - 60, lives.ASKED))
def test_whatever_is_asked_is_cited_or_refused_and_never_from_the_future(
    life: Store, question: str, word: str, time: str, asked_at: float
) -> None:
    text = question.replace("?", f"{time}?").format("" if question.startswith("What did") else word)
    *steps, answer = Answerer(life.as_of).stream(Question(text, asked_at, lives.ZONE))
    shown = [card for step in steps if isinstance(step, EvidenceCards) for card in step.cards]
    assert isinstance(answer, Answer)
    assert "".join(step for step in steps if isinstance(step, str)) == answer.text != ""
    cited = (*answer.citations, *(card.citation for card in shown))
    assert all(citation.span.end <= asked_at for citation in cited)
    if not answer.abstained:
        _assert_well_cited(answer)


class BrokenChat:
    """A language model that fails at everything, as one does that has run out of memory.

    ``calls`` counts how often it was asked.
    """

    name = "qwen-1.5b"
    context_tokens = 4096
    sees = False
    hears = False
    calls = 0

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> str:
        self.calls += 1
        raise ChatError("out of memory")

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, stop: Sequence[str] = ()
    ) -> Iterator[str]:
        self.calls += 1
        raise ChatError("out of memory")

    def yes_probability(self, messages: Sequence[Message]) -> float:
        self.calls += 1
        raise ChatError("out of memory")


def test_evidence_comes_before_any_model_runs_and_the_model_is_called_once(life: Store) -> None:
    chat = BrokenChat()
    question = Question("What was it the season of?", lives.ASKED, lives.ZONE)
    stream = Answerer(life.as_of, None, chat).stream(question)
    first = next(stream)
    assert isinstance(first, EvidenceCards)
    assert chat.calls == 0
    assert "season of light" in first.cards[0].citation.quote.lower()
    assert first.cards[0].score == 1.0
    *_, answer = stream
    assert isinstance(answer, Answer)
    assert not answer.abstained
    assert chat.calls == 1


def test_where_the_language_model_fails_the_evidence_still_answers(life: Store, ask: Ask) -> None:
    question = Question("What was it the season of?", lives.ASKED, lives.ZONE)
    answer = Answerer(life.as_of, None, BrokenChat()).ask(question)
    assert answer.text == ask("What was it the season of?").text


def test_somebody_without_a_name_is_asked_about_by_the_number(
    store: Store, embedder: Embedder
) -> None:
    said = {0.0: "I put the charger in the drawer.", 90.0: "The charger is broken, they say."}
    for (angle, words), clip in zip(said.items(), clips(store, 2), strict=True):
        meet(store, clip, Met(angle, 4, 9, kind="voice", says=words))
        store.memories.write_caption(clip, words, "test", "caption", "1")
        store.people.assign([clip.id])
    later = clips(store, 1, "later", NOON + 600)[0]  # with the face of somebody else in view
    meet(store, later, Met(0.0, 4, 9, kind="voice", says="Hm."), Met(50.0, 20, 29, kind="face"))
    store.memories.write_caption(later, "Hm.", "test", "caption", "1")
    store.people.assign([later.id])
    answerer = Answerer(store.as_of, embedder, None)

    def ask(text: str) -> str:
        return answerer.ask(Question(text, NOON + 3600, "UTC")).text

    assert "drawer" in ask("What did Person 1 say about the charger?")
    assert "broken" not in ask("What did Person 1 say about the charger?")
    assert "broken" in ask("What did Person 2 say about the charger?")
    assert ask("When did I last meet person 1?").startswith("Today at 12:10 Person 1 was heard")
    assert "no recording" in ask("What did Person 7 say about the charger?")
