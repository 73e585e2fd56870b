"""Messages of all packages: keys that exist, each with a template in every language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from app.presentation.i18n import FOLDER, LANGUAGES, message_templates, translate, use_locale
from egorag.time.calendar.format_interval import interval_in_words, recurrence_in_words
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.time_reference import Recurrence
from ingest.errors import UnreadableMedia
from ingest.probe.probe import probe
from memory.store.store import Store
from memory.types.core import Span
from memory.types.jobs import JobState
from memory.types.messages import UserMessage, sentences, templates

ROOT = FOLDER.parents[1]
PACKAGES = tuple(file.parent.name for file in sorted(ROOT.glob("*/messages.json")))
ENGLISH = {key: text for package in PACKAGES for key, text in templates(package).items()}
_KEY = re.compile(rf"\"((?:{'|'.join(PACKAGES)})\.[a-z0-9-]+)\"")
_MAKING = re.compile(r"\b(?:UserMessage|unreadable|unreadable_lines)\(")
_NAMES = re.compile(r"\{(\w+)\}")


def _names(template: str) -> set[str]:
    return set(_NAMES.findall(template))


@cache
def _sources() -> dict[Path, str]:
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    return {file: file.read_text() for file in files}


def _calls() -> Iterator[tuple[Path, ast.Call]]:
    """Every call that makes a message, or the error that is made of two."""
    for file, source in _sources().items():
        if _MAKING.search(source):
            calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
            for call in calls:
                if isinstance(call.func, ast.Name) and _MAKING.match(f"{call.func.id}("):
                    yield file, call


def test_every_key_belongs_to_its_package() -> None:
    assert len(ENGLISH) > 60
    for package in PACKAGES:
        assert {key.partition(".")[0] for key in templates(package)} == {package}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_every_key_has_a_template_with_the_same_parameters(language: str) -> None:
    translated = message_templates(language)
    assert set(translated) == set(ENGLISH)
    for key, text in translated.items():
        assert _names(text) == _names(ENGLISH[key]), key


def test_keys_in_code_are_keys_of_the_catalogues_and_none_is_left_over() -> None:
    keys = {arg.value for _, call in _calls() for arg in call.args if isinstance(arg, ast.Constant)}
    assert len(keys) > 60
    assert keys - set(ENGLISH) == set()
    literals = {key for source in _sources().values() for key in _KEY.findall(source)}
    assert set(ENGLISH) - literals == set()


def test_calls_name_the_parameters_of_their_template() -> None:
    for file, call in _calls():
        first, names = call.args[0], {keyword.arg for keyword in call.keywords}
        if isinstance(first, ast.Constant) and None not in names:
            assert names == _names(ENGLISH[first.value]), (file, call.lineno)


def test_nested_messages_are_translated_and_texts_stay() -> None:
    why = UserMessage("memory.permission-denied")
    whole = sentences([UserMessage("ingest.damaged-packets", n=3), "As it is.", why])
    with use_locale("zh"):
        assert translate(whole) == "遇到损坏的数据包：3 个。As it is.没有权限"
        assert translate("Damaged packets met: 3.") == "Damaged packets met: 3."
    assert translate(whole) == "Damaged packets met: 3. As it is. Permission denied"
    odd = UserMessage("ingest.of-file", name="{x} %s.mp4", what=why)
    assert translate(odd) == "{x} %s.mp4: Permission denied"
    with use_locale("zh"):
        assert translate(odd) == "{x} %s.mp4：没有权限"


def test_what_is_wrong_with_a_file_is_told_in_chinese_from_the_store(tmp_path: Path) -> None:
    file = tmp_path / "walk.mp4"
    file.touch()
    with pytest.raises(UnreadableMedia) as refused:
        probe(file)
    store = Store.open(tmp_path / "home")
    given = store.jobs.add(file, now=1.0)
    store.jobs.finish(given, JobState.QUARANTINED, str(refused.value))
    job = store.jobs.get(given.id)
    store.close()
    assert job is not None
    assert job.reason == (
        "walk.mp4: is empty (0 bytes); copy it again from the camera or card that it came from."
    )
    with use_locale("zh"):
        assert translate(job.reason) == (
            "walk.mp4：是空文件（0 字节）；请从原来的相机或存储卡重新复制。"
        )


@pytest.mark.parametrize(
    ("first", "last", "english", "chinese"),
    [
        (
            "2025-03-03 18:00",
            "2025-03-03 23:00",
            "not Monday 3 March 2025, 18:00–23:00; the time around it",
            "不限于2025年3月3日周一18:00–23:00，也看前后的时间",
        ),
        (
            "2026-03-03 00:00",
            "2026-03-06 00:00",
            "not Tuesday 3 March – Thursday 5 March; the time around it",
            "不限于3月3日周二 – 3月5日周四，也看前后的时间",
        ),
    ],
)
def test_intervals_are_worded_from_their_dates(
    first: str, last: str, english: str, chinese: str
) -> None:
    local = LocalTime.of(datetime(2026, 5, 1, tzinfo=UTC).timestamp(), "UTC")
    ends = (datetime.fromisoformat(f"{at}+00:00").timestamp() for at in (first, last))
    why = UserMessage("egorag.not-then", when=interval_in_words(Span(*ends), local))
    assert translate(why) == english
    with use_locale("zh"):
        assert translate(why) == chinese


@pytest.mark.parametrize(
    ("days", "hours", "english", "chinese"),
    [
        (range(7), (0, 24), "every day", "每天"),
        (range(7), (5, 12), "05:00–12:00 of every day", "每天 05:00–12:00"),
        (range(5), (0, 24), "weekdays", "工作日"),
        ((0, 2, 4), (18, 23), "18:00–23:00 on Mondays, Wednesdays and Fridays", None),
        ((6,), (0, 24), "Sundays", "每周日"),
    ],
)
def test_hours_that_come_again_are_worded_in_both_languages(
    days: Sequence[int], hours: tuple[float, float], english: str, chinese: str | None
) -> None:
    words = recurrence_in_words(Recurrence(tuple(days), hours))
    assert words == english
    with use_locale("zh"):
        assert translate(words) == (chinese or "每周一、每周三和每周五 18:00–23:00")
