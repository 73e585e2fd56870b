"""What the hub on this machine offers: one tiny checkpoint of each kind, by its official name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from unittest.mock import patch

from tests.egogpt import (
    picture_models,
    planted_sinks,
    tiny_gguf_vl,
    tiny_long,
    tiny_models,
    tiny_whisper,
    tiny_words,
)
from tests.egogpt.hub.server import LoopbackHub, Maker

SEEING: Mapping[str, str] = {
    "egogpt:lmms-lab/EgoGPT-7b-EgoIT-EgoLife": "egogpt",
    "qwen-vl:Qwen/Qwen2.5-VL-3B-Instruct": "qwen2.5-vl",
    "qwen-vl:Qwen/Qwen3-VL-2B-Instruct": "qwen3-vl",
    "qwen-omni:Qwen/Qwen2.5-Omni-3B": "qwen2.5-omni",
    "llava-onevision:llava-hf/llava-onevision-qwen2-0.5b-ov-hf": "llava-onevision",
    "smolvlm:HuggingFaceTB/SmolVLM2-500M-Video-Instruct": "smolvlm",
}
"""Names of models that see, as a person writes them, and of the tiny ones in their place."""
PICTURES: Mapping[str, Maker] = {
    "open_clip:laion/CLIP-ViT-B-32-laion2B-s34B-b79K": picture_models.clip_folder,
    "siglip2:google/siglip2-base-patch16-224": picture_models.siglip_folder,
}
"""Image–text embedders, and what makes a tiny one."""
# Further repositories, such as pairs of GGUF files, are a line each: a name and what writes them.
OTHERS: Mapping[str, Maker] = {
    "Systran/faster-whisper-small": tiny_whisper.save,
    "Qwen/Qwen3-0.6B": tiny_long.save_qwen3,
    "ggml-org/SmolVLM2-500M-Video-Instruct-GGUF": tiny_gguf_vl.save,
}


def shelf(folder: Path) -> LoopbackHub:
    """A hub with all of them; each is made in ``folder`` when it is first asked for."""
    hub = LoopbackHub(folder)
    for name, which in SEEING.items():
        hub.offer(name.partition(":")[2], partial(_seeing, which))
    for name, make in PICTURES.items():
        hub.offer(name.partition(":")[2], make)
    for name, make in OTHERS.items():
        hub.offer(name, make)
    return hub


def _seeing(which: str, folder: Path) -> None:
    # Attention is corrected behind the second layer, and whole films fit as into a real model.
    with patch.multiple(tiny_words, LAYERS=4, CONTEXT=32768):
        tiny_models.save(which, folder)
    if which.startswith("qwen"):
        planted_sinks.plant_sinks(folder)
    if which.endswith("omni"):
        tiny_models.add_talker(folder)
