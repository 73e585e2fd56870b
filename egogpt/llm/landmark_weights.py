"""Put the released difference of Landmark Attention on LLaMA-7B's weights: a folder to read with.

LLaMA's own licence does not let its weights be passed on, so the release is the difference of the
two models. The fine-tuned model has more tokens, the landmark among them; before the difference
was taken, each new row of the embeddings was set to the mean of the old ones.

Source: the epfml/landmark-attention-llama7b-wdiff checkpoint of Mohtashami and Jaggi, Landmark
Attention, arXiv 2305.16300, section 4.2.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from torch import Tensor

from egogpt.protocols.errors import ModelDamaged, ModelMissing, listed
from egogpt.weights.shard_index import INDEX
from egogpt.weights.tensor_files import TensorFile, TorchFile, model_files

BY_TOKEN = ("model.embed_tokens.weight", "lm_head.weight")
"""What has a row for each token."""
_IGNORED = "rotary_emb.inv_freq"  # not a weight, though older files of `transformers` store it
_TEXTS = ("*.json", "tokenizer.model")


def recover(raw: Path, difference: Path, folder: Path) -> list[Path]:
    """Write the fine-tuned model, one file for each of the difference, with its tokenizer.

    Args:
        raw: Folder of LLaMA-7B, converted for transformers.
        difference: Folder of the release.
        folder: Where it is written; made where it is not there.

    Returns:
        The files of weights.

    Raises:
        ModelMissing: A folder holds no weights.
        ModelDamaged: A file is damaged, or holds a tensor that the raw weights lack, or have in
            another shape.
    """
    from safetensors.torch import save_file

    originals = {name: file for file in _files(raw) for name in file.shapes}
    folder.mkdir(parents=True, exist_ok=True)
    homes: dict[str, str] = {}
    paths = []
    for number, file in enumerate(_files(difference), 1):
        paths.append(folder / f"model-{number:05}.safetensors")
        weights = _recovered(originals, file)
        save_file(weights, paths[-1], metadata={"format": "pt"})
        homes |= dict.fromkeys(weights, paths[-1].name)
    for text in (text for pattern in _TEXTS for text in sorted(difference.glob(pattern))):
        if not text.name.endswith(".index.json"):
            shutil.copyfile(text, folder / text.name)
    index = json.dumps({"metadata": {}, "weight_map": homes}, indent=1)
    (folder / INDEX).write_text(index, encoding="utf-8")
    return paths


def _files(folder: Path) -> list[TensorFile]:
    """The weights of a folder, safetensors or older files."""
    older = sorted(folder.glob("pytorch_model*.bin"))
    if any(folder.glob("*.safetensors")) or not older:
        return model_files(folder)
    return [TorchFile(path) for path in older]


def _recovered(originals: dict[str, TensorFile], file: TensorFile) -> dict[str, Tensor]:
    names = [name for name in file.shapes if not name.endswith(_IGNORED)]
    if missing := sorted(set(names) - set(originals)):
        raise ModelMissing(
            f"{file.path} holds {listed(missing)}, which the raw weights lack. Give those of "
            "LLaMA-7B, converted for transformers."
        )
    weights = {}
    with file.opened() as difference:
        for name in names:
            with originals[name].opened() as original:
                weights[name] = _sum(original(name), difference(name), name, file.path)
    return weights


def _sum(raw: Tensor, added: Tensor, name: str, path: Path) -> Tensor:
    """What both are together, in the type of the difference."""
    whole, more = raw.float(), added.shape[0] - raw.shape[0]
    if name in BY_TOKEN and more > 0:
        mean = whole.mean(dim=0, keepdim=True)
        whole = torch.cat([whole, mean.expand(more, *whole.shape[1:])])
    if whole.shape != added.shape:
        raise ModelDamaged(
            f"{path} has {name} as {list(added.shape)}, the raw weights as {list(raw.shape)}. Give "
            "the raw weights that this difference was taken from: LLaMA-7B."
        )
    return (whole + added.float()).to(added.dtype)
