"""Quantised weights of llama.cpp as a folder that `transformers` reads, made once for each file.

    folder = converted(path, sha256, cache, print)     # a quarter of a minute for the 0.5B

The folder is named by the file's SHA-256, so that another file is converted anew, and what was
made of the one before goes. It is written beside its place, read back, and moved there whole.
Tensors are dequantised a few rows at a time, whatever the size of the model.

Source: names of tensors and layouts of blocks are those of ggml-org's package `gguf`; the order of
rows of queries and keys in the architecture "llama" is that of llama.cpp's convert_hf_to_gguf.py.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from egogpt.protocols.errors import short
from egogpt.weights.catalogue import human_bytes
from egogpt.weights.gguf import GgufError, GgufFile, open_gguf
from memory.types.paths import sha256_of

Progress = Callable[[int, int], None]
"""Hears how many bytes have been written, and of how many."""

Names = Mapping[str, tuple[str, tuple[int, ...]]]
"""Of each weight in `transformers`: its name in the file, and its shape."""
ARCHITECTURES = ("llama", "qwen2", "qwen3")
"""Those whose tensors are the same in both formats, but for their names and the order of rows."""
_FIELDS = {
    "context_length": "max_position_embeddings",
    "block_count": "num_hidden_layers",
    "feed_forward_length": "intermediate_size",
    "embedding_length": "hidden_size",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.layer_norm_rms_epsilon": "rms_norm_eps",
}
_ROTATED = "rope.dimension_count"
_SOURCE = "source.json"
_WEIGHTS = "model.safetensors"
_AT_ONCE = 1 << 21  # numbers that are dequantised together: more leave the processor's cache
_SPARE = 100_000_000


def converted(path: Path, sha256: str, cache: Path, on_progress: Progress | None = None) -> Path:
    """The folder with the weights of a GGUF file in bfloat16, converted now if it is not there.

    Args:
        path: The file.
        sha256: Of the file.
        cache: Where such folders lie; made if it is not there.
        on_progress: Told while it is converted.

    Raises:
        GgufError: The file is damaged, of another architecture, or there is no room for it.
    """
    folder = cache / f"{path.stem}-{sha256[:16]}"
    if _is_whole(folder, sha256):
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / f"{path.stem}.lock"):  # two processes take turns
            if not _is_whole(folder, sha256):
                _convert(open_gguf(path), sha256, folder, on_progress or _silent)
                _sweep(folder, path.stem)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "The disk is full" if full else f"It cannot be written ({error})"
        raise GgufError(
            f"The weights of {path.name} are converted once, to {cache}. {what}: free some space "
            "there, or set EGOBUTLER_WEIGHTS to a folder on another disk"
        ) from error
    return folder


def _convert(file: GgufFile, sha256: str, folder: Path, tell: Progress) -> None:
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
    try:
        config, names = _model(file)
        size = 2 * sum(math.prod(shape) for _, shape in names.values())
        _require_room(folder.parent, size)
        tell(0, size)
        config.save_pretrained(partial)
        _save_tokenizer(file, partial)
        written = _write(partial / _WEIGHTS, file, config, names, tell)
        if sha256_of(partial / _WEIGHTS) != written:
            raise GgufError(
                f"The weights of {file.path.name} were written to {folder.parent} and read back "
                "differently: look after that disk, or set EGOBUTLER_WEIGHTS to another one"
            )
        sizes = {made.name: made.stat().st_size for made in partial.iterdir()}
        (partial / _SOURCE).write_text(
            json.dumps({"sha256": sha256, "files": sizes, "weights_sha256": written}), "utf-8"
        )
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _is_whole(folder: Path, sha256: str) -> bool:
    """Whether the folder was made of that file, and its files still have their sizes."""
    try:
        about = json.loads((folder / _SOURCE).read_text("utf-8"))
        sizes = about["files"].items()
        return about["sha256"] == sha256 and all(
            (folder / name).stat().st_size == size for name, size in sizes
        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return False


def _sweep(keep: Path, stem: str) -> None:
    """Remove what was made of the file when it was another one."""
    others = (place for place in keep.parent.glob(f"{stem}-{'?' * 16}") if place != keep)
    for place in others:
        shutil.rmtree(place, ignore_errors=True)


def _model(file: GgufFile) -> tuple[Any, Names]:
    """The config, and by its name in `transformers` each weight's name in the file and shape."""
    import torch
    import transformers
    from gguf import MODEL_ARCH_NAMES, get_tensor_name_map

    architecture = file.metadata.get("general.architecture")
    if architecture not in ARCHITECTURES:
        raise GgufError(
            f"{file.path} is of the architecture {architecture!r}. Converted are "
            f"{', '.join(ARCHITECTURES)}; of another model give a folder of safetensors"
        )
    try:
        config = transformers.AutoConfig.for_model(architecture, **_described(file, architecture))
        with torch.device("meta"):
            automatic: Any = transformers.AutoModelForCausalLM
            model = automatic.from_config(config)
    except (KeyError, TypeError, ValueError) as error:
        raise GgufError(f"{file.path} does not describe its model ({short(error)})") from error
    config.architectures, config.dtype = [type(model).__name__], torch.bfloat16
    kind = next(kind for kind, name in MODEL_ARCH_NAMES.items() if name == architecture)
    known = get_tensor_name_map(kind, config.num_hidden_layers)
    names = {
        name: (str(known.get_name(name, (".weight", ".bias"))), tuple(weight.shape))
        for name, weight in model.state_dict().items()
        if not (config.tie_word_embeddings and name == "lm_head.weight")
    }
    _check(file, names)
    return config, names


def _described(file: GgufFile, architecture: str) -> dict[str, Any]:
    """What a config says, from the file's metadata. Raises KeyError where a number is not there."""
    own = f"{architecture}."
    about = {key.removeprefix(own): x for key, x in file.metadata.items() if key.startswith(own)}
    fields = {name: about[key] for key, name in _FIELDS.items()}
    if size := about.get("attention.key_length" if architecture == "qwen3" else _ROTATED):
        fields["head_dim"] = size
    rope = {"rope_type": "default", "rope_theta": about.get("rope.freq_base", 10_000.0)}
    if (scaling := about.get("rope.scaling.type", "none")) != "none":
        rope |= {"rope_type": scaling, "factor": about["rope.scaling.factor"]}
        if scaling == "yarn":
            trained = about["rope.scaling.original_context_length"]
            rope["original_max_position_embeddings"] = trained
    tokens = {f"{name}_token_id": file.metadata.get(f"tokenizer.ggml.{key}_token_id")
              for name, key in (("bos", "bos"), ("eos", "eos"), ("pad", "padding"))}  # fmt: skip
    return {
        **fields,
        **tokens,
        "rope_parameters": rope,
        "vocab_size": file.tensors["token_embd.weight"].shape[0],
        "tie_word_embeddings": "output.weight" not in file.tensors,
    }


def _check(file: GgufFile, names: Names) -> None:
    """Whether file and model have the same weights, in the same shapes."""
    expected, stored = dict(names.values()), {n: t.shape for n, t in file.tensors.items()}
    differing = sorted({name for name, _ in expected.items() ^ stored.items()})
    if differing:
        raise GgufError(
            f"{file.path} and its own description differ in {len(differing)} weights, such as "
            f"{differing[0]}: get the file anew, or give a folder of safetensors"
        )


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        raise OSError(errno.ENOSPC, f"{human_bytes(needed)} needed, {human_bytes(free)} free")


def _save_tokenizer(file: GgufFile, folder: Path) -> None:
    from transformers import PreTrainedTokenizerFast

    try:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(
            file.path.parent, gguf_file=file.path.name, local_files_only=True
        )
    except Exception:  # what is raised differs by kind; a model can be measured without
        return
    tokenizer.save_pretrained(folder)


def _write(
    path: Path,
    file: GgufFile,
    config: Any,
    names: Names,
    tell: Progress,
) -> str:
    """Write the weights one after the other; returns the SHA-256 of what was written."""
    import torch

    from kernels.persistence.safetensors_stream import laid_out

    head, entries, total = laid_out((n, torch.bfloat16, s) for n, (_, s) in names.items())
    digest = hashlib.sha256()
    with path.open("wb") as out:
        done = _put(out, digest, head)
        for name in entries:
            for rows in _dequantised(file, names[name][0], config):
                content = torch.from_numpy(rows).to(torch.bfloat16).view(torch.uint8)
                done += _put(out, digest, content.numpy().tobytes())
                tell(done - len(head), total - len(head))
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def _put(out: IO[bytes], digest: Any, content: bytes) -> int:
    digest.update(content)
    return out.write(content)


def _dequantised(file: GgufFile, name: str, config: Any) -> Iterator[NDArray[np.float32]]:
    """A tensor in float32, some rows at a time."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
    from gguf.quants import dequantize

    stored = file.tensors[name]
    try:
        kind = GGMLQuantizationType(stored.kind)
        block, size = GGML_QUANT_SIZES[kind]
        rows = file.rows(name, stored.shape[-1] // block * size)
        if config.model_type == "llama" and (".attn_q." in name or ".attn_k." in name):
            keys = ".attn_k." in name
            rows = _reordered(
                rows, config.num_key_value_heads if keys else config.num_attention_heads
            )
        step = max(1, _AT_ONCE // stored.shape[-1])
        for first in range(0, len(rows), step):
            yield dequantize(rows[first : first + step], kind).astype(np.float32)
    except (ValueError, KeyError, NotImplementedError) as error:
        raise GgufError(f"{file.path}: {name} cannot be dequantised ({error})") from error


def _reordered(rows: NDArray[np.uint8], heads: int) -> NDArray[np.uint8]:
    """From pairs that are rotated together side by side to the halves of each head."""
    return rows.reshape(heads, -1, 2, rows.shape[-1]).swapaxes(1, 2).reshape(rows.shape)


def _silent(done: int, total: int) -> None:
    """Progress for those who did not ask for it."""
