"""Files of tensors, opened so that nothing in them can run: safetensors, and PyTorch's pickles
read as data only.

Opening reads the header alone, so a damaged or foreign file is found before any memory is spent.
"""

from __future__ import annotations

import pickle
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from egogpt.protocols.errors import ModelDamaged, ModelMissing, listed
from egogpt.weights.shard_index import INDEX, promised


class TensorFile(ABC):
    """Named tensors in one file."""

    path: Path
    shapes: Mapping[str, tuple[int, ...]]

    @abstractmethod
    def opened(self) -> AbstractContextManager[Callable[[str], Tensor]]:
        """Within the block, what gives a tensor by its name: on the CPU, as it is stored."""


class SafetensorsFile(TensorFile):
    """A .safetensors file, mapped from the disk while it is open."""

    def __init__(self, path: Path) -> None:
        """Reads the header. Raises ModelMissing or ModelDamaged."""
        from safetensors import SafetensorError

        _require(path)
        self.path = path
        try:
            with self._handle() as handle:
                names = list(handle.keys())
                self.shapes = {name: tuple(handle.get_slice(name).get_shape()) for name in names}
        except (SafetensorError, OSError) as error:
            raise ModelDamaged(
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


class TorchFile(TensorFile):
    """A .pt file as OpenAI publishes Whisper: tensors below ``model_state_dict``, or bare.

    A pickle can carry a program. It is read with ``weights_only``, which knows tensors and plain
    containers and refuses everything else.
    """

    def __init__(self, path: Path) -> None:
        """Raises ModelMissing, or ModelDamaged also where it holds more than tensors."""
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
            content = torch.load(
                self.path,
                map_location="cpu",
                weights_only=True,
                mmap=zipfile.is_zipfile(self.path),  # only this layout can be mapped
            )
        except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
            raise ModelDamaged(
                f"{self.path} is damaged, or holds more than tensors and is refused "
                f"({str(error).splitlines()[0]}). Fetch it anew, or give the same weights as "
                ".safetensors."
            ) from error
        content = content.get("model_state_dict", content) if isinstance(content, dict) else {}
        tensors = {key: value for key, value in content.items() if isinstance(value, Tensor)}
        if not tensors:
            raise ModelDamaged(f"{self.path} holds no named tensors. Fetch it anew.")
        return tensors


def open_file(path: Path) -> TensorFile:
    """The file by its ending; raises ModelMissing or ModelDamaged."""
    return SafetensorsFile(path) if path.suffix == ".safetensors" else TorchFile(path)


def model_files(folder: Path) -> list[TensorFile]:
    """The model's own files in a folder, opened.

    Raises ModelMissing or ModelDamaged, also where a file lacks what the index promises.
    """
    files: list[TensorFile] = []
    for path, keys in promised(folder).items():
        files.append(SafetensorsFile(path))
        if lacking := sorted(set(keys) - set(files[-1].shapes)):
            raise ModelDamaged(
                f"{path} lacks {listed(lacking)}, which {INDEX} says it holds. Fetch both files "
                "anew."
            )
    return files


def _require(path: Path) -> None:
    if not path.is_file():
        raise ModelMissing(f"{path} is missing. Fetch this file of the checkpoint.")
