"""Attention methods by name, and how a `transformers` model is made to use one.

    from kernels.registry import register, using
    register("window")                        # model.set_attn_implementation("window") now works
    with using(model, "window"): ...          # or for a while; afterwards all is as it was

Nothing is registered by importing; torch is loaded only when a method is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
        "hyper": "kernels.methods.hyper_attention:Hyper",
        "s2": "kernels.methods.s2_attention:S2",
    },
)
"""Name → "module:Class"; a new method is one file and one line here."""


class UnknownMethod(LookupError):
    """No attention method has this name."""


class NameTaken(ValueError):
    """`transformers` already uses this name for an attention function that is not ours."""


def create(name: str, **options: Any) -> Method:
    """Build a method by name.

    Raises:
        UnknownMethod: There is no such method.
        ValueError: An option is out of range.
        PluginError: The method is another distribution's and cannot be loaded.
    """
    if name not in METHODS:
        raise UnknownMethod(f"no attention method {name!r}; there are: {', '.join(METHODS)}")
    method: Method = METHODS.load(name)(**options)
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
    hook = model.register_forward_pre_hook(_adopt_cache, with_kwargs=True)
    try:
        yield model
    finally:
        hook.remove()
        model.set_attn_implementation(before)


def _adopt_cache(model: Any, positional: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Before each forward: page the cache that it was given, unless it is to be trained through."""
    import torch

    from kernels.cache.paged_cache import adopt

    for name in ("cache", "past_key_values"):
        if options.get(name) is not None and not torch.is_grad_enabled():
            adopt(options[name])


def _implementations(config: Any) -> dict[str, Any]:
    """What each part of a model attends with now, as `set_attn_implementation` takes it."""
    parts = {name: getattr(config, name, None) for name in config.sub_configs}
    inner = {name: _implementations(part) for name, part in parts.items() if part is not None}
    return {"": config._attn_implementation, **inner}
