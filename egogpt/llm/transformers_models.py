"""Language models from this disk for `transformers`: a folder of safetensors, or a GGUF file.

Nothing is fetched, nothing is unpickled and no code that lies beside the weights is run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from egogpt.llm.gguf_conversion import Progress, converted
from egogpt.protocols.chat import ChatError
from egogpt.protocols.model_names import CHATS, ParsedModelName
from egogpt.runtime.devices import device_to_load_on
from egogpt.weights.gguf import GgufError
from egogpt.weights.hub_cache import READER, find, is_hub_name
from egogpt.weights.store import WeightStore
from kernels.positions.options import Positions, UnknownPositions
from memory.types.paths import sha256_of

_PARTS = {
    "Qwen2_5OmniModel": "Qwen2_5OmniThinkerForConditionalGeneration",
    "Qwen2_5OmniForConditionalGeneration": "Qwen2_5OmniThinkerForConditionalGeneration",
    "Qwen3OmniMoeForConditionalGeneration": "Qwen3OmniMoeThinkerForConditionalGeneration",
}
"""Models that also speak: the part of them that reads and writes text."""
_SMALL = 4_000_000_000  # bytes up to which weights are computed with in float32
_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt")
CONVERTED = "converted"
"""The folder beside bundled weights that holds what was made of GGUF files."""


class LocalModelError(ValueError):
    """A model that cannot be loaded; the text says which file, why, and what to do."""


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model in eval mode, attending by SDPA, and its tokenizer where there is one.

    ``longest`` is how many tokens it reads; None where its config does not say, and its positions
    were left as they are.
    """

    model: Any
    tokenizer: Any | None
    longest: int | None = None


def load_local_model(
    name: str,
    weights: WeightStore,
    positions: str = "native",
    on_conversion: Progress | None = None,
    bits: int = 0,
    device: str = "cpu",
) -> LocalModel:
    """Load a model by the path of a folder or a GGUF file, or by the name of a bundled chat model.

    A name of the hub is one too, where the hub's cache on this computer has it.

    Args:
        name: The path or the name.
        weights: Where bundled models lie.
        positions: How it numbers tokens, as ``kernels.positions.options`` names it: "yarn:4" reads
            four times as many as it was trained on.
        on_conversion: Hears how far the weights of a GGUF file are converted, in bytes, where
            that was not done before (`egogpt.llm.gguf_conversion`).
        bits: Of a weight: 16, 8 or 4; by default 32 for small models on a processor, else 16.
        device: Where it runs; empty for the GPU, if there is one.

    Raises:
        LocalModelError: See there.
        WeightError: The bundled model is not there; the text has the command that fetches it.
        CannotRun: The weights cannot be had in so few bits here.
    """
    chosen = _positions(positions)
    folder, small = _folder(name, weights, on_conversion)
    local_model = _from_folder(folder, bits or small, device_to_load_on(device))
    if chosen == Positions():
        text = local_model.model.config.get_text_config(decoder=True)
        return replace(local_model, longest=getattr(text, "max_position_embeddings", None))
    from kernels.positions.rope_rotation import NoRotation
    from kernels.positions.rope_scaling import reposition

    try:
        return replace(local_model, longest=reposition(local_model.model, chosen).longest)
    except NoRotation as error:
        raise LocalModelError(f"{name}: {error}") from error


def _positions(text: str) -> Positions:
    try:
        return Positions.parse(text)
    except UnknownPositions as error:
        raise LocalModelError(str(error)) from error


def _folder(name: str, weights: WeightStore, on_conversion: Progress | None) -> tuple[Path, int]:
    """The folder with the safetensors of a model, and the bits that suit it; 0 for any."""
    path = Path(name).expanduser()
    if path.is_dir():
        return path, 0
    if path.is_file():
        return _converted(path, sha256_of(path), weights, on_conversion), 16
    if name in CHATS:
        sha256 = weights.catalogue.file(name).sha256
        return _converted(weights.path(name), sha256, weights, on_conversion), 16
    if is_hub_name(name):
        return _cached(name), 0
    raise LocalModelError(
        f"{name} is neither a folder with a model, nor a .gguf file, nor one of "
        f"{', '.join(CHATS)}. Models are not fetched: give a folder that holds config.json and "
        ".safetensors files"
    )


def _cached(name: str) -> Path:
    try:
        return find(ParsedModelName(READER, name))
    except ChatError as error:
        raise LocalModelError(str(error)) from error


def _converted(
    path: Path, sha256: str, weights: WeightStore, on_conversion: Progress | None
) -> Path:
    try:
        return converted(path, sha256, weights.root / CONVERTED, on_conversion)
    except GgufError as error:
        raise LocalModelError(str(error)) from error


def _from_folder(path: Path, bits: int, device: str) -> LocalModel:
    import transformers

    architecture = _architecture(path)
    model_class = getattr(transformers, _PARTS.get(architecture, architecture), None)
    if model_class is None:
        raise LocalModelError(
            f"{path / 'config.json'} names the architecture {architecture!r}, which transformers "
            f"{transformers.__version__} does not have; a newer transformers may"
        )
    files = sorted(path.glob("*.safetensors"))
    if not files:
        raise LocalModelError(
            f"{path} holds no .safetensors file; other formats can run code and are not read. "
            "Convert the weights with model.save_pretrained(…)"
        )
    if bits in (4, 8):
        from egogpt.runtime.quantization import for_transformers

        how = {"dtype": "bfloat16", **for_transformers(bits, device, ("lm_head",))}
        return LocalModel(_load(path, model_class, **how), _tokenizer(path))
    small = device == "cpu" and sum(file.stat().st_size for file in files) <= _SMALL
    dtype = "bfloat16" if bits == 16 or device != "cpu" else "float32" if small else "auto"
    return LocalModel(_load(path, model_class, dtype=dtype).to(device), _tokenizer(path))


def _load(path: Path, kind: Any, **how: Any) -> Any:
    import transformers

    quiet: Any = transformers.logging
    quiet.disable_progress_bar()
    try:
        model = kind.from_pretrained(
            path, local_files_only=True, attn_implementation="sdpa", use_safetensors=True, **how
        )
    except Exception as error:
        # The library raises whatever its parts raise, down to those of its file formats.
        raise LocalModelError(
            f"{path} could not be loaded: {_first_line(error)}. Check "
            "that all its files are there and whole"
        ) from error
    return model.eval()


def _tokenizer(path: Path) -> Any | None:
    from transformers import AutoTokenizer

    # From a folder without these files, some classes make a tokenizer that knows no word.
    if not any((path / name).exists() for name in _TOKENIZERS):
        return None
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    except Exception:
        # What is raised differs by class; a model can be measured without.
        return None
    return tokenizer if tokenizer("words").input_ids else None


def _architecture(path: Path) -> str:
    file = path / "config.json"
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
        return str(read["architectures"][0])
    except FileNotFoundError:
        raise LocalModelError(f"{path} is no model: it holds no config.json") from None
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise LocalModelError(
            f"{file} does not say what model it describes ({_first_line(error)}); it must be a "
            'JSON object with "architectures"'
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
