"""Names from outside become harmless and stay recognisable."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.safe_names import alternatives, safe_name


@given(st.text(min_size=1, max_size=400))
def test_safe_names_are_one_harmless_part_of_a_path(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe.encode()) <= 200
    assert safe == Path(safe).name
    assert not safe.startswith(".")
    assert safe.isprintable()
    assert not set(safe) & set('/\\<>:"|?*')


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\Holiday film.MP4", "Holiday film.MP4"),
        ("Ferien im März 🏔.mov", "Ferien im März 🏔.mov"),
        ("..", "recording"),
        ("con.mp4", "recording con.mp4"),
        ("a\nb\u202egpj.mp4", "abgpj.mp4"),
    ],
)
def test_names_stay_recognisable(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


def test_alternatives_count_before_the_suffix() -> None:
    names = alternatives("walk.mp4")
    assert [next(names) for _ in range(3)] == ["walk.mp4", "walk (2).mp4", "walk (3).mp4"]
