"""Opens LiteRT models; apart, since the runtime ships without types."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Protocol, cast


class Interpreter(Protocol):
    """The part of LiteRT's interpreter that we use."""

    def get_input_details(self) -> list[dict[str, Any]]:
        """Index, shape, type and quantization of each input."""
        ...

    def get_output_details(self) -> list[dict[str, Any]]:
        """The same of each output."""
        ...

    def get_tensor_details(self) -> list[dict[str, Any]]:
        """The same of all tensors, by name."""
        ...

    def set_tensor(self, index: int, value: Any) -> None:
        """Copy an input in."""
        ...

    def invoke(self) -> None:
        """Run the model."""
        ...

    def get_tensor(self, index: int) -> Any:
        """Copy an output out, or what is inside of the model where all of it is kept."""
        ...


def open_model(model: Path, threads: int, keep_all: bool = False) -> Interpreter:
    """An interpreter with its tensors allocated; ``keep_all`` lets those inside be read, too.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if not model.is_file():
        raise FileNotFoundError(f"the model file {model} is not there; run `egobutler models`")
    from ai_edge_litert.interpreter import Interpreter as LiteRt

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that keeping all takes memory
        interpreter = LiteRt(
            model_path=str(model), num_threads=threads, experimental_preserve_all_tensors=keep_all
        )
    interpreter.allocate_tensors()
    return cast(Interpreter, interpreter)
