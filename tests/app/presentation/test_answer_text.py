"""An answer as lines of text: what stands beside it is in the language of the question."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.presentation.answer_text import answer_text, in_its_language
from app.presentation.i18n import use_locale
from egorag.language.language import language_of
from tests.app.askings import talks
from tests.conftest import without_models
from tests.egorag import lives


@pytest.mark.parametrize(
    ("question", "note"),
    [
        ("Where did I see the elephant?", "  (Pictures were searched by what was recognised"),
        ("Wo habe ich den Elefanten gesehen?", "  (Bilder wurden danach durchsucht, was"),
        ("我在哪里看到了大象？", "  （画面是按其中识别出的事物"),
    ],
)
def test_notes_are_in_the_language_of_the_question(
    tmp_path: Path, question: str, note: str
) -> None:
    with without_models(tmp_path) as butler:
        talks(butler.store)
        answer = butler.ask(question)
        with use_locale(language_of(question).code):
            assert f"\n{note}" in answer_text(answer, butler.store, "UTC")


@pytest.mark.parametrize(
    ("question", "card"),
    [
        ("Where did I use the cell phone?", "Tue 3 Mar 2026, 18:20 · stairs.mp4 0:14"),
        ("Was habe ich gestern um 18:20 Uhr gesehen?", "Di. 3. März 2026, 18:20 · "),
        ("我在哪里看到了手机？", "2026年3月3日 周二 18:20 · "),
    ],
)
def test_moments_are_in_the_language_of_the_question(
    tmp_path: Path, question: str, card: str
) -> None:
    words = {
        "Where did I use the cell phone?": "I held and used a cell phone",
        "Was habe ich gestern um 18:20 Uhr gesehen?": "im Bild: Handy",
        "我在哪里看到了手机？": "画面里有手机",
    }
    with without_models(tmp_path) as butler:
        lives.write(butler.store)
        answer = butler.ask(question, at=lives.ASKED)
        with use_locale(language_of(question).code):
            told = answer_text(answer, butler.store, lives.ZONE)
    assert card in told
    assert words[question] in told


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("What did I do yesterday?", '"I see a bookcase and two bell peppers."'),
        ("Was habe ich gestern gemacht?", "„Zu sehen: Bücherregal, 2 × Paprika.“"),
        ("昨天发生了什么？", "“我看到书架、两个甜椒。”"),
    ],
)
def test_a_composed_caption_is_quoted_in_the_language_of_the_answer(
    tmp_path: Path, question: str, quoted: str
) -> None:
    with without_models(tmp_path) as butler:
        (clip,) = lives.record(butler.store, "walk", lives.TALK, 1)
        lives.perceive(butler.store, clip, "I see a bookcase and two bell peppers.")
        answer = butler.ask(question, at=lives.ASKED)
        assert quoted in in_its_language(answer, butler.store).text
