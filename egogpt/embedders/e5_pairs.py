"""Score pairs of texts by multilingual-e5, adapted to read both as one text (a cross-encoder).

    scores = PairReader(bert, tokenizer, adapter).scores(question, statements)

Each word of a question attends to those of a statement and the other way round. The matrices of
the encoder are changed by low-rank products, its norms replaced; each token is told which text it
belongs to and whether it stands in the other, too.
Source: Hu et al., LoRA (2022); Nogueira and Cho, Passage re-ranking with BERT (2019).
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

from egogpt.embedders.e5_bert import E5Bert
from egogpt.embedders.nomic import batches_by_length

QUESTION_TOKENS, STATEMENT_TOKENS = 32, 72
_BOS, _PAD, _EOS = 0, 1, 2  # of XLM-RoBERTa's vocabulary
_BATCH_TOKENS = 2048


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs as the encoder reads them, each array (pairs, length).

    ``ids`` of tokens; ``mask`` is true on tokens, ``second`` on those of the second text, and
    ``shared`` on those that stand in both.
    """

    ids: Tensor
    mask: Tensor
    second: Tensor
    shared: Tensor


def pack_pairs(rows: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Pairs:
    """Token ids of first and second texts as a batch."""
    length = max(len(first) + len(second) for first, second in rows) + 4
    ids = np.full((len(rows), length), _PAD, np.int64)
    mask, second_text, shared = (np.zeros((len(rows), length), bool) for _ in range(3))
    for row, (first, second) in enumerate(rows):
        begin, end = len(first) + 3, len(first) + len(second) + 4
        ids[row, :end] = [_BOS, *first, _EOS, _EOS, *second, _EOS]
        mask[row, :end] = True
        second_text[row, begin - 1 : end] = True
        shared[row, 1 : begin - 2] = np.isin(first, second)
        shared[row, begin : end - 1] = np.isin(second, first)
    return Pairs(*map(torch.from_numpy, (ids, mask, second_text, shared)))


def pair_scores(bert: E5Bert, head: Mapping[str, Tensor], pairs: Pairs) -> Tensor:
    """Logits (pairs,) that the second text answers the first.

    ``head`` holds "segment" and "shared" (2, width), and the two layers "pool" and "out", each with
    ".w" and ".b". Gradients flow to all of them, and to the weights of ``bert``.
    """
    added = head["segment"][pairs.second.long()] + head["shared"][pairs.shared.long()]
    states = bert.layers(bert.embedded(pairs.ids, added), pairs.mask)
    means = (_mean(states, pairs.mask & ~pairs.second), _mean(states, pairs.second))
    whole = torch.cat([states[:, 0], *means], -1)
    pooled = torch.tanh(functional.linear(whole, head["pool.w"], head["pool.b"]))
    return functional.linear(pooled, head["out.w"], head["out.b"]).squeeze(-1)


def _mean(states: Tensor, of: Tensor) -> Tensor:
    weights = of.float()[..., None]
    return (states * weights).sum(1) / weights.sum(1)


class PairReader:
    """Says of statements how well each answers a question. Thread-safe.

    ``adapter`` holds, by the names of the encoder's matrices, low-rank products ("l0.q.down" (rank,
    in), "l0.q.up" (out, rank)), the norms that replace its own, and the head.
    """

    def __init__(self, bert: E5Bert, tokenizer: Any, adapter: Mapping[str, Tensor]) -> None:
        self._tokenizer = tokenizer
        self._head = {name: value for name, value in adapter.items() if not name.startswith("l")}
        self._bert = bert.with_weights(adapted(bert.weights, adapter))

    @torch.inference_mode()
    def scores(self, question: str, statements: Sequence[str]) -> NDArray[np.float32]:
        """Logits (statements,); of either text no more is read than its first tokens."""
        rows = token_pairs(self._tokenizer, [(question, text) for text in statements])
        logits = np.zeros(len(rows), np.float32)
        for batch in batches_by_length([len(a) + len(b) for a, b in rows], _BATCH_TOKENS):
            pairs = pack_pairs([rows[at] for at in batch])
            logits[batch] = pair_scores(self._bert, self._head, pairs).numpy()
        return logits


def adapted(weights: Mapping[str, Tensor], adapter: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of an encoder that an adapter changes, in float32."""
    changed = {name: value for name, value in adapter.items() if "ln." in name}
    for name in [name[: -len(".up")] for name in adapter if name.endswith(".up")]:
        product = adapter[f"{name}.up"] @ adapter[f"{name}.down"]
        changed[f"{name}.w"] = weights[f"{name}.w"].float() + product
    return changed


def token_pairs(
    tokenizer: Any, pairs: Sequence[tuple[str, str]], most: int = QUESTION_TOKENS
) -> list[tuple[list[int], list[int]]]:
    """The token ids of both texts of each pair, without the ends, as far as they are read: of the
    first at most ``most``."""
    first, second = zip(*pairs, strict=True) if pairs else ((), ())
    asked, stated = tokenizer.encode_batch(first), tokenizer.encode_batch(second)
    return [
        (one.ids[1:-1][:most], other.ids[1:-1][:STATEMENT_TOKENS])
        for one, other in zip(asked, stated)
    ]
