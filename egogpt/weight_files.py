"""Files of tensors, opened so that nothing in them can run: safetensors, and PyTorch's pickles
read as data only.

Opening reads the header alone, so a damaged or foreign file is found before any memory is spent.
"""

from __future__ import annotations

import json
import pickle
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from egogpt.checkpoint_errors import CheckpointDamaged, CheckpointMissing, listed

INDEX = "model.safetensors.index.json"


class WeightFile(ABC):
    """Named tensors in one file."""

    path: Path
    shapes: Mapping[str, tuple[int, ...]]

    @abstractmethod
    def opened(self) -> AbstractContextManager[Callable[[str], Tensor]]:
        """Within the block, what gives a tensor by its name: on the CPU, as it is stored."""


class SafetensorsFile(WeightFile):
    """A .safetensors file, mapped from the disk while it is open."""

    def __init__(self, path: Path) -> None:
        """Reads the header. Raises CheckpointMissing or CheckpointDamaged."""
        from safetensors import SafetensorError

        _require(path)
        self.path = path
        try:
            with self._handle() as handle:
                names = list(handle.keys())
                self.shapes = {name: tuple(handle.get_slice(name).get_shape()) for name in names}
        except (SafetensorError, OSError) as error:
            raise CheckpointDamaged(
                f"{path} is cut short or damaged ({error}). Fetch this file anew."
            ) from error

    @contextmanager
    def opened(self) -> Iterator[Callable[[str], Tensor]]:
        """As the base says."""
        with self._handle() as handle:
            yield handle.get_tensor

    def _handle(self) -> Any:
        from safetensors import safe_open

        return safe_open(str(self.path), framework="pt", device="cpu")


class TorchFile(WeightFile):
    """A .pt file as OpenAI publishes Whisper: tensors below ``model_state_dict``, or bare.

    A pickle can carry a program. It is read with ``weights_only``, which knows tensors and plain
    containers and refuses everything else.
    """

    def __init__(self, path: Path) -> None:
        """Raises CheckpointMissing, or CheckpointDamaged also where it holds more than tensors."""
        _require(path)
        self.path = path
        self._tensors = self._read()
        self.shapes = {key: tuple(tensor.shape) for key, tensor in self._tensors.items()}

    @contextmanager
    def opened(self) -> Iterator[Callable[[str], Tensor]]:
        """As the base says."""
        yield self._tensors.__getitem__

    def _read(self) -> dict[str, Tensor]:
        try:
            held = torch.load(
                self.path,
                map_location="cpu",
                weights_only=True,
                mmap=zipfile.is_zipfile(self.path),  # only this layout can be mapped
            )
        except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
            raise CheckpointDamaged(
                f"{self.path} is damaged, or holds more than tensors and is refused "
                f"({str(error).splitlines()[0]}). Fetch it anew, or give the same weights as "
                ".safetensors."
            ) from error
        held = held.get("model_state_dict", held) if isinstance(held, dict) else {}
        tensors = {key: value for key, value in held.items() if isinstance(value, Tensor)}
        if not tensors:
            raise CheckpointDamaged(f"{self.path} holds no named tensors. Fetch it anew.")
        return tensors


def open_file(path: Path) -> WeightFile:
    """The file by its ending; raises CheckpointMissing or CheckpointDamaged."""
    return SafetensorsFile(path) if path.suffix == ".safetensors" else TorchFile(path)


def model_files(folder: Path) -> list[WeightFile]:
    """The model's own files in a folder: those that its index names, or all of them without one.

    Raises CheckpointMissing or CheckpointDamaged, also where a file lacks what the index promises.
    """
    index = folder / INDEX
    if index.is_file():
        return _indexed(folder, index)
    paths = sorted(folder.glob("*.safetensors"))
    if not paths:
        old = any(folder.glob("pytorch_model*.bin"))
        raise CheckpointMissing(
            f"There are no .safetensors files in {folder}"
            + (", only the older pytorch_model .bin, which is not read." if old else ".")
            + " Fetch the checkpoint's safetensors."
        )
    return [SafetensorsFile(path) for path in paths]


def _indexed(folder: Path, index: Path) -> list[WeightFile]:
    try:
        homes = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        promised: dict[str, list[str]] = {}
        for key, name in homes.items():
            promised.setdefault(str(name), []).append(str(key))
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise CheckpointDamaged(f"{index} is not a readable index. Fetch it anew.") from error
    files: list[WeightFile] = []
    for name, keys in sorted(promised.items()):
        if Path(name).name != name:
            raise CheckpointDamaged(f"{index} names {name!r}, which is not a file beside it.")
        files.append(SafetensorsFile(folder / name))
        if lacking := sorted(set(keys) - set(files[-1].shapes)):
            raise CheckpointDamaged(
                f"{folder / name} lacks {listed(lacking)}, which {index.name} says it holds. "
                "Fetch both files anew."
            )
    return files


def _require(path: Path) -> None:
    if not path.is_file():
        raise CheckpointMissing(f"{path} is missing. Fetch this file of the checkpoint.")
