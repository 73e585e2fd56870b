"""Decoding by gates: what is read is what the gate names, and a trained gate is worth having."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from kernels.layers.rotary import rotate
from kernels.layers.seer.decoding import Guide, attend_blocks, sparse_decoding
from kernels.layers.seer.gate import DecodeGate
from kernels.layers.seer.training import decode_gates, distil
from tests.kernels.layers.seer.test_training import BLOCK, model, sentences
from tests.kernels.shapes import close


def steps(teacher: Any, ids: Tensor, prompt: int) -> Tensor:
    """Logits of the tokens after a prompt, decoded one by one."""
    with torch.no_grad():
        out = teacher(input_ids=ids[:, :prompt], use_cache=True)
        logits, cache = [], out.cache
        for t in range(prompt, ids.shape[1]):
            out = teacher(input_ids=ids[:, t : t + 1], cache=cache, use_cache=True)
            logits.append(out.logits[:, 0])
    return torch.stack(logits, dim=1)


@pytest.mark.parametrize("family", ["Llama", "Qwen3"])
def test_reading_every_block_is_dense_attention(family: str) -> None:
    teacher, ids = model(family), sentences(7, 6)
    dense = steps(teacher, ids, 20)
    torch.manual_seed(0)
    with sparse_decoding(teacher, decode_gates(teacher, block=BLOCK), blocks=5):
        close(steps(teacher, ids, 20), dense, 1e-4)
    assert teacher.config._attn_implementation == "sdpa"
    close(steps(teacher, ids, 20), dense)


def guide(blocks: int = 2) -> Guide:
    torch.manual_seed(0)
    return Guide(DecodeGate(8, 4, 2, block=4, gate_size=8), torch.rand(4), blocks)


def tensors(count: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    noise = torch.Generator().manual_seed(seed)
    query, key, value = (torch.randn(2, h, n, 8, generator=noise) for h, n in (
        (4, 1), (2, count), (2, count)))  # fmt: skip
    return query, key, value


@pytest.mark.parametrize("count", [3, 13, 15, 16, 17])
def test_the_named_blocks_are_the_best_before_the_token_s_own(count: int) -> None:
    one, (query, key, _) = guide(), tensors(count)
    straight = [
        rotate(x, -torch.arange(count - x.shape[2], count), one.per_position) for x in (query, key)
    ]
    logits = one.gate.score(straight[0], one.gate.summarise(straight[1]), count - 1)[:, :, 0]
    want = logits[..., : (count - 1) // 4].topk(min(2, (count - 1) // 4)).indices.sort().values
    assert one.named(query, key).equal(want)


def test_summaries_follow_a_cache_that_grows_is_cropped_or_exchanged() -> None:
    one, (_, key, _) = guide(), tensors(40)
    other = tensors(40, seed=5)[1]
    for text, count in ((key, 13), (key, 14), (key, 17), (key, 40), (key, 21), (other, 22),
                        (key, 22), (key[:1], 30)):  # fmt: skip
        query = torch.randn(len(text), 4, 1, 8, generator=torch.Generator().manual_seed(count))
        now = text[:, :, :count]
        assert one.named(query, now).equal(guide().named(query, now))


def test_a_block_that_was_cropped_and_written_anew_is_summarised_anew() -> None:
    one, (query, key, _) = guide(1), tensors(40)
    one.named(query, key)
    anew = key.clone()
    anew[:, :, 17:19] += 3  # within a block, whose first and last key stay
    one.begin(17)
    assert one.named(query, anew).equal(guide(1).named(query, anew))
    assert one._of(anew, 9).equal(guide(1)._of(anew, 9))


def test_attention_reads_the_chosen_blocks_and_its_own() -> None:
    query, key, value = tensors(18)
    chosen = torch.tensor([[[0, 2], [1, 3]], [[0, 1], [2, 3]]])
    got = attend_blocks(query, key, value, chosen, 4, 0.3)
    for b in range(2):
        for h in range(4):
            at = [4 * c + i for c in chosen[b, h // 2].tolist() for i in range(4)] + [16, 17]
            weights = (query[b, h, 0] @ key[b, h // 2, at].T * 0.3).softmax(-1)
            close(got[b, h, 0], weights @ value[b, h // 2, at])


def test_a_trained_gate_keeps_more_of_the_answer_than_an_untrained_one() -> None:
    teacher, ids = model(), sentences(98)
    dense = steps(teacher, ids, 120).log_softmax(-1)

    def lost(gates: Sequence[DecodeGate]) -> float:
        with sparse_decoding(teacher, gates, blocks=3):
            sparse = steps(teacher, ids, 120).log_softmax(-1)
        return float((dense.exp() * (dense - sparse)).sum(-1).mean())

    torch.manual_seed(0)
    gates = decode_gates(teacher, block=BLOCK)
    untrained = lost(gates)
    distil(teacher, gates, [sentences(seed) for seed in range(8)], steps=60, learning_rate=2e-2)
    assert lost(gates) < 0.7 * untrained


def test_padded_sequences_are_read_densely() -> None:
    teacher, ids = model(), sentences(7, 6)
    mask = torch.ones_like(ids)
    mask[0, :5] = 0
    said = {"attention_mask": mask, "max_new_tokens": 4, "min_new_tokens": 4, "do_sample": False}
    dense = teacher.generate(ids, **said)
    with sparse_decoding(teacher, decode_gates(teacher, block=BLOCK), blocks=1):
        assert teacher.generate(ids, **said).equal(dense)


def test_what_does_not_fit_the_model_is_refused() -> None:
    teacher = model()
    with (
        pytest.raises(ValueError, match="1 gates for a model of 2 layers"),
        sparse_decoding(teacher, [DecodeGate(8, 4, 2)], blocks=1),
    ):
        pass
