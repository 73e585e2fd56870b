"""What answers, notes and refusals say in other languages: all of it, and no word of English."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from app.presentation.i18n import FOLDER
from egorag.language.language import LANGUAGES, Language, catalogue
from memory.types.messages import templates

OTHERS = [code for code in LANGUAGES if code != "en"]
# Commands and names; words that are the same in both languages.
NAMES = "egobutler setup models fetch llama cpp reading long qwen b allow remote ollama"
ALIKE = "person april august september november moment minute min hand orange server "
ALIKE += "s in am so was war warm text"


def english_left(english: str, translated: str) -> set[str]:
    """The words of the English sentence that its translation still has."""
    there = set(_words(english)) & set(_words(translated))
    return there - {*NAMES.split(), *ALIKE.split()}


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", re.sub(r"\{\w*\}", " ", text).lower())


def _wordings(code: str) -> Iterator[tuple[str, str]]:
    """Every form of every sentence, with what English says in its place."""
    known = Language(code).table("wording")
    for name, english in Language("en").table("wording").items():
        if name in PATTERNS:
            continue
        said = english if isinstance(english, str) else " ".join(english.values())
        own = known[name]
        for form in [own] if isinstance(own, str) else own.values():
            yield said, form


PATTERNS = {"day", "day_of_year", "date", "month", "time_leads", "time_words", "addressed", "roles"}


def _app_phrases(code: str) -> Iterator[tuple[str, str]]:
    name = "answers" if code == "de" else "composed"
    yield from json.loads((FOLDER / code / f"{name}.json").read_text("utf-8")).items()
    for package in ("app", "egogpt"):
        file = FOLDER / code / "messages" / f"{package}.json"
        known = json.loads(file.read_text("utf-8"))
        for key in json.loads((FOLDER / "de" / "messages" / file.name).read_text("utf-8")):
            yield templates(package)[key], known[key]


@pytest.mark.parametrize("code", OTHERS)
def test_every_message_and_sentence_is_said_in_every_language(code: str) -> None:
    assert set(catalogue(code, "messages")) == set(templates("egorag"))
    assert set(Language(code).table("wording")) == set(Language("en").table("wording"))


def test_the_same_things_have_a_name_in_every_language() -> None:
    assert set(catalogue("de", "labels")) == set(catalogue("zh", "labels"))
    assert len(catalogue("de", "labels")) > 700


@pytest.mark.parametrize("code", OTHERS)
def test_no_word_of_english_is_left_in_what_is_said(code: str) -> None:
    english = templates("egorag")
    said = [(english[key], text) for key, text in catalogue(code, "messages").items()]
    left = {
        text: found
        for known, text in [*said, *_wordings(code), *_app_phrases(code)]
        if (found := english_left(known, text))
    }
    assert not left


def test_chinese_sentences_and_names_hold_no_latin_words() -> None:
    texts = [text for _, text in _wordings("zh")]
    texts += [text for text in catalogue("zh", "labels").values() if text not in LATIN]
    assert not [text for text in texts if re.search("[a-z]{2,}", re.sub(r"\{\w*\}", "", text))]


LATIN = {"CD 播放机"}


def test_a_word_of_english_would_be_seen() -> None:
    english = templates("egorag")["egorag.no-picture-model"]
    before = "„egobutler setup“ und die Seite Settings schlagen eines vor."
    assert english_left(english, before) == {"settings"}
