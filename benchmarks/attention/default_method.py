"""The default attention at any geometry, where no model is there whose heads could be found."""

from __future__ import annotations

from egogpt.attention.default_attention import DENSE_BELOW, half_far
from kernels.base.method import Method
from kernels.methods.duo_attention import Duo

DEFAULT = "default"


def default_for(kv_heads: int, layers: int = 1) -> Duo:
    """Half of the key heads look through everything, as in `egogpt.attention.default_attention`.

    Which heads those are changes nothing of what it costs; with an odd number of heads every
    second layer has one more.
    """
    heads = tuple(tuple(range((kv_heads + layer % 2) // 2)) for layer in range(layers))
    return half_far(heads, dense_below=DENSE_BELOW)


def shown(method: Method) -> str:
    """A method's name with its options, heads only counted."""
    if not isinstance(method, Duo):
        return method.label
    inside = "dense" if method.within is None else method.within.label
    return f"duo({sum(map(len, method.heads))} heads by {inside})"
