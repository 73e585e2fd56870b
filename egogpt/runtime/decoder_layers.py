"""The text decoder inside any `transformers` model: its layers, their attention, its config."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


class UnsupportedModel(ValueError):
    """The model's layers are not built in a way that this can look into."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a decoder.

    Attributes:
        index: Its place, from 0.
        block: The layer; its first input is the residual stream, [B, T, D].
        attention: Its attention, None where that does not see the whole context (a sliding
            window, a linear form): positions there are not those of the prompt.
    """

    index: int
    block: nn.Module
    attention: nn.Module | None


@dataclass(frozen=True, slots=True)
class TextDecoder:
    """The layers of a model's text decoder, and the config that they read."""

    layers: tuple[Layer, ...]
    config: Any

    @property
    def heads(self) -> int:
        """Query heads of a layer."""
        return int(self.config.num_attention_heads)


def find_decoder(model: Any) -> TextDecoder:
    """Find the text decoder.

    Raises:
        UnsupportedModel: It has none whose layers can be told apart.
    """
    module = model.get_decoder()
    blocks = getattr(module, "layers", None)
    if not isinstance(blocks, nn.ModuleList) or not len(blocks):
        raise UnsupportedModel(
            f"{type(model).__name__} has no text decoder with a list of layers; models like "
            "Qwen2, Llama, Mistral and what is built on them are understood"
        )
    layers = tuple(Layer(i, block, _whole_attention(block)) for i, block in enumerate(blocks))
    if not any(layer.attention is not None for layer in layers):
        raise UnsupportedModel(
            f"no layer of {type(model).__name__} attends to its whole context through "
            "transformers' attention interface"
        )
    return TextDecoder(layers, module.config)


def watch(layer: Layer, see: Callable[[Tensor], None]) -> Callable[[], None]:
    """Call ``see`` with a layer's residual stream [B, T, D] before each pass; returns the end."""

    def hook(module: nn.Module, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
        stream = positional[0] if positional else named["hidden_states"]
        if stream.dim() != 3:
            raise UnsupportedModel(
                f"{type(module).__name__} keeps {stream.dim()}-D states (several streams at "
                "once); sinks cannot be told from them"
            )
        see(stream)

    return layer.block.register_forward_pre_hook(hook, with_kwargs=True).remove


@contextmanager
def attending(model: Any, config: Any, name: str) -> Iterator[None]:
    """Let the part of a model that reads ``config`` attend by ``name``; restore it after."""
    before = _implementations(model.config)
    set_attention(model, config, name)
    try:
        yield
    finally:
        model.set_attn_implementation(before)


def set_attention(model: Any, config: Any, name: str) -> None:
    """Let the part of a model that reads ``config`` attend by ``name`` from now on.

    Raises:
        ValueError: `transformers` knows no such attention.
    """
    model.set_attn_implementation(_implementations(model.config, config, name))


def _whole_attention(block: nn.Module) -> nn.Module | None:
    for child in block.children():
        if getattr(child, "layer_idx", None) is not None and hasattr(child, "is_causal"):
            return None if getattr(child, "sliding_window", None) is not None else child
    return None


def _implementations(config: Any, target: Any = None, name: str = "") -> Mapping[str, Any]:
    """What each part attends with, as `set_attn_implementation` takes it; one part changed."""
    parts = {key: getattr(config, key, None) for key in config.sub_configs}
    inner = {
        key: _implementations(part, target, name) for key, part in parts.items() if part is not None
    }
    return {"": name if config is target else config._attn_implementation, **inner}
