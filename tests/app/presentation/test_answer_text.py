"""An answer as lines of text: what stands beside it is in the language of the question."""

from __future__ import annotations

from app.assistant import Assistant
from app.presentation.answer_text import answer_text, in_its_language
from app.presentation.i18n import use_locale
from egorag.language.language import language_of
from tests.app.askings import talks
from tests.egorag import lives


def test_notes_are_in_the_language_of_the_question(butler: Assistant) -> None:
    talks(butler.store)
    for question, note in (
        ("Where did I see the elephant?", "  (Pictures were searched by what was recognised"),
        ("Wo habe ich den Elefanten gesehen?", "  (Bilder wurden danach durchsucht, was"),
        ("我在哪里看到了大象？", "  （画面是按其中识别出的事物"),
    ):
        answer = butler.ask(question)
        with use_locale(language_of(question).code):
            assert f"\n{note}" in answer_text(answer, butler.store, "UTC")


def test_moments_are_in_the_language_of_the_question(butler: Assistant) -> None:
    lives.write(butler.store)
    for question, card, words in (
        (
            "Where did I use the cell phone?",
            "Tue 3 Mar 2026, 18:20 · stairs.mp4 0:14",
            "I held and used a cell phone",
        ),
        (
            "Was habe ich gestern um 18:20 Uhr gesehen?",
            "Di. 3. März 2026, 18:20 · ",
            "im Bild: Handy",
        ),
        ("我在哪里看到了手机？", "2026年3月3日 周二 18:20 · ", "画面里有手机"),
    ):
        answer = butler.ask(question, at=lives.ASKED)
        with use_locale(language_of(question).code):
            told = answer_text(answer, butler.store, lives.ZONE)
        assert card in told
        assert words in told


def test_a_composed_caption_is_quoted_in_the_language_of_the_answer(butler: Assistant) -> None:
    (clip,) = lives.record(butler.store, "walk", lives.TALK, 1)
    lives.perceive(butler.store, clip, "I see a bookcase and two bell peppers.")
    for question, quoted in (
        ("What did I do yesterday?", '"I see a bookcase and two bell peppers."'),
        ("Was habe ich gestern gemacht?", "„Zu sehen: Bücherregal, 2 × Paprika.“"),
        ("昨天发生了什么？", "“我看到书架、两个甜椒。”"),
    ):
        answer = butler.ask(question, at=lives.ASKED)
        assert quoted in in_its_language(answer, butler.store).text
