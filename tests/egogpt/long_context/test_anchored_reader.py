"""Lines that are read apart under one anchor: an edit costs only what was edited."""

from __future__ import annotations

import pytest
import torch

from egogpt.long_context.anchored_reader import AnchoredReader
from egogpt.protocols.errors import CannotRun
from egogpt.runtime.generation import Loaded
from kernels.positions.rope_scaling import positioned
from tests.egogpt import tiny_long


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return tiny_long.ready(tiny_long.save(tmp_path_factory.mktemp("long") / "model"))


def document(number: int, length: int = 90) -> list[int]:
    generator = torch.Generator().manual_seed(number)
    return torch.randint(5, 250, (length,), generator=generator).tolist()


def read(reader: AnchoredReader, parts: list[list[int]]) -> int:
    tokens = [token for part in parts for token in part]
    return reader.read(tokens, lengths=[len(part) for part in parts])


def states(reader: AnchoredReader) -> list[torch.Tensor]:
    return [x.clone() for layer in reader.cache.layers for x in (layer.keys, layer.values)]


def test_a_document_sees_the_anchor_and_itself(ready: Loaded) -> None:
    head, first, second = document(0, 20), document(1), document(2, 700)
    both = AnchoredReader(ready, "dense")
    assert read(both, [head, first, second]) == 810
    alone = AnchoredReader(ready, "dense")
    read(alone, [head, second])
    plain = ready.model(torch.tensor([[*head, *second]])).past_key_values.layers
    for layer, (ours, theirs) in enumerate(zip(alone.cache.layers, plain, strict=True)):
        assert torch.allclose(ours.keys, theirs.keys, atol=1e-3), layer
        assert torch.allclose(ours.values, theirs.values, atol=1e-3)
    for apart, together in zip(alone.cache.layers, both.cache.layers, strict=True):
        assert torch.allclose(apart.values[:, :, 20:], together.values[:, :, 110:], atol=1e-3)


def test_what_is_edited_alone_is_read_again(ready: Loaded) -> None:
    head, lines = document(0, 20), [document(number) for number in range(1, 9)]
    reader = AnchoredReader(ready, "dense")
    assert read(reader, [head, *lines]) == 20 + 8 * 90
    assert read(reader, [head, *lines]) == 0
    edited = [lines[0], document(50, 70), *lines[3:6], document(51, 10), *lines[6:]]
    assert read(reader, [head, *edited]) == 80
    anew = AnchoredReader(ready, "dense")
    read(anew, [head, *edited])
    for kept, fresh in zip(states(reader), states(anew), strict=True):
        assert torch.allclose(kept, fresh, atol=1e-3)
    assert read(reader, [document(7, 20), *edited]) == reader.cache.get_seq_length()


def test_a_model_whose_keys_cannot_be_turned_is_refused(ready: Loaded) -> None:
    with positioned(ready.model, "dynamic:2"), pytest.raises(CannotRun, match="documents=anchor"):
        read(AnchoredReader(ready, "dense"), [document(0, 20), document(1)])
