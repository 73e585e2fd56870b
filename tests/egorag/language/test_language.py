"""Languages by their tables: every one says the same, and German is asked and answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from egorag.answering.answerer import Answerer
from egorag.language.language import LANGUAGES, Language, language_of
from egorag.wording.draft import sight
from memory.store.store import Store
from memory.types.core import Question, Span, Utterance
from tests.egorag.conftest import plan
from tests.egorag.lives import record
from tests.egorag.spoken import line, write_talk

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC).timestamp()  # a Wednesday
SAID = (
    (-86_400.0, "Anna", "Ich habe den Schlüssel in die Schublade gelegt."),
    (-86_400.0 + 900, "Jonas", "Der Zug nach Bern ist am Sonntag ausgefallen."),
    (-3600.0, "Anna", "Die Handwerker kommen wegen der Heizung erst am Freitag."),
    (-1800.0, "Jonas", "Das Essen war viel zu salzig."),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store.open(tmp_path_factory.mktemp("german") / "home")
    for number, (before, speaker, text) in enumerate(SAID):
        (clip,) = record(store, f"talk{number}", NOON + before, 1)
        said = [Utterance(Span(clip.span.start, clip.span.start + 5), text, speaker)]
        store.perceptions.write_utterances("speech", "1", {clip.id: said})
        store.memories.write_caption(clip, f'{speaker}: "{text}"', "composed", "caption", "1")
    yield store
    store.close()


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (
            "Wo ist der Schlüssel?",
            "Gestern um 12:00 Uhr sagte Anna: „Ich habe den Schlüssel in die Schublade gelegt.“",
        ),
        (
            "Wann kommen die Handwerker?",
            "Heute um 11:00 Uhr sagte Anna: „Die Handwerker kommen wegen der Heizung erst am "
            "Freitag [6. März 2026].“",
        ),
        ("Wer war gestern bei mir?", "Jonas wurde einmal gehört, zuerst gestern um 12:15 Uhr."),
        ("Wo habe ich den Reisepass hingelegt?", "Ich habe keine Aufnahme, die das zeigt."),
    ],
)
def test_german_is_answered_in_german(home: Store, question: str, sentence: str) -> None:
    answer = Answerer(home.as_of).ask(Question(question, NOON, "UTC"))
    assert sentence in [one.text for one in answer.sentences]
    cited = [one for one in answer.sentences if one.citations]
    assert answer.abstained or len(cited) == len(answer.sentences)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Wo habe ich gestern die Schere hingelegt?", "de"),
        ("Wer war da?", "de"),
        ("Where was Hans when the war in Bonn began?", "en"),
        ("Was I at the Dom in Cologne?", "en"),
        ("我上次见到Rosa是什么时候？", "zh"),
        ("", "en"),
    ],
)
def test_a_language_is_told_by_its_words(text: str, code: str) -> None:
    assert language_of(text).code == code


def test_a_role_has_its_article_in_quotations_and_days(tmp_path: Path) -> None:
    store = write_talk(tmp_path / "home", [(NOON - 60, "Dachdecker", "Das kostet viel Geld.")])
    for question, told in (
        ("Was hat der Dachdecker gesagt?", "sagte der Dachdecker: „"),
        ("Was war heute?", "hat der Dachdecker gesagt: „"),
    ):
        assert told in Answerer(store.as_of).ask(Question(question, NOON, "UTC")).text
    store.close()


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Dachdecker", "der Dachdecker"),
        ("Hausärztin", "die Hausärztin"),
        ("Orthopädiepraxis", "die Orthopädiepraxis"),
        ("Nachbarin", "die Nachbarin"),
        ("Bürgeramt", "das Bürgeramt"),
        *((name, name) for name in ("Ole", "Frau Petersen", "Neubauer", "Christin", "Severin")),
    ],
)
def test_a_role_that_speaks_has_its_article_a_name_has_none(name: str, called: str) -> None:
    assert Language("de").speaker(name) == called


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_table_has_the_entries_of_english(code: str) -> None:
    for name in ("wording", "small_talk", "question"):
        assert Language(code).table(name).keys() == Language("en").table(name).keys()


@pytest.mark.parametrize(
    ("question", "couch", "clothes"),
    [
        ("What colour was the couch?", "The couch in view was red", "Somebody in view wore blue"),
        ("Welche Farbe hatte die Couch?", "war zu sehen: Sofa in Rot.", "trug"),
        ("沙发是什么颜色的？", "画面里的沙发是红色的。", "画面里有人穿着蓝色的衣服。"),
    ],
)
def test_colours_are_named_in_the_language_of_the_question(
    question: str, couch: str, clothes: str
) -> None:
    asked, red, blue = (
        plan(question),
        line("red couch", kind="colour"),
        line("blue clothes", kind="colour"),
    )
    assert couch in sight(red, red.span, asked)
    assert clothes in sight(blue, blue.span, asked)


def test_what_is_several_were_in_view_and_has_no_brackets() -> None:
    asked = plan("Did I see stairs?")
    for kind, begins in (("object", "Stairs were in view"), ("tag", "What may be stairs were")):
        seen = line("stairs (bannister)", kind=kind)
        assert sight(seen, seen.span, asked).startswith(begins)
    held = line("own hand holding pair of scissors", kind="hand")
    assert sight(held, held.span, asked).startswith("You held and used a pair of scissors")
    glass = line("hourglass", kind="object")
    assert sight(glass, glass.span, asked).startswith("An hourglass was in view")
    assert line("stairs (bannister)", kind="object").phrase == "stairs (bannister) were in view"


@pytest.mark.parametrize(
    ("code", "told", "addressed"),
    [
        ("en", "in my left pocket, beside me", "in your left pocket, beside you"),
        ("de", "in meiner Tasche bei mir", "in deiner Tasche bei dir"),
        ("zh", "在我的包里", "在你的包里"),
    ],
)
def test_what_the_wearer_told_is_told_to_them(code: str, told: str, addressed: str) -> None:
    assert Language(code).addressed(told) == addressed
