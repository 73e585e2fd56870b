"""The encoder of multilingual-e5-small (BERT) in plain torch, from its file of 4-bit weights.

The table of 250,037 word vectors stays quantised on the disk, and the rows of a text are looked up
there: as float32 it would take 384 MB. Importing ``transformers`` for its BertModel would take 3 s.
Source: Devlin et al., BERT (2019); Wang et al., Multilingual E5 (2024).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from egogpt.embedders.e5_file import E5File, E5FileError

_PARTS = ("q", "k", "v", "ao", "aln", "fi", "fo", "oln")  # of a layer, each with .w and .b


class E5Bert:
    """Token ids to the states of the last layer; ``dtype`` is that of the arithmetic."""

    def __init__(self, file: E5File, dtype: torch.dtype) -> None:
        """Unpacks all matrices but the word table. Raises E5FileError."""
        self.width = file.shape["width"]
        self.context = file.shape["positions"]
        self._heads, self.depth = file.shape["heads"], file.shape["layers"]
        self._epsilon, self._dtype = file.epsilon, dtype
        try:
            self._words = file.tensors["emb.word"]
            self.weights = self._unpacked(file)
        except (KeyError, ValueError) as error:
            raise E5FileError(
                f"The model lacks a tensor, or its shape is wrong: {error}."
            ) from error

    def _unpacked(self, file: E5File) -> dict[str, Tensor]:
        inner = {f"l{n}.fo.w": file.shape["inner"] for n in range(self.depth)}
        weights = {
            name: torch.tensor(
                packed.rows(inner.get(name, self.width)) if _is_matrix(name) else packed.vector()
            ).to(self._dtype)
            for name, packed in file.tensors.items()
            if packed is not self._words
        }
        for n in range(self.depth):
            for part in _PARTS:
                weights[f"l{n}.{part}.w"], weights[f"l{n}.{part}.b"]
        return weights

    @torch.inference_mode()
    def states(self, ids: Tensor, mask: Tensor) -> Tensor:
        """States (batch, length, width) in float32 of ids (batch, length).

        ``mask`` (batch, length) is True on tokens, False on padding.
        """
        return self.layers(self.embedded(ids), mask)

    def embedded(self, ids: Tensor, added: Tensor | float = 0.0) -> Tensor:
        """What the first layer reads (batch, length, width), with ``added`` to the word vectors."""
        distinct, places = np.unique(ids.numpy(), return_inverse=True)
        table = torch.from_numpy(self._words.rows(self.width, distinct)).to(self._dtype)
        words = table[torch.from_numpy(places.reshape(ids.shape))] + added
        whole = words + self.weights["emb.pos"][: ids.shape[1]] + self.weights["emb.type"][0]
        return self._norm(whole.to(self._dtype), "emb.ln")

    def layers(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """The states of the last layer in float32; gradients flow to `weights`."""
        visible = None if bool(mask.all()) else mask[:, None, None, :]
        for n in range(self.depth):
            attended = self._linear(self._attend(hidden, f"l{n}", visible), f"l{n}.ao")
            hidden = self._norm(hidden + attended, f"l{n}.aln")
            inner = functional.gelu(self._linear(hidden, f"l{n}.fi"))
            hidden = self._norm(hidden + self._linear(inner, f"l{n}.fo"), f"l{n}.oln")
        return hidden.float()

    def with_weights(self, weights: Mapping[str, Tensor]) -> E5Bert:
        """The same model with other weights by these names; the rest are shared."""
        other = copy.copy(self)
        other.weights = self.weights | {k: v.to(self._dtype) for k, v in weights.items()}
        return other

    def _attend(self, hidden: Tensor, name: str, visible: Tensor | None) -> Tensor:
        query, key, value = (self._split(self._linear(hidden, f"{name}.{part}")) for part in "qkv")
        attended: Any = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=visible
        )
        whole: Tensor = attended.transpose(1, 2).flatten(2)
        return whole

    def _split(self, states: Tensor) -> Tensor:
        batch, length, width = states.shape
        return states.view(batch, length, self._heads, width // self._heads).transpose(1, 2)

    def _linear(self, hidden: Tensor, name: str) -> Tensor:
        return functional.linear(hidden, self.weights[f"{name}.w"], self.weights[f"{name}.b"])

    def _norm(self, hidden: Tensor, name: str) -> Tensor:
        weight, bias = self.weights[f"{name}.w"], self.weights[f"{name}.b"]
        return functional.layer_norm(hidden, (self.width,), weight, bias, self._epsilon)


def _is_matrix(name: str) -> bool:
    return not name.endswith((".b", "ln.w"))
