"""An answer as lines of text: what stands beside it is in the language of the question."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.presentation.answer_text import answer_text
from app.presentation.i18n import use_locale
from egorag.language.language import language_of
from tests.app.askings import talks
from tests.conftest import without_models


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
