"""Opens LiteRT models; apart, since the runtime ships without types."""

from __future__ import annotations

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

    def set_tensor(self, index: int, value: Any) -> None:
        """Copy an input in."""
        ...

    def invoke(self) -> None:
        """Run the model."""
        ...

    def get_tensor(self, index: int) -> Any:
        """Copy an output out."""
        ...


def open_model(model: Path, threads: int) -> Interpreter:
    """An interpreter with its tensors allocated.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if not model.is_file():
        raise FileNotFoundError(f"the model file {model} is not there; run `egobutler models`")
    from ai_edge_litert.interpreter import Interpreter as LiteRt

    interpreter = LiteRt(model_path=str(model), num_threads=threads)
    interpreter.allocate_tensors()
    return cast(Interpreter, interpreter)
