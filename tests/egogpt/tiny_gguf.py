"""A tiny random model of llama.cpp in a GGUF file."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

WIDTH, HIDDEN, HEADS, KEY_HEADS, LAYERS = 64, 96, 4, 2, 3


def write_tiny_gguf(
    path: Path, architecture: str = "qwen2", seed: int = 0
) -> dict[str, NDArray[np.float32]]:
    """Write the file, the larger half of each feed-forward layer in 8 bits; gives its tensors."""
    letters = [*(chr(33 + i) for i in range(94)), "ab", "<|end|>"]
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(256)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e4)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(letters)
    writer.add_token_types([1] * 95 + [3])
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(95)
    writer.add_bos_token_id(95)
    tensors: dict[str, NDArray[np.float32]] = {}

    def add(name: str, *shape: int) -> None:
        values = random.normal(0, 0.1, shape) if len(shape) > 1 else np.ones(shape)
        tensors[name] = values = values.astype(np.float32)
        if "ffn_up" in name:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, values)

    add("token_embd.weight", len(letters), WIDTH)
    if architecture != "llama":  # whose head is the embedding
        add("output.weight", len(letters), WIDTH)
    add("output_norm.weight", WIDTH)
    keys = WIDTH // HEADS * KEY_HEADS
    for i in range(LAYERS):
        for name, width in (("q", WIDTH), ("k", keys), ("v", keys)):
            add(f"blk.{i}.attn_{name}.weight", width, WIDTH)
            if architecture == "qwen2":
                add(f"blk.{i}.attn_{name}.bias", width)
        add(f"blk.{i}.attn_output.weight", WIDTH, WIDTH)
        add(f"blk.{i}.ffn_gate.weight", HIDDEN, WIDTH)
        add(f"blk.{i}.ffn_up.weight", HIDDEN, WIDTH)
        add(f"blk.{i}.ffn_down.weight", WIDTH, HIDDEN)
        add(f"blk.{i}.attn_norm.weight", WIDTH)
        add(f"blk.{i}.ffn_norm.weight", WIDTH)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tensors
