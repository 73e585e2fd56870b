"""Tiny random GGUF models of real architectures, and an mmproj with encoders of pictures and sound.

The output writes letters, blanks, full stops, Yes and No only, so that what it says is text.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from tests.egogpt.tiny_words import END, PAD, START, WRITABLE

WIDTH, HIDDEN, HEADS, KEY_HEADS, LAYERS = 64, 96, 4, 2, 3
SEEING, PATCH, MELS, HEARD = 32, 14, 128, 1500
CONTEXT = 4096
SCALE = 0.4  # large, so that the little that is seen decides what is said
_MARKS = (
    PAD,
    START,
    END,
    *("<|vision_start|>", "<|vision_end|>", "<|vision_bos|>", "<|vision_eos|>"),
    *("<|audio_bos|>", "<|audio_eos|>", "<fake_token_around_image>", "<global-img>"),
)
_CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_Add = Callable[..., None]


def save(folder: Path, *, hears: bool = False) -> Path:
    """A model and its mmproj in a folder, named as their makers name them."""
    folder.mkdir(parents=True, exist_ok=True)
    write_model(folder / "Tiny-VL-Q4_K_M.gguf")
    write_mmproj(folder / "mmproj-Tiny-VL-f16.gguf", hears=hears)
    return folder


def write_model(path: Path, architecture: str = "qwen2vl") -> None:
    """A language model with a token for each byte; qwen2, llama, or the qwen2vl of Qwen2.5-VL."""
    writer, add = _file(path, architecture, seed=0)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    if architecture == "qwen2vl":
        writer.add_rope_dimension_sections([2, 3, 3, 0])
    words = _vocabulary(writer)
    add("token_embd.weight", len(words), WIDTH, scale=1.0)
    random = np.random.default_rng(2)
    writable = np.array([word in {*WRITABLE, "Ġ", "Yes", "No"} for word in words])
    output = random.normal(0, 0.3, (len(words), WIDTH)) * writable[:, None]
    yes, no = words.index("Yes"), words.index("No")
    output[no] = output[yes] + random.normal(0, 0.1, WIDTH)  # neither is far from the other
    writer.add_tensor("output.weight", output.astype(np.float32))
    add("output_norm.weight", WIDTH)
    keys = WIDTH // HEADS * KEY_HEADS
    for block in (f"blk.{number}" for number in range(LAYERS)):
        for name, width in (("q", WIDTH), ("k", keys), ("v", keys)):
            add(f"{block}.attn_{name}.weight", width, WIDTH)
            add(f"{block}.attn_{name}.bias", width)
        add(f"{block}.attn_output.weight", WIDTH, WIDTH)
        add(f"{block}.ffn_gate.weight", HIDDEN, WIDTH)
        add(f"{block}.ffn_up.weight", HIDDEN, WIDTH)
        add(f"{block}.ffn_down.weight", WIDTH, HIDDEN)
        add(f"{block}.attn_norm.weight", WIDTH)
        add(f"{block}.ffn_norm.weight", WIDTH)
    _finish(writer)


def write_mmproj(path: Path, *, width: int = WIDTH, hears: bool = False, sees: bool = True) -> None:
    """The encoders of Qwen2.5-VL, or with ``hears`` those of Qwen2.5-Omni."""
    writer, add = _file(path, "clip", seed=1)
    writer.add_bool("clip.has_vision_encoder", sees)
    writer.add_bool("clip.has_audio_encoder", hears)
    writer.add_bool("clip.use_silu", True)
    kind = "qwen2.5o" if hears else "qwen2.5vl_merger"
    writer.add_string("clip.vision.projector_type" if hears else "clip.projector_type", kind)
    _sizes(writer, "clip.vision", width)
    writer.add_uint32("clip.vision.image_size", 56)
    writer.add_uint32("clip.vision.patch_size", PATCH)
    writer.add_uint32("clip.vision.n_wa_pattern", 2)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    for name in ("v.patch_embd.weight", "v.patch_embd.weight.1"):
        add(name, SEEING, 3, PATCH, PATCH)
    _encoder(add, "v", gated=True)
    add("v.post_ln.weight", SEEING)
    for name, size in (("mm.0", 4 * SEEING), ("mm.2", width)):
        add(f"{name}.weight", size, 4 * SEEING)
        add(f"{name}.bias", size)
    if hears:
        _ears(writer, add, kind, width)
    _finish(writer)


def write_tiled_mmproj(path: Path) -> None:
    """The encoder of SmolVLM: tiles of 64 pixels and 16 tokens, of pictures made 256 large."""
    writer, add = _file(path, "clip", seed=1)
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_bool("clip.use_gelu", True)
    writer.add_string("clip.projector_type", "idefics3")
    _sizes(writer, "clip.vision", WIDTH)
    for key, value in (("image_size", 64), ("patch_size", 8), ("preproc_image_size", 256)):
        writer.add_uint32(f"clip.vision.{key}", value)
    writer.add_uint32("clip.vision.projector.scale_factor", 2)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    add("v.patch_embd.weight", SEEING, 3, 8, 8)
    add("v.patch_embd.bias", SEEING)
    add("v.position_embd.weight", 64, SEEING)
    _encoder(add, "v", gated=False)
    add("v.post_ln.weight", SEEING)
    add("v.post_ln.bias", SEEING)
    add("mm.model.fc.weight", WIDTH, 4 * SEEING)
    _finish(writer)


def _ears(writer: Any, add: _Add, kind: str, width: int) -> None:
    """The encoder of Whisper, as small."""
    writer.add_string("clip.audio.projector_type", kind)
    _sizes(writer, "clip.audio", width)
    writer.add_uint32("clip.audio.num_mel_bins", MELS)
    add("a.position_embd.weight", HEARD, SEEING)
    for number, channels in ((1, MELS), (2, SEEING)):
        add(f"a.conv1d.{number}.weight", SEEING, channels, 3)
        add(f"a.conv1d.{number}.bias", SEEING, 1)
    _encoder(add, "a", gated=False)
    for name, size in (("a.post_ln", SEEING), ("mm.a.fc", width)):
        add(f"{name}.weight", *((size, SEEING) if name == "mm.a.fc" else (size,)))
        add(f"{name}.bias", size)


def _encoder(add: _Add, letter: str, *, gated: bool) -> None:
    for block in (f"{letter}.blk.{number}" for number in range(2)):
        for name in ("q", "k", "v", "out"):
            add(f"{block}.attn_{name}.weight", SEEING, SEEING)
            if gated or name != "k":
                add(f"{block}.attn_{name}.bias", SEEING)
        for name in ("ln1", "ln2"):
            add(f"{block}.{name}.weight", SEEING)
            if not gated:
                add(f"{block}.{name}.bias", SEEING)
        for name in ("gate", "up") if gated else ("up",):
            add(f"{block}.ffn_{name}.weight", HIDDEN, SEEING)
            add(f"{block}.ffn_{name}.bias", HIDDEN)
        add(f"{block}.ffn_down.weight", SEEING, HIDDEN)
        add(f"{block}.ffn_down.bias", SEEING)


def _file(path: Path, architecture: str, seed: int) -> tuple[Any, _Add]:
    writer, random = gguf.GGUFWriter(path, architecture), np.random.default_rng(seed)

    def add(name: str, *shape: int, scale: float = SCALE) -> None:
        if name.endswith("bias"):
            values = np.zeros(shape)
        else:
            values = random.normal(0, scale, shape) if len(shape) > 1 else np.ones(shape)
        writer.add_tensor(name, values.astype(np.float32))

    return writer, add


def _vocabulary(writer: Any) -> list[str]:
    from tokenizers.pre_tokenizers import ByteLevel

    plain = [*sorted(ByteLevel.alphabet()), "Yes", "No", "ĊĊ"]
    words = [*plain, *_MARKS]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(words)
    writer.add_token_types([1] * len(plain) + [3] * len(_MARKS))
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(words.index(PAD))
    writer.add_eos_token_id(words.index(END))
    writer.add_chat_template(_CHAT)
    return words


def _sizes(writer: Any, part: str, width: int) -> None:
    writer.add_uint32(f"{part}.embedding_length", SEEING)
    writer.add_uint32(f"{part}.feed_forward_length", HIDDEN)
    writer.add_uint32(f"{part}.block_count", 2)
    writer.add_uint32(f"{part}.projection_dim", width)
    writer.add_uint32(f"{part}.attention.head_count", 2)
    writer.add_float32(f"{part}.attention.layer_norm_epsilon", 1e-6)


def _finish(writer: Any) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
