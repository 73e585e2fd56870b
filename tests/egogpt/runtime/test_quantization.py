"""The language model in 8 and 4 bits, by whichever library is installed, and plainly without."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch
from torch import nn

from egogpt.egogpt_7b.checkpoint import Placement, load_egogpt
from egogpt.protocols.errors import CannotRun
from egogpt.runtime.quantization import find_quantiser, for_transformers
from tests.egogpt.tiny_egogpt import Fabricated, fabricate, letters_only, observations, opened

LIBRARIES = [("bitsandbytes", 8), ("bitsandbytes", 4), ("torchao", 8)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Fabricated:
    sizes = {"hidden_size": 128, "intermediate_size": 256}  # whole blocks of 64 weights
    made = fabricate(tmp_path_factory.mktemp("egogpt"), seed=1, **sizes)
    letters_only(made)
    return made


@pytest.mark.parametrize(("library", "bits"), LIBRARIES)
def test_fewer_bits_write_nearly_the_same_logits(made: Fabricated, library: str, bits: int) -> None:
    pytest.importorskip(library)
    exact = load_egogpt(made.folder)
    stored = load_egogpt(made.folder, Placement(bits=bits, library=library))
    embeds = exact.embed([list(range(40))])[None]
    with torch.no_grad():
        told = exact.llm(inputs_embeds=embeds).logits
        found = stored.llm(inputs_embeds=embeds).logits
    error = ((found - told).norm() / told.norm()).item()
    assert 0 < error < {8: 0.05, 4: 0.3}[bits]


@pytest.mark.parametrize(("library", "bits"), LIBRARIES)
def test_only_the_layers_of_the_language_model_are_stored_in_fewer_bits(
    made: Fabricated, library: str, bits: int
) -> None:
    pytest.importorskip(library)
    exact, stored = (
        load_egogpt(made.folder),
        load_egogpt(made.folder, Placement(bits=bits, library=library)),
    )
    for name, weight in exact.named_parameters():
        if not name.startswith("llm.model.layers"):
            assert torch.equal(dict(stored.named_parameters())[name], weight), name
    assert len(_in_full(stored.llm.model.layers)) < len(_in_full(exact.llm.model.layers))


def _in_full(module: nn.Module) -> list[nn.Linear]:
    """The layers whose weights are stored as they came."""
    plain = [one for one in module.modules() if type(one) is nn.Linear]
    return [
        one
        for one in plain
        if (type(one.weight), type(one.weight.data)) == (nn.Parameter, torch.Tensor)
    ]


@pytest.mark.parametrize(("library", "bits"), LIBRARIES)
def test_a_model_in_fewer_bits_still_captions(made: Fabricated, library: str, bits: int) -> None:
    pytest.importorskip(library)
    backend = opened(made.folder, Placement(bits=bits, library=library))
    captions = backend.captions(list(observations(2)))
    assert len(captions) == 2
    assert all(captions)


def test_without_a_library_it_is_said_which_to_install(
    made: Fabricated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CannotRun, match=r"4 bits needs bitsandbytes or torchao.*pip install"):
        find_quantiser(4)
    with pytest.raises(CannotRun, match=r"pip install bitsandbytes accelerate.*bits=8"):
        for_transformers(8, "cuda", ())
    with pytest.raises(CannotRun, match="needs torchao"):
        load_egogpt(made.folder, Placement(bits=8, library="torchao"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="torchao's 4 bits work on a card")
def test_torchaos_four_bits_without_a_card_send_to_the_other_library(made: Fabricated) -> None:
    pytest.importorskip("torchao")
    with pytest.raises(CannotRun, match=r"torchao cannot.*4 bits on cpu.*bitsandbytes"):
        load_egogpt(made.folder, Placement(bits=4, library="torchao"))


def test_other_numbers_of_bits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not in 3"):
        find_quantiser(3)
