"""A question's word is met by German compounds and by words of the same meaning, by no others."""

from __future__ import annotations

import pytest

from egogpt.text.tokens import fold
from egorag.language.compounds import is_part, is_parted
from egorag.language.synonyms import akin, are_akin


@pytest.mark.parametrize(
    ("word", "compound"),
    [
        ("pass", "reisepass"),
        ("zahnarzt", "zahnarzttermin"),
        ("geburtstag", "geburtstagstorte"),
        ("kinder", "kinderwagen"),
        ("haus", "haustürschlüssel"),
        ("schlüssel", "haustürschlüssel"),
    ],
)
def test_a_compound_speaks_of_its_parts(word: str, compound: str) -> None:
    assert is_part(fold(word), fold(compound))
    assert not is_part(fold(compound), fold(word))


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("pass", "kompass"),
        ("eis", "kreis"),
        ("ort", "antwort"),
        ("impfpass", "reisepass"),
        ("keller", "autoschlüssel"),
        ("pet", "carpet"),
        ("car", "carpet"),
    ],
)
def test_letters_that_stand_in_a_word_are_no_part_of_it(word: str, other: str) -> None:
    assert not is_part(fold(word), fold(other))


def test_the_parts_of_a_compound_speak_of_it_where_all_are_said() -> None:
    said = ["der", "termin", "beim", "zahnarzt", "die", "tur"]
    assert is_parted("zahnarzttermin", said)
    assert not is_parted("kellertur", said)


def test_only_german_has_compounds() -> None:
    assert are_akin("park", "parkplatz", "de")
    assert not are_akin("park", "parkhurst", "en")


@pytest.mark.parametrize(
    ("language", "asked", "said"),
    [
        ("en", "sofa", "settee"),
        ("en", "backpack", "rucksack"),
        ("en", "trucks", "lorry"),
        ("en", "grandma", "granny"),
        ("de", "Handy", "Telefon"),
        ("de", "Ausweis", "Reisepass"),
        ("de", "Tabletten", "Pille"),
        ("de", "Medikamente", "Arznei"),
        ("zh", "电话", "手机"),
        ("zh", "双肩包", "背包"),
        ("zh", "父亲", "爸爸"),
    ],
)
def test_words_of_one_meaning_speak_of_each_other(language: str, asked: str, said: str) -> None:
    assert are_akin(fold(asked), fold(said), language)


@pytest.mark.parametrize(
    ("language", "asked", "said"),
    [
        ("en", "grandpa", "granny"),
        ("en", "cat", "dog"),
        ("en", "dryer", "washer"),
        ("en", "umbrella", "boots"),
        ("de", "Klempner", "Elektriker"),
        ("de", "Fleischer", "Fleisch"),
        ("de", "Handy", "Fernseher"),
        ("zh", "父亲", "母亲"),
        ("zh", "汽车", "自行车"),
        ("zh", "外公", "姥姥"),
        ("zh", "电话", "六"),
    ],
)
def test_things_of_one_sort_do_not(language: str, asked: str, said: str) -> None:
    assert not are_akin(fold(asked), fold(said), language)


def test_a_kind_is_spoken_of_by_what_is_of_it() -> None:
    assert "mackintosh" in akin("raincoat", "en")
    assert "raincoat" not in akin("car", "en")
    assert akin("电话", "zh") == frozenset()
