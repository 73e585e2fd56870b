"""What the pages say: every phrase of theirs is translated, and values never run."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from app.models.plan.tables import load_tables
from app.presentation.duration_text import STAGE_WORDS
from app.presentation.i18n import FOLDER, LANGUAGES, phrases, preferred, t, use_locale
from egogpt.weights.catalogue import load_catalogue

APP = FOLDER.parent
_CALL = re.compile(r"""\bt\(\s*(["'])((?:\\.|(?!\1).)*)\1""")
_NAMES = re.compile(r"\{(\w+)\}")


def _of_python(file: Path) -> set[str]:
    calls = (n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call))
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "t"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def _spoken() -> set[str]:
    scripts = (file.read_text() for file in APP.rglob("*.js") if file.parent.name != "vendor")
    found = {
        match[2].replace('\\"', '"').replace("\\'", "'")
        for script in scripts
        for match in _CALL.finditer(script)
    }
    for file in APP.rglob("*.html"):
        found |= set(re.findall(r"\[\[(.+?)\]\]", file.read_text()))
    return found.union(*(_of_python(file) for file in APP.rglob("*.py")))


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_every_phrase_of_the_pages_is_translated(language: str) -> None:
    assert _spoken() - set(phrases(language)) == set()


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_what_each_model_is_for_and_each_stage_is_translated(language: str) -> None:
    purposes = {bundle.purpose for bundle in load_catalogue().bundles.values()}
    planned = load_tables()
    purposes |= {planned.senses["adds"], *(model.adds for model in planned.models.values())}
    purposes |= set(STAGE_WORDS.values())
    assert purposes - set(phrases(language)) == set()


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_translations_use_the_names_of_their_phrase(language: str) -> None:
    for phrase, words in phrases(language).items():
        assert set(_NAMES.findall(words)) == set(_NAMES.findall(phrase)), phrase


def test_no_area_translates_what_another_translates_otherwise() -> None:
    for language in set(LANGUAGES) - {"en"}:
        seen: dict[str, str] = {}
        for file in sorted((FOLDER / language).glob("*.json")):
            for phrase, words in json.loads(file.read_text()).items():
                assert seen.setdefault(phrase, words) == words, (file.name, phrase)


def test_titles_of_the_pages_are_translated() -> None:
    from app.pages.layout import PAGES

    assert {title for _, title, _ in PAGES} <= set(phrases("zh"))


def test_unknown_phrases_stay_english() -> None:
    with use_locale("zh"):
        assert t("no such phrase {one}", one=1) == "no such phrase 1"
    with use_locale("xx"):
        assert t("Ask") == "Ask"


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, "en"),
        ({"accept-language": "fr-FR,fr;q=0.9,zh;q=0.5"}, "zh"),
        ({"accept-language": "de, en;q=0.8, zh;q=0.5"}, "en"),
        ({"accept-language": "zh-CN", "cookie": "eb-language=en"}, "en"),
        ({"cookie": "eb-language=../../etc"}, "en"),
    ],
)
def test_language_is_the_chosen_one_then_the_browsers(headers: dict[str, str], wanted: str) -> None:
    assert preferred(Headers(headers)) == wanted


def test_pages_get_the_phrases_of_their_language(app_to_look_at: TestClient) -> None:
    told = app_to_look_at.get("/api/phrases", headers={"accept-language": "zh-CN,zh"}).json()
    assert told["language"] == "zh"
    assert told["phrases"] == dict(phrases("zh"))
    assert app_to_look_at.get("/api/phrases").json()["phrases"] == {}
