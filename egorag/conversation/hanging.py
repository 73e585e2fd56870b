"""Tell whether a question hangs on the one before it, as "why was the date moved" mostly does.

The weights beside this file are fitted by ``benchmarks/training/conversation/follow_ups.py`` over
one encoder's vectors of questions.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.text_embedder import Embedder
from egogpt.protocols.token_encoder import TokenEncoder
from egorag.answerability.judge import JUDGED

_log = logging.getLogger(__name__)
Hangs = Callable[[str], bool]
FITTED = "hanging.json"


def hanging(embedder: Embedder | None) -> Hangs | None:
    """What tells it with this embedder; None where the weights do not know its vectors."""
    known = isinstance(embedder, TokenEncoder) and embedder.encoder_name == JUDGED
    return partial(_hangs, embedder) if known and embedder else None


def _hangs(embedder: Embedder, words: str) -> bool:
    weights, bias = _weights()
    try:
        return float(embedder.embed_query(plain(words)) @ weights) + bias >= 0.0
    except Exception:  # whatever the libraries below raise: the words decide, as without it
        _log.warning("the encoder failed; words alone tell what a question hangs on", exc_info=True)
        return False


def plain(words: str) -> str:
    """The words as they are compared: how they are written tells nothing."""
    return words.lower()


@cache
def _weights() -> tuple[NDArray[np.float32], float]:
    """Of a question's vector (384,), and the bias, 0 at the threshold."""
    fitted = json.loads(files("egorag.conversation").joinpath(FITTED).read_text("utf-8"))
    return np.array(fitted["weights"], np.float32), fitted["bias"]
