"""Loads EgoGPT from its files: every weight finds its one home, or nothing is loaded.

All names and shapes are compared before the first byte of a weight is read. Then the tensors go
one by one from the disk to where they stay, so no second copy of the model is ever in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from egogpt.egogpt_7b.config import SIGLIP, EgoGPTConfig, read_egogpt
from egogpt.egogpt_7b.key_map import IGNORED, shard_target, tower_target, whisper_target
from egogpt.egogpt_7b.memory_plan import Towers
from egogpt.egogpt_7b.model import EgoGPT
from egogpt.protocols.errors import ModelMissing, NotThatModel, listed
from egogpt.runtime.quantization import Quantiser, find_quantiser
from egogpt.weights.hub_cache import cached_beside
from egogpt.weights.tensor_files import TensorFile, model_files, open_file

_WHISPER = "openai/whisper-large-v3"
_WHISPER_FILE = "large-v3.pt"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where and how the model is kept: device, number type, bits of the language model's layers.

    ``tokens`` may be in work at once, all clips of a batch together; 0 for one full context.
    """

    device: str = "cpu"
    dtype: str = "float32"
    bits: int = 16
    towers: Towers = "resident"
    library: str | None = None  # of the two that quantise
    tokens: int = 0

    def of(self, target: str) -> torch.device:
        """Where the weight called ``target`` stays."""
        stays = self.towers == "resident" or target.startswith(("llm.", "image_newline"))
        return torch.device(self.device if stays else "cpu")


@dataclass(frozen=True, slots=True)
class WeightSource:
    """A weight in a file."""

    file: TensorFile
    key: str


def load_egogpt(
    folder: Path,
    home: Placement | None = None,
    *,
    root: Path | None = None,
) -> EgoGPT:
    """The model of a checkpoint's folder, ready to use.

    Args:
        folder: config.json and safetensors, in one or several files.
        home: Where it stands and in what form; float32 on the CPU by default.
        root: The folder of weights, where encoders are looked for that the checkpoint lacks.

    Raises:
        ModelMissing, ModelDamaged, NotThatModel: each says the file and what to do.
        CannotRun: 8 or 4 bits are asked for and no library is there for it.
    """
    home = home or Placement()
    config = read_egogpt(folder)
    quantise = find_quantiser(home.bits, home.library) if home.bits < 16 else None
    sources = find_weights(folder, config, root if root is not None else folder)
    with torch.device("meta"):
        model = EgoGPT(config)
    check_weights(model, sources, folder)
    _fill(model, sources, home, quantise)
    _restore_buffers(model)
    model.towers_in_turn = home.towers == "in turn"
    return model.eval()


def find_weights(folder: Path, config: EgoGPTConfig, root: Path) -> dict[str, WeightSource]:
    """Each of our weights' places in the files; the encoders' own files where shards lack them.

    Raises ModelMissing, ModelDamaged, or NotThatModel for unknown or double ones.
    """
    sources: dict[str, WeightSource] = {}
    for file in model_files(folder):
        _claim(sources, file, lambda key: shard_target(key, config))
    if not _any(sources, "speech_encoder."):
        _claim(sources, open_file(find_speech(folder, config, root)), whisper_target)
    if not _any(sources, "tower."):
        path = find_tower(folder, config, root)
        _claim(sources, open_file(path), lambda key: tower_target(key, config))
    return sources


def _any(targets: Iterable[str], part: str) -> bool:
    return any(target.startswith(part) for target in targets)


def _claim(
    sources: dict[str, WeightSource], file: TensorFile, target_of: Callable[[str], str | None]
) -> None:
    unknown: list[str] = []
    for key in file.shapes:
        target = target_of(key)
        if target is None:
            unknown.append(key)
        elif target in sources:
            other = sources[target]
            raise NotThatModel(
                f"{file.path} holds {key}, and {other.file.path} holds the same weight as "
                f"{other.key}. Remove the file that does not belong to the checkpoint."
            )
        elif target != IGNORED:
            sources[target] = WeightSource(file, key)
    if unknown:
        raise NotThatModel(
            f"{file.path} holds weights that EgoGPT has no place for: {listed(sorted(unknown))}. "
            "Check that the folder holds one checkpoint of EgoGPT, and only that."
        )


def check_weights(model: EgoGPT, sources: Mapping[str, WeightSource], folder: Path) -> None:
    """Raises NotThatModel unless each weight has a source of its shape, and none is over."""
    expected = {name: tuple(weight.shape) for name, weight in _weights(model).items()}
    if missing := sorted(set(expected) - set(sources)):
        raise NotThatModel(
            f"The files in {folder} lack weights that config.json asks for: {listed(missing)}. "
            "Fetch the checkpoint anew; a shard may be missing."
        )
    if over := sorted(set(sources) - set(expected)):
        source = sources[over[0]]
        raise NotThatModel(
            f"{source.file.path} holds weights that config.json knows nothing of: "
            f"{listed([sources[name].key for name in over])}. config.json and the shards are not "
            "of the same checkpoint: fetch both anew."
        )
    for name, shape in expected.items():
        source = sources[name]
        if (stored_shape := source.file.shapes[source.key]) != shape:
            raise NotThatModel(
                f"{source.file.path} holds {source.key} with the shape {list(stored_shape)}, but "
                f"config.json asks for {list(shape)}. They are not of the same checkpoint: fetch "
                "both anew."
            )


def _weights(model: EgoGPT) -> dict[str, nn.Parameter]:
    weights = dict(model.named_parameters(remove_duplicate=False))
    if model.settings.llm.tie_word_embeddings:
        del weights["llm.lm_head.weight"]  # the same as the words' embeddings
    return weights


def _fill(
    model: EgoGPT, sources: Mapping[str, WeightSource], home: Placement, quantise: Quantiser | None
) -> None:
    """Moves the tensors in, file by file; a layer is quantised once it is whole."""
    dtype: torch.dtype = getattr(torch, home.dtype)
    by_file: dict[int, list[str]] = {}
    for target in _weights(model):
        by_file.setdefault(id(sources[target].file), []).append(target)
    for targets in by_file.values():
        with sources[targets[0]].file.opened() as tensor_of:
            for target in targets:
                tensor = tensor_of(sources[target].key)
                layer = _layer_of(model, target) if quantise else None
                place = home.of(target) if layer is None else torch.device("cpu")
                _put(model, target, tensor.to(place, dtype))
                if quantise and layer is not None and _is_whole(layer):
                    quantise(layer, torch.device(home.device))
    model.llm.tie_weights()


def _put(model: nn.Module, target: str, tensor: Tensor) -> None:
    owner, _, name = target.rpartition(".")
    weight = nn.Parameter(tensor.contiguous(), requires_grad=False)
    setattr(model.get_submodule(owner), name, weight)


def _layer_of(model: EgoGPT, target: str) -> nn.Module | None:
    """The language model's layer that a weight is part of, if it is."""
    start = "llm.model.layers."
    if not target.startswith(start):
        return None
    return model.get_submodule(start + target.removeprefix(start).partition(".")[0])


def _is_whole(layer: nn.Module) -> bool:
    return not any(weight.is_meta for weight in layer.parameters())


def _restore_buffers(model: EgoGPT) -> None:
    """What is computed from the configuration and stored nowhere."""
    rotary = model.llm.model.rotary_emb
    model.llm.model.rotary_emb = type(rotary)(config=model.settings.llm).to(model.device)
    embeddings: Any = model.tower.get_submodule("embeddings")
    places = torch.arange(embeddings.num_positions, device=embeddings.patch_embedding.weight.device)
    embeddings.register_buffer("position_ids", places[None], persistent=False)
    empty = [name for name, value in _everything(model) if value.is_meta]
    if empty:
        raise NotThatModel(
            f"This release of transformers has parts that are filled from nowhere: {listed(empty)}."
        )


def _everything(model: nn.Module) -> list[tuple[str, Tensor]]:
    return [*model.named_parameters(), *model.named_buffers()]


def find_speech(folder: Path, config: EgoGPTConfig, root: Path) -> Path:
    """The file of Whisper's weights for a checkpoint whose shards lack them.

    Raises ModelMissing.
    """
    for path in _speech_places(folder, config, root):
        if path.is_file():
            return path
    raise ModelMissing(
        f"The shards in {folder} hold no speech encoder, and there is none beside them. Put "
        f"Whisper {_WHISPER_FILE} (or its model.safetensors) into {folder / 'speech_encoder'}."
    )


def _speech_places(folder: Path, config: EgoGPTConfig, root: Path) -> Iterator[Path]:
    beside = folder / "speech_encoder"
    if config.speech_place:
        # The published path is relative to whoever started the program; here, to the checkpoint.
        yield folder / config.speech_place
        yield beside / Path(config.speech_place).name
    yield folder / _WHISPER_FILE
    yield beside / _WHISPER_FILE
    yield from sorted(beside.glob("*.safetensors"))
    yield from sorted(beside.glob("*.pt"))
    yield root / "openai-whisper" / _WHISPER_FILE
    yield Path.home() / ".cache" / "whisper" / _WHISPER_FILE
    if cached := cached_beside(_WHISPER, "model.safetensors"):
        yield cached / "model.safetensors"


def find_tower(folder: Path, config: EgoGPTConfig, root: Path) -> Path:
    """The file of SigLIP's weights for a checkpoint whose shards lack them.

    Raises ModelMissing.
    """
    name = config.vision_place.rstrip("/").rpartition("/")[2]
    places = [
        folder / config.vision_place, folder / "vision_tower", folder / name, root / name,
        cached_beside(config.vision_place, "model.safetensors"),
    ]  # fmt: skip
    for place in places:
        if place is not None and (place / "model.safetensors").is_file():
            return place / "model.safetensors"
    raise ModelMissing(
        f"The shards in {folder} hold no vision tower, and there is none beside them. Put the "
        f"model.safetensors of {config.vision_place or SIGLIP} into {folder / 'vision_tower'}."
    )
