"""Embedders of the e5 kind in the usual files of the hub, whatever their size, by ``transformers``.

e5:intfloat/multilingual-e5-large  ·  e5:/models/multilingual-e5-base
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from egogpt.embedders.image_model_files import unreadable

_MOST = 512  # tokens that these models were trained with

_KIND = "e5"


class E5Folder:
    """The encoder of a folder: see `E5Bert`."""

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        """Loads ``model.safetensors``. Raises PictureModelError."""
        from transformers import AutoModel

        try:
            load: Any = AutoModel.from_pretrained  # untyped
            self._model = load(
                folder, local_files_only=True, use_safetensors=True, dtype=dtype
            ).eval()
        except Exception as error:  # the library has errors of its own for files that are off
            raise unreadable(_KIND, folder, error) from error
        self.width = int(self._model.config.hidden_size)
        self.context = min(_MOST, int(self._model.config.max_position_embeddings))

    @torch.inference_mode()
    def states(self, ids: Tensor, mask: Tensor) -> Tensor:
        """See `E5Bert.states`."""
        output = self._model(input_ids=ids, attention_mask=mask.long())
        states: Tensor = output.last_hidden_state.float()
        return states


def folder_tokenizer(folder: Path) -> Any:
    """The tokenizer that the folder holds."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    return tokenizer
