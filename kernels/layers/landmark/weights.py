"""The released Landmark weights: what fine-tuning added to LLaMA-7B, to be put on top of it.

LLaMA's own licence does not let its weights be passed on, so the release is the difference of the
two models. The fine-tuned model has more tokens, the landmark among them; before the difference
was taken, each new row of the embeddings was set to the mean of the old ones.

Source: the epfml/landmark-attention-llama7b-wdiff checkpoint of Mohtashami and Jaggi, Landmark
Attention, arXiv 2305.16300, section 4.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from kernels.layers.checkpoint import WeightsDoNotFit, read

BY_TOKEN = ("model.embed_tokens.weight", "lm_head.weight")
"""What has a row for each token."""
IGNORED = "rotary_emb.inv_freq"
"""Not a weight, though older files of `transformers` store it."""


def load(raw: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Recover the fine-tuned weights that a file of the difference stands for.

    Args:
        raw: LLaMA-7B's weights by their names in `transformers`; more than the file has is fine,
            since the release is in several files.
        path: One file of the difference.

    Returns:
        Fine-tuned weights by the same names, float32, for a stock ``LlamaForCausalLM`` with as
        many tokens as the embeddings have rows.

    Raises:
        WeightsDoNotFit: The file is missing or damaged, or has a tensor that ``raw`` has not, or
            of another shape.
    """
    difference = {key: x for key, x in read(path).items() if not key.endswith(IGNORED)}
    missing = sorted(set(difference) - set(raw))
    if missing:
        raise WeightsDoNotFit(
            f"{path} holds {missing[0]} ({len(missing)} such), which the raw weights lack. Give "
            "those of LLaMA-7B, converted for transformers."
        )
    return {key: _sum(raw[key], added, key, path) for key, added in difference.items()}


def _sum(raw: Tensor, added: Tensor, key: str, path: Path) -> Tensor:
    raw, added = raw.float(), added.float()
    more = added.shape[0] - raw.shape[0]
    if key in BY_TOKEN and more > 0:
        raw = torch.cat([raw, raw.mean(dim=0, keepdim=True).expand(more, *raw.shape[1:])])
    if raw.shape != added.shape:
        raise WeightsDoNotFit(
            f"{path} has {key} as {list(added.shape)}, the raw weights as {list(raw.shape)}. Give "
            "the raw weights that this difference was taken from: LLaMA-7B."
        )
    return raw + added
