"""Every table of a language is whole: a new one needs nothing but its file."""

from __future__ import annotations

import inspect
from importlib.resources import files

import pytest

from egorag.time.grammar.patterns import Rule
from egorag.time.grammar.read import ACTIONS
from egorag.time.grammar.table import load_table

LANGUAGES = sorted(
    file.name.removesuffix(".toml")
    for file in files("egorag.time.tables").iterdir()
    if file.name.endswith(".toml")
)


def test_there_are_three_languages() -> None:
    assert LANGUAGES == ["de", "en", "zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_composes_known_kinds_by_a_known_rule(language: str) -> None:
    table = load_table(language)
    kinds = {"n", *table.raw["words"], *table.raw["rules"]}
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
