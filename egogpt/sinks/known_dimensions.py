"""Sink dimensions of base language models that others have measured, and who says so.

A model that was tuned or extended from one of these bases has the same dimensions: EgoGPT and
LLaVA-OneVision-7B are Qwen2-7B. What is "unverified" was read in public repositories and has not
been repeated here; `find_sink_dimensions` measures it on the model itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_CODE = "code released with the VAR paper"
_WRITTEN = "an account of the VAR paper"
_PUBLIC = "public repositories, unverified"
_MASSIVE = "Sun et al. 2024, unverified"


@dataclass(frozen=True, slots=True)
class Known:
    """Dimensions of one base model.

    Attributes:
        model: Its name.
        families: `model_type` of text configs that are built on it.
        shape: Its hidden size and number of layers.
        vocabularies: Least and most tokens; they tell bases of equal shape apart.
        dimensions: Of the residual stream.
        source: Who says so.
    """

    model: str
    families: tuple[str, ...]
    shape: tuple[int, int]
    vocabularies: tuple[int, int]
    dimensions: tuple[int, ...]
    source: str


_QWEN2 = ("qwen2", "qwen2_vl_text", "qwen2_vl")
_QWEN25 = ("qwen2_5_vl_text", "qwen2_5_vl", "qwen2_5_omni_text")
_QWEN3 = ("qwen3_vl_text", "qwen3_vl")
_ANY = (0, 1 << 30)
KNOWN: tuple[Known, ...] = (
    Known("Llama-2-7B", ("llama",), (4096, 32), (32_000, 32_100), (1415, 2533), _CODE),
    Known("Llama-2-13B", ("llama",), (5120, 40), (32_000, 32_100), (2100, 4743), _CODE),
    Known("Qwen2-7B", _QWEN2, (3584, 28), _ANY, (458, 2570), _WRITTEN),
    Known("InternLM2-7B", ("internlm2",), (4096, 32), _ANY, (3584,), _WRITTEN),
    Known("Qwen2.5-7B", _QWEN25, (3584, 28), _ANY, (458, 2570), _PUBLIC),
    Known("Qwen2.5-3B", _QWEN25, (2048, 36), _ANY, (318, 1819, 1874), _PUBLIC),
    Known("Qwen2.5-32B", _QWEN25, (5120, 64), _ANY, (3094, 4675), _PUBLIC),
    Known(
        "Qwen2-VL-2B", ("qwen2_vl_text", "qwen2_vl"), (1536, 28), _ANY, (534, 940, 1073), _PUBLIC
    ),
    Known("Qwen3-VL-2B", _QWEN3, (2048, 28), _ANY, (1401, 1793, 1999), _PUBLIC),
    Known("Qwen3-VL-4B", _QWEN3, (2560, 36), _ANY, (0,), _PUBLIC),
    Known("Qwen3-VL-8B", _QWEN3, (4096, 36), _ANY, (1838,), _PUBLIC),
    Known("Mistral-7B", ("mistral",), (4096, 32), (32_000, 33_000), (2070,), _MASSIVE),
    Known("Llama-3-8B", ("llama",), (4096, 32), (128_000, 129_000), (788, 1384, 4062), _MASSIVE),
)


def known_dimensions(config: Any) -> Known | None:
    """The entry of a text decoder's base model; None where it has none."""
    shape = (getattr(config, "hidden_size", 0), getattr(config, "num_hidden_layers", 0))
    for entry in KNOWN:
        least, most = entry.vocabularies
        same = config.model_type in entry.families and shape == entry.shape
        if same and least <= config.vocab_size <= most:
            return entry
    return None
