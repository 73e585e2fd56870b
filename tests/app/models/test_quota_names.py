"""How tokens are shared out is an option of a model's name, beside its others."""

from __future__ import annotations

import pytest

from app.models.quota_names import quota_of, with_quota

NAME = "qwen-vl:/models/a?bits=4&quota=off"


@pytest.mark.parametrize(("name", "way"), [(NAME, "off"), ("egogpt", "auto"), ("a?quota=", "auto")])
def test_the_way_is_read_off_the_name(name: str, way: str) -> None:
    assert quota_of(name) == way


@pytest.mark.parametrize(
    ("name", "way", "other"),
    [
        (NAME, "0.5", "qwen-vl:/models/a?bits=4&quota=0.5"),
        (NAME, "auto", "qwen-vl:/models/a?bits=4"),
        ("gguf-vl?quota=off", "auto", "gguf-vl"),
        ("egogpt", "question", "egogpt?quota=question"),
    ],
)
def test_another_way_leaves_the_rest_of_the_name(name: str, way: str, other: str) -> None:
    assert with_quota(name, way) == other
