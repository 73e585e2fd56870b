"""Labels of people and activities, in the language of the person."""

from __future__ import annotations

from app.presentation.i18n import language, t
from egogpt.extraction.chinese_activities import chinese_catalogue

_UNNAMED = "Person "


def label_words(what: str) -> str:
    """An activity, or who has no name, in the person's language; all else as it was told."""
    number = what.removeprefix(_UNNAMED)
    if what.startswith(_UNNAMED) and number.isdigit():
        return t("Person {n}", n=number)
    return chinese_catalogue().called(what) if language() == "zh" else what
