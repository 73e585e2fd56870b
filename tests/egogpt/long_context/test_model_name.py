"""What is written behind `long:` names a model and how it reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from egogpt.long_context.model_name import MEMORY, parse_long_name
from egogpt.protocols.model_names import UnknownModel


def test_options_of_reading_are_told_from_those_of_the_model(tmp_path: Path) -> None:
    plain = parse_long_name("qwen-0.5b")
    assert (plain.method, plain.memory, plain.options.positions) == ("default", MEMORY, "native")
    named = parse_long_name(f"{tmp_path}?positions=yarn:4,fp32&bits=16&method=quest&memory=1.5GB")
    assert named.model == str(tmp_path)
    assert (named.options.positions, named.options.bits) == ("yarn:4,fp32", 16)
    assert (named.method, named.memory) == ("quest", 1_610_612_736)
    seeing = parse_long_name("qwen-vl:/models/q?bits=4&positions=yarn:4&memory=64MB")
    assert seeing.model == "qwen-vl:/models/q?bits=4&positions=yarn:4"
    assert seeing.is_placed
    assert (plain.times, named.times, seeing.times) == (None, 1, 1)
    further = parse_long_name("qwen-vl:/models/q?positions=renumbered:3")
    assert (further.model, further.times) == ("qwen-vl:/models/q", 3)
    assert parse_long_name("qwen-0.5b?positions=renumbered:3").options.positions == "native"
    assert parse_long_name("Qwen/Qwen2.5-7B-Instruct-1M?memory=4GB").is_hub
    assert not parse_long_name("/no/such/folder").is_somewhere


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("qwen-0.5b?method=magic", "sdpa, dense, window"),
        ("qwen-0.5b?memory=2", "such as 2GB"),
        ("qwen-0.5b?memory=1MB", "at least 64MB"),
        ("qwen-0.5b?frames=4", "method, memory, documents, positions, bits, device"),
        ("qwen-0.5b?positions=yarn", "yarn:4"),
        ("qwen-0.5b?positions=renumbered", "renumbered cannot have the factor 1"),
        ("qwen-0.5b?documents=apart", "joined, anchor"),
        ("qwen-0.5b?bits=5", "4, 8 or 16"),
        ("qwen-vl:/m?colour=red", "no option 'colour'"),
    ],
)
def test_an_option_that_does_not_exist_or_fit_is_refused_with_those_that_do(
    name: str, says: str
) -> None:
    with pytest.raises(UnknownModel, match=says):
        parse_long_name(name)
