"""Every table of a language is whole: a new one needs nothing but its file."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egorag.language.language import LANGUAGES
from egorag.time.calendar.local_time import LocalTime
from egorag.time.calendar.series import Tense
from egorag.time.grammar.read import ACTIONS
from egorag.time.grammar.table import Rule, load_table
from egorag.time.resolve import find_time

LOCAL = LocalTime.of(1_767_196_740.0, "Asia/Shanghai")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_composes_known_kinds_by_a_known_rule(language: str) -> None:
    table = load_table(language)
    kinds = {"n", *table.raw["words"], *table.raw.get("plurals", {}), *table.raw["rules"]}
    assert len(table.rules) > 100
    for rule in table.rules:
        named = {kind for item in rule.items for kind in item.kinds}
        assert named <= kinds, (rule.kind, rule.action, named - kinds)
        assert _fault(rule) == "", (rule.kind, rule.action)


def _fault(rule: Rule) -> str:
    """What the rule's action lacks or does not take."""
    if rule.action not in ACTIONS:
        return "unknown action"
    known = inspect.signature(ACTIONS[rule.action]).parameters
    given = {item.slot for item in rule.items if item.slot} - {"_"} | set(rule.fixed)
    needed = {name for name, one in known.items() if one.default is one.empty} - {"context"}
    always = {item.slot for item in rule.items if not item.optional} | set(rule.fixed)
    return " ".join(sorted((given - set(known)) | (needed - always)))


WORDS = {
    "en": "of the in at last next first minute minutes hour week month year monday june 2016 3 7 "
    "twelve after since between and from to half weekend morning evening ago days later is the",
    "zh": "年 月 日 号 周 星期 上 下 个 半 点 分 秒 天 前 后 三 四 五十 零 末 初 中旬 和 到 晚 早",
    "de": "letzten nächste am um im vor nach Tag Woche Monat Minute Uhr 3 zwölf Montag Juni bis",
}


@given(st.data(), st.sampled_from(sorted(WORDS)), st.sampled_from([None, "past", "future"]))
def test_no_words_of_time_in_any_order_raise(
    data: st.DataObject, lang: str, tense: Tense | None
) -> None:
    words = data.draw(st.lists(st.sampled_from(WORDS[lang].split()), min_size=2, max_size=6))
    find_time(("" if lang == "zh" else " ").join(words), LOCAL, tense)


@pytest.mark.parametrize("text", ["the minute of Monday", "days 7 minute ago morning", "this is"])
def test_what_made_a_rule_stumble_is_read(text: str) -> None:
    find_time(text, LOCAL)
