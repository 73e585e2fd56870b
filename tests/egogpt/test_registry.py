"""Models are found by name, lazily, and a wrong name is answered with the right ones."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from egogpt.protocols.model_names import CHATS, UnknownModel
from egogpt.registry import (
    CAPTIONERS,
    EMBEDDERS,
    MODELS,
    bundles_of,
    load_captioner,
    load_chat,
    load_embedder,
)
from egogpt.weights.store import WeightMissing, WeightStore


def test_every_name_leads_to_a_class() -> None:
    for registry in (EMBEDDERS, CHATS, CAPTIONERS, MODELS):
        for place in registry.values():
            module, _, attribute = place.partition(":")
            assert isinstance(getattr(import_module(module), attribute), type)


def test_a_wrong_name_lists_the_right_ones(tmp_path: Path) -> None:
    store = WeightStore(tmp_path)
    with pytest.raises(UnknownModel, match="e5, nomic"):
        load_embedder("word2vec", store)
    with pytest.raises(UnknownModel, match=r"qwen-0\.5b, qwen-1\.5b"):
        load_chat("eliza", store)
    with pytest.raises(UnknownModel, match="composed"):
        load_captioner("poet")


@pytest.mark.parametrize("name", [*EMBEDDERS, *CHATS])
def test_absent_weights_say_how_to_fetch_them(name: str, tmp_path: Path) -> None:
    load = load_embedder if name in EMBEDDERS else load_chat
    with pytest.raises(WeightMissing, match=f"egobutler models fetch {bundles_of(name)[0]}"):
        load(name, WeightStore(tmp_path))
