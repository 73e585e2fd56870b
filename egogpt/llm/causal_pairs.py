"""Score pairs of texts by a language model, adapted to read a question and then statements.

    scores = CausalPairs.load(path, adapter).scores(question, statements)

The question is read once; each statement sees it and none of the others, so that all are read in
one pass. Only the lower layers of the model are kept, and their matrices are changed by low-rank
products.
Source: Hu et al., LoRA (2022); Nogueira et al., Document ranking with a pretrained
sequence-to-sequence model (2020).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from egogpt.llm.transformers_models import load_local_model
from egogpt.runtime.devices import best_dtype
from egogpt.weights.store import WeightStore

LAYERS = 20  # of the model that are kept
QUESTION_TOKENS, BEFORE_TOKENS, STATEMENT_TOKENS = 48, 40, 72
_BEFORE, _AFTER = "Question: ", "\nDoes this line answer it?"  # around a question
_END = " ->"  # behind a statement; what stands there is read
_HIDDEN = -3e4  # added to what a token does not see


@dataclass(frozen=True, slots=True)
class Blocks:
    """Questions with their statements as the model reads them.

    ``ids`` and ``positions`` (questions, length) of tokens, ``mask`` (questions, 1, length, length)
    is added to attention, ``ends`` (2, statements) say in which row and where each statement ends.
    """

    ids: Tensor
    positions: Tensor
    mask: Tensor
    ends: Tensor


def pack_blocks(tokenizer: Any, asked: Sequence[tuple[str, Sequence[str]]]) -> Blocks:
    """Questions, each with its statements, of which the last line is the statement and those above
    it were said before; of a question or statement no more is read than the first tokens, of what
    was said before the last."""
    end = _ids(tokenizer, _END)
    rows = [
        (
            _ids(tokenizer, f"{_BEFORE}{question}{_AFTER}")[:QUESTION_TOKENS],
            [_line(tokenizer, text) + end for text in statements],
        )
        for question, statements in asked
    ]
    length = max(len(first) + sum(map(len, blocks)) for first, blocks in rows)
    ids, positions = (torch.zeros(len(rows), length, dtype=torch.int64) for _ in range(2))
    block = torch.full((len(rows), length), -1)
    ends = []
    for row, (first, blocks) in enumerate(rows):
        at = 0
        for number, tokens in enumerate([first, *blocks]):
            begin, stop = len(first) if number else 0, at + len(tokens)
            ids[row, at:stop] = torch.tensor(tokens)
            positions[row, at:stop] = torch.arange(begin, begin + len(tokens))
            block[row, at:stop] = number
            at = stop
            if number:
                ends.append((row, stop - 1))
    return Blocks(ids, positions, _mask(block), torch.tensor(ends).T)


def _line(tokenizer: Any, text: str) -> list[int]:
    before, parted, line = text.rpartition("\n")
    earlier = _ids(tokenizer, f"\n{before}")[-BEFORE_TOKENS:] if parted else []
    return earlier + _ids(tokenizer, f"\n{line}")[:STATEMENT_TOKENS]


def _mask(block: Tensor) -> Tensor:
    """Each token sees those before it in its own block, and the question."""
    order = torch.arange(block.shape[1])
    seen = (block[:, None, :] == 0) | (block[:, None, :] == block[:, :, None])
    seen &= order[None, :, None] >= order[None, None, :]
    return torch.zeros(seen.shape).masked_fill(~seen, _HIDDEN)[:, None]


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def block_scores(model: Any, head: Mapping[str, Tensor], blocks: Blocks) -> Tensor:
    """Logits (statements,) that each answers its question. ``head`` holds "out.w" (1, width) and
    "out.b" (1,)."""
    states = model(
        input_ids=blocks.ids,
        position_ids=blocks.positions,
        attention_mask=blocks.mask.to(model.dtype),
        use_cache=False,
    ).last_hidden_state
    read = states[blocks.ends[0], blocks.ends[1]].float()
    read = read * torch.rsqrt(read.square().mean(-1, keepdim=True) + 1e-6)
    return functional.linear(read, head["out.w"], head["out.b"]).squeeze(-1)


def lower_layers(model: Any) -> Any:
    """The lower layers of a language model, without its last norm and the head that writes."""
    below = model.model
    below.layers = below.layers[:LAYERS]
    below.config.num_hidden_layers = len(below.layers)
    below.norm = torch.nn.Identity()
    return below.requires_grad_(False)


class CausalPairs:
    """Says of statements how well each answers a question. Thread-safe.

    ``adapter`` holds, by the names of the model's matrices, low-rank products
    ("layers.8.mlp.up_proj.down" (rank, in), "….up" (out, rank)), and the head.
    """

    def __init__(self, model: Any, tokenizer: Any, adapter: Mapping[str, Tensor]) -> None:
        self._model, self._tokenizer, self._head = model, tokenizer, adapter
        with torch.no_grad():
            for name in (name[: -len(".up")] for name in adapter if name.endswith(".up")):
                product = adapter[f"{name}.up"] @ adapter[f"{name}.down"]
                weight = model.get_submodule(name).weight
                weight.copy_(weight.float() + product)

    @classmethod
    def load(cls, name: str, weights: WeightStore, adapter: Mapping[str, Tensor]) -> CausalPairs:
        """Of a bundled model; raises as `load_local_model`."""
        loaded = load_local_model(name, weights, bits=16 if best_dtype() == torch.bfloat16 else 32)
        return cls(lower_layers(loaded.model), loaded.tokenizer, adapter)

    @torch.inference_mode()
    def scores(self, question: str, statements: Sequence[str]) -> NDArray[np.float32]:
        """Logits (statements,); of either text no more is read than its first tokens."""
        blocks = pack_blocks(self._tokenizer, [(question, statements)])
        logits: NDArray[np.float32] = block_scores(self._model, self._head, blocks).numpy()
        return logits
