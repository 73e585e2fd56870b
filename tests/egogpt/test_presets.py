"""Presets are whole, and what is absent of one is replaced or told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egogpt.protocols.model_names import CHATS
from egogpt.registry import EMBEDDERS, PRESETS, UnknownPreset, choose_preset, usable
from egogpt.runtime.threads import thread_count
from egogpt.weights.catalogue import load_catalogue
from egogpt.weights.store import WeightStore

ORDER = ["small", "standard", "large"]
BUNDLES = sorted(load_catalogue().bundles)


class Having(WeightStore):
    """A store of which only the presence of bundles is made up."""

    def __init__(self, present: Iterable[str]) -> None:
        super().__init__(Path("/nonexistent"))
        self.present = set(present)

    def missing(self, bundles: Iterable[str]) -> list[str]:
        return [bundle for bundle in bundles if bundle not in self.present]


def test_a_persons_word_wins_and_a_wrong_word_lists_the_right_ones() -> None:
    assert choose_preset("large").name == "large"
    with pytest.raises(UnknownPreset, match="small, standard, large"):
        choose_preset("huge")


def test_presets_name_only_models_and_bundles_that_exist() -> None:
    for preset in PRESETS.values():
        assert set(preset.bundles) <= set(BUNDLES)
        assert preset.embedder in EMBEDDERS
        assert preset.chat is None or preset.chat in CHATS
        assert preset.speech in preset.bundles


def test_with_everything_there_a_preset_runs_as_it_is() -> None:
    for preset in PRESETS.values():
        found = usable(preset, Having(preset.bundles))
        assert (found.preset.embedder, found.preset.chat) == (preset.embedder, preset.chat)
        assert set(found.preset.bundles) == set(preset.bundles)
        assert found.notes == ()


def test_absent_models_are_replaced_and_told() -> None:
    have = Having({"e5", "whisper-tiny.en", "qwen-0.5b", "face"})
    found = usable(PRESETS["large"], have)
    assert found.preset.embedder == "e5"
    assert found.preset.chat == "qwen-0.5b"
    assert found.preset.speech == "whisper-tiny.en"
    assert any("egobutler models fetch nomic" in note for note in found.notes)
    assert any("objects" in note for note in found.notes)
    assert not any("faces" in note for note in found.notes)


@pytest.mark.parametrize(("reads", "chat"), [(60.0, "qwen-1.5b"), (20.0, "qwen-0.5b")])
def test_a_chat_model_that_is_too_slow_here_gives_way_to_a_smaller_one_and_that_is_told(
    tmp_path: Path, reads: float, chat: str
) -> None:
    have = Having({*PRESETS["large"].bundles, "qwen-0.5b"})
    have.root = tmp_path
    sha = load_catalogue().file("qwen-1.5b").sha256
    key = f"qwen-1.5b {sha} on {thread_count()} cores"
    (tmp_path / "token_rates.json").write_text(json.dumps({key: {"reads": reads, "writes": 12}}))
    found = usable(PRESETS["large"], have, fast=True)
    assert found.preset.chat == chat
    assert ["about 19 seconds for an answer" in note for note in found.notes] == (
        [True] if chat == "qwen-0.5b" else []
    )
    assert usable(PRESETS["large"], have).preset.chat == "qwen-1.5b", "the person's own choice"


def test_with_nothing_there_everything_is_off_and_told() -> None:
    found = usable(PRESETS["standard"], Having(()))
    assert found.preset.bundles == ()
    assert (found.preset.embedder, found.preset.chat, found.preset.speech) == (None, None, None)
    assert len(found.notes) == 9


@given(present=st.sets(st.sampled_from(BUNDLES)), name=st.sampled_from(ORDER))
def test_what_is_usable_is_there(present: set[str], name: str) -> None:
    found = usable(PRESETS[name], Having(present))
    assert set(found.preset.bundles) <= present
    assert all(note.endswith(".") for note in found.notes)
