"""Attention methods by name, and how a `transformers` model is made to use one.

    from kernels.registry import register, using
    register("window")                        # model.set_attn_implementation("window") now works
    with using(model, "window"): ...          # or for a while; afterwards all is as it was

Nothing is registered by importing; torch is loaded only when a method is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from kernels.plugins import Registry

if TYPE_CHECKING:
    from kernels.base.method import Method

METHODS = Registry(
    "attention",
    {
        "dense": "kernels.methods.dense:Dense",
        "window": "kernels.methods.streaming_window:Window",
        "quest": "kernels.methods.quest:Quest",
        "spread": "kernels.methods.mean_range:Spread",
        "duo": "kernels.methods.duo_attention:Duo",
        "razor": "kernels.methods.razor_attention:Razor",
        "hip": "kernels.methods.hip:Hip",
        "tokenselect": "kernels.methods.tokenselect:TokenSelect",
        "tidal": "kernels.methods.tidal_decode:Tidal",
        "recycled": "kernels.methods.recycled_attention:Recycled",
        "seer": "kernels.methods.seer:Seer",
        "hyper": "kernels.methods.hyper_attention:Hyper",
        "s2": "kernels.methods.s2_attention:S2",
    },
)
"""Name → "module:Class"; a new method is one file and one line here."""


class UnknownMethod(LookupError, ValueError):
    """No attention method has this name."""


class NameTaken(ValueError):
    """`transformers` already uses this name for an attention function that is not ours."""


def parse(spec: str) -> tuple[str, dict[str, Any]]:
    """Take "NAME" or "NAME:option=number,option=number" apart.

    Raises:
        ValueError: An option has no number.
    """
    name, _, behind = spec.partition(":")
    pairs = (pair.partition("=") for pair in behind.split(",") if pair)
    return name, {option: _number(spec, number) for option, _, number in pairs}


def _number(spec: str, text: str) -> int | float:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        raise ValueError(
            f"{spec!r}: {text!r} is no number; write NAME:option=number,option=number"
        ) from None


def create(name: str, **options: Any) -> Method:
    """Build a method by name.

    Raises:
        UnknownMethod: There is no such method.
        ValueError: An option is out of range.
        PluginError: The method is another distribution's and cannot be loaded.
    """
    if name not in METHODS:
        raise UnknownMethod(f"no attention method {name!r}; there are: {', '.join(METHODS)}")
    build = METHODS.load(name)
    known = [field.name for field in fields(build)] if is_dataclass(build) else [*options]
    if unknown := [option for option in options if option not in known]:
        raise ValueError(f"{name} has no option {unknown[0]!r}; it has: {', '.join(known)}")
    method: Method = build(**options)
    return method


def register(method: str | Method) -> str:
    """Make a method known to `transformers`, both its attention and its mask function.

    Returns:
        The name for `set_attn_implementation`: the method's name, with what differs from its
        defaults in brackets. The same configuration always has the same name.

    Raises:
        UnknownMethod: There is no such method.
        NameTaken: The name belongs to an attention function that is not ours.
    """
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    from kernels.engine.transformers_attention import Attention, key_mask

    method = create(method) if isinstance(method, str) else method
    present = ALL_ATTENTION_FUNCTIONS.get(method.label)
    if present is not None and not isinstance(present, Attention):
        raise NameTaken(f"transformers already has an attention function named {method.label!r}")
    AttentionInterface.register(method.label, Attention(method))
    AttentionMaskInterface.register(method.label, key_mask)
    return method.label


@contextmanager
def using(model: Any, method: str | Method) -> Iterator[Any]:
    """Let a `transformers` model attend by a method inside the block; restore it after.

    Encoders inside the model keep attending fully: only causal attention follows the method. A
    cache that the model is given, or that `generate` makes, becomes a paged one, which is not
    copied with each token; with `set_attn_implementation` alone the stock cache is used.

    Raises:
        UnknownMethod: There is no such method.
    """
    before = _implementations(model.config)
    model.set_attn_implementation(register(method))
    end = page_caches(model)
    try:
        yield model
    finally:
        end()
        model.set_attn_implementation(before)


def page_caches(model: Any, method: Method | None = None) -> Callable[[], None]:
    """Put pages into every cache that a `transformers` model is given from now on.

    Methods keep there what they remember from token to token. Caches that are to be trained
    through are left as they are.

    Args:
        model: The model whose forward is given caches.
        method: One that lets keys go for good (`razor`) gets a cache that gives their memory back,
            for prompts of one row without padding.

    Returns:
        What ends it.
    """
    hook = model.register_forward_pre_hook(partial(_adopt_cache, method), with_kwargs=True)
    end: Callable[[], None] = hook.remove
    return end


def _adopt_cache(
    method: Method | None, model: Any, positional: tuple[Any, ...], options: dict[str, Any]
) -> None:
    """Before each forward: page the cache that it was given, unless it is to be trained through."""
    import torch

    from kernels.cache.paged_cache import adopt
    from kernels.engine.razor_cache import adopt as adopt_razor
    from kernels.methods.razor_attention import Razor

    for name in ("cache", "past_key_values"):
        if options.get(name) is not None and not torch.is_grad_enabled():
            if isinstance(method, Razor) and _is_one_row(options):
                adopt_razor(options[name], method)
            adopt(options[name])


def _is_one_row(options: dict[str, Any]) -> bool:
    """Whether a forward reads a single row without padding."""
    import torch

    tensors = [options.get(name) for name in ("attention_mask", "input_ids", "inputs_embeds")]
    mask, *inputs = tensors
    if isinstance(mask, torch.Tensor) and (mask.dim() != 2 or not bool(mask.all())):
        return False
    return all(x.shape[0] == 1 for x in (mask, *inputs) if isinstance(x, torch.Tensor))


def _implementations(config: Any) -> dict[str, Any]:
    """What each part of a model attends with now, as `set_attn_implementation` takes it."""
    parts = {name: getattr(config, name, None) for name in config.sub_configs}
    inner = {name: _implementations(part) for name, part in parts.items() if part is not None}
    return {"": config._attn_implementation, **inner}
