"""A verb is met in all of its forms, and in none of another verb."""

from __future__ import annotations

import pytest

from egorag.language.language import Language
from egorag.language.verbs import forms_of


@pytest.mark.parametrize(
    ("code", "verb", "met", "others"),
    [
        ("en", "wear", "wears wore wearing", "ware"),
        ("de", "laufen", "gelaufen lief liefen", "laufe verlaufen weggelaufen"),
        ("de", "gekauft", "kaufen kaufte", "verkauft eingekauft"),
        ("de", "einkaufen", "eingekauft", "gekauft"),
        ("de", "zuruckgegeben", "zuruckgeben zuruckgab", "gegeben"),
        ("de", "verkaufen", "verkauft verkaufte", "geverkauft"),
        ("de", "geschwommen", "schwimmen schwamm", "schwimme"),
        ("de", "klettern", "geklettert kletterte", "klettere"),
        ("de", "reparieren", "repariert", "gerepariert"),
        ("de", "anzurufen", "angerufen anrufen", "gerufen"),
        ("de", "gebracht", "bringen brachte", "gebrochen"),
        ("de", "antworten", "geantwortet antwortete", "beantwortet"),
        ("de", "uberweisen", "uberwiesen", "geuberwiesen"),
        ("de", "geben", "gegeben gab", "gebeten"),
        ("de", "waschen", "gewaschen", "gewischt"),
        ("zh", "买", "买", "卖"),
    ],
)
def test_a_verb_has_its_forms(code: str, verb: str, met: str, others: str) -> None:
    forms = forms_of(verb, Language(code))
    assert forms >= {*met.split()}
    assert forms.isdisjoint(others.split())
