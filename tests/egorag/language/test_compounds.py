"""A question's word is met by German compounds with it, by no others."""

from __future__ import annotations

import pytest

from egogpt.text.tokens import fold
from egorag.language.glossary import is_part, is_parted


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
