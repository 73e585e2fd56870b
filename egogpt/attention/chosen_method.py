"""The attention of a model's text decoder, as ``?attention=`` behind its name chooses it.

    attend_by(model, "recycled")                 # paged caches, so that choices are kept
    attend_by(model, "duo:share=0.25")           # with the heads that were studied of this model
    attend_by(model, "critic:keep=2048")         # the cache shrinks to what the question looks at

What a method needs comes with it: every cache that the model is given is put into pages, heads and
layers are those that `egobutler heads` found, gates those that `egobutler gates` distilled, and
`razor` and `critic` give memory back.
"""

from __future__ import annotations

from typing import Any

from egogpt.attention.block_gates import by_gates
from egogpt.attention.compressed_reading import compress_prompts
from egogpt.attention.default_attention import default_attention
from egogpt.attention.retrieval_heads import BY_STUDY, by_heads
from egogpt.runtime.decoder_layers import find_decoder, set_attention
from kernels.base.method import Method
from kernels.registry import METHODS, create, page_caches, parse, register

STOCK, DEFAULT, CRITIC, SEER = "sdpa", "default", "critic", "seer"


def attend_by(model: Any, spec: str) -> None:
    """Let the text decoder of a model attend by a method, for as long as the model lives.

    The encoders of pictures and sound attend fully, as before.

    Args:
        model: Any model of `transformers` with a text decoder, in eval mode.
        spec: "sdpa", which changes nothing; "NAME" or "NAME:option=number,…" of a method of
            `kernels`; "default", as long texts are read; "critic:keep=…"; or what `transformers`
            knows.

    Raises:
        HeadsUnknown: The method goes by what was not studied of this model yet.
        UnsupportedModel: The model's layers cannot be looked into.
        ValueError: An option is wrong, or nobody knows such an attention.
    """
    if spec == STOCK:
        return
    name, options = parse(spec)
    if name == CRITIC:
        compress_prompts(model, **options)
    elif name == DEFAULT or name in METHODS:
        _check_pictures(model, name)
        method = method_for(model, name, options)
        set_attention(model, find_decoder(model).config, register(method))
        page_caches(model, method)
    else:
        set_attention(model, find_decoder(model).config, spec)


def method_for(model: Any, name: str, options: dict[str, Any]) -> Method:
    """Build a method for a model, by what was studied of it where the method goes by that.

    Raises:
        HeadsUnknown: It was not.
        ValueError: An option is wrong.
    """
    if name == DEFAULT:
        return default_attention(model, **options)
    if name == SEER:
        return by_gates(model, **options)
    if name in BY_STUDY:
        return by_heads(model, name, **options)
    return create(name, **options)


def _check_pictures(model: Any, name: str) -> None:
    """Refuse gates where a picture's keys are turned by more than their place in the prompt."""
    rope = getattr(find_decoder(model).config, "rope_parameters", None) or {}
    if name == SEER and rope.get("mrope_section"):
        raise ValueError(
            "this model turns the keys of a picture by time, height and width at once, which "
            "gates cannot turn back. Choose spread or quest; long texts can be read by seer"
        )
