"""What docs/models.md says of memory and tokens follows from sizes and real processors."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.model_memory.__main__ import (
    FORMS_HEAD,
    HEAD,
    HEIGHT,
    WIDTH,
    forms,
    line,
    main,
    measured,
    published,
)
from benchmarks.model_memory.estimate import frame_tokens, sound_tokens
from egogpt.protocols.chat import Message
from egogpt.protocols.model_names import FOLDERS
from egogpt.vlm.inputs import model_inputs, take_apart
from memory.types.core import Frame, Sound
from tests.egogpt.tiny_models import MODELS

CONFIGS = published()
DOCS = Path(__file__).resolve().parents[2] / "docs" / "models.md"


@cache
def row(name: str) -> dict[str, Any]:
    return measured(name, CONFIGS[name])


@pytest.mark.parametrize("name", CONFIGS)
def test_a_full_size_config_has_the_size_that_its_page_and_the_docs_state(name: str) -> None:
    found, stated = row(name), CONFIGS[name].get("billions")
    billions, gigabytes = found["parameters"] / 1e9, found["gigabytes"]
    assert stated is None or billions == pytest.approx(stated, rel=0.005)
    assert gigabytes[16] == pytest.approx(2 * billions, abs=0.01)
    assert billions / 2 < gigabytes[4] < gigabytes[8] < gigabytes[16]
    assert line(found) in DOCS.read_text(encoding="utf-8")


def test_the_cache_of_a_7b_model_is_the_known_one() -> None:
    cached = row("Qwen/Qwen2.5-VL-7B-Instruct")["cache_kilobytes_a_token"]
    assert 1024 * cached == 28 * 2 * 4 * 128 * 2


def test_egogpt_has_the_size_of_its_paper_and_the_tokens_of_its_training() -> None:
    found = row(FOLDERS["egogpt"])
    assert round(found["parameters"] / 1e9, 2) == 8.69
    assert (found["tokens_a_frame"], found["tokens_a_clip"]) == (182, 30 * 182 + 300)


def processor(which: str) -> Any:
    """A family's processor at its full picture size."""
    _, found = MODELS[which]()
    factor = 32 if which in ("qwen3-vl", "qwen3-omni") else 28
    longest = 768 * factor * factor * (16 if which == "qwen3-vl" else 1)
    found.video_processor.size = {"shortest_edge": factor * factor, "longest_edge": longest}
    found.video_processor.cap_pixels_per_frame = False
    found.tokenizer.padding_side = "left"
    return found


@pytest.mark.parametrize(
    ("which", "name"),
    [
        ("qwen2-vl", "Qwen/Qwen2-VL-2B-Instruct"),
        ("qwen2.5-vl", "Qwen/Qwen2.5-VL-7B-Instruct"),
        ("qwen3-vl", "Qwen/Qwen3-VL-4B-Instruct"),
        ("qwen2.5-omni", "Qwen/Qwen2.5-Omni-7B"),
        ("qwen3-omni", "Qwen/Qwen3-Omni-30B-A3B-Instruct"),
    ],
)
def test_tokens_are_as_many_as_the_real_processor_makes(which: str, name: str) -> None:
    found, hears = processor(which), "omni" in which
    image = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    frames = tuple(Frame(15.0 * n, image) for n in range(2))
    sound = Sound(0.0, np.ones(30 * 16_000, np.float32) / 8)
    asked = [Message("user", "Yes?", frames, sound)]
    request = take_apart(asked, WIDTH, hears=hears, unsaid=re.compile("(?!)"))
    ids = model_inputs(found, [request], hears=hears)["input_ids"][0].tolist()
    assert ids.count(found.video_token_id) == 2 * frame_tokens(CONFIGS[name], WIDTH, HEIGHT)
    if hears:
        heard = ids.count(found.audio_token_id)
        assert heard == pytest.approx(sound_tokens(CONFIGS[name], 30.0), abs=1)


def test_the_docs_have_the_heads_of_the_tables_and_the_forms_of_egogpt() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert HEAD in text
    assert "\n".join([FORMS_HEAD, *forms(CONFIGS[FOLDERS["egogpt"]])]) in text


def test_a_config_of_ones_own_is_measured_too(tmp_path: Path) -> None:
    import json

    folder = tmp_path / "mine"
    folder.mkdir()
    config = CONFIGS["Qwen/Qwen2.5-Omni-3B"]
    whole = {"model_type": "qwen2_5_omni", "thinker_config": config}
    (folder / "config.json").write_text(json.dumps(whole))
    said: list[str] = []
    assert main(["--config", str(folder / "config.json"), "--json"], said.append) == 0
    (row,) = json.loads(said[0])
    assert (row["model"], row["hears"], row["tokens_a_clip"]) == ("mine", True, 3142)
