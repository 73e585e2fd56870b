"""EgoGPT computed from its description alone, on weights by their original names.

Plain functions of torch: nothing here is shared with what is tested, neither modules nor names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from memory.types.core import Frame, Sound

Weights = Mapping[str, Tensor]


def linear(x: Tensor, weights: Weights, name: str) -> Tensor:
    return functional.linear(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))


def norm(x: Tensor, weights: Weights, name: str, eps: float) -> Tensor:
    return functional.layer_norm(
        x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], eps
    )


def attention(query: Tensor, key: Tensor, value: Tensor, heads: int, *, causal: bool) -> Tensor:
    """[N, heads · d] each, the keys and values already repeated for grouped heads."""
    length, width = query.shape
    query, key, value = (x.view(length, heads, -1).transpose(0, 1) for x in (query, key, value))
    scores = query @ key.transpose(1, 2) / math.sqrt(width // heads)
    if causal:
        scores = scores + torch.full((length, length), -math.inf).triu(1)
    return (scores.softmax(-1) @ value).transpose(0, 1).reshape(length, width)


def squashed(frames: tuple[Frame, ...], side: int) -> Tensor:
    pictures = [Image.fromarray(one.image).resize((side, side), Image.BICUBIC) for one in frames]
    scaled = torch.tensor(np.stack([np.asarray(one) for one in pictures])).float() / 255
    return ((scaled - 0.5) / 0.5).permute(0, 3, 1, 2)


def tower(picture: Tensor, weights: Weights, config: Mapping[str, Any]) -> Tensor:
    """One picture [3, S, S] to [places, width], before the last norm."""
    start, sizes = "model.vision_tower.vision_tower.vision_model.", config["vision_config"]
    patch = weights[f"{start}embeddings.patch_embedding.weight"]
    bias = weights[f"{start}embeddings.patch_embedding.bias"]
    x = functional.conv2d(picture[None], patch, bias, stride=sizes["patch_size"])[0].flatten(1).T
    x = x + weights[f"{start}embeddings.position_embedding.weight"]
    for layer in range(sizes["num_hidden_layers"]):
        at = f"{start}encoder.layers.{layer}"
        h = norm(x, weights, f"{at}.layer_norm1", 1e-6)
        q, k, v = (linear(h, weights, f"{at}.self_attn.{p}_proj") for p in "qkv")
        mixed = attention(q, k, v, sizes["num_attention_heads"], causal=False)
        x = x + linear(mixed, weights, f"{at}.self_attn.out_proj")
        h = linear(norm(x, weights, f"{at}.layer_norm2", 1e-6), weights, f"{at}.mlp.fc1")
        x = x + linear(functional.gelu(h, approximate="tanh"), weights, f"{at}.mlp.fc2")
    return x


def seen(frames: tuple[Frame, ...], weights: Weights, config: Mapping[str, Any]) -> Tensor:
    """All visual tokens with their newlines: [N, D]."""
    rows: list[Tensor] = []
    newline = weights["model.image_newline"][None]
    position = config["mm_newline_position"]
    for picture in squashed(frames, config["vision_config"]["image_size"]):
        x = linear(tower(picture, weights, config), weights, "model.mm_projector.0")
        x = linear(functional.gelu(x), weights, "model.mm_projector.2")
        side = math.isqrt(len(x))
        half = side // 2
        for i in range(half):
            for j in range(half):
                cells = [(2 * i + a) * side + 2 * j + b for a in (0, 1) for b in (0, 1)]
                rows.append(x[cells].mean(0, keepdim=True))
            if position == "grid":
                rows.append(newline)
        if position == "frame":
            rows.append(newline)
    if position == "one_token":
        rows.append(newline)
    return torch.cat(rows)


def heard(sound: Sound | None, weights: Weights, config: Mapping[str, Any]) -> Tensor:
    """All speech tokens [n, D], by way of OpenAI's own spectrogram."""
    import whisper

    sizes, start = config["speech_config"], "model.speech_encoder.encoder."
    samples = np.zeros(0, np.float32) if sound is None else sound.samples
    padded = whisper.pad_or_trim(samples, sizes["max_source_positions"] * 320)
    mel = whisper.log_mel_spectrogram(padded, n_mels=sizes["num_mel_bins"])
    x = functional.gelu(
        functional.conv1d(mel, weights[f"{start}conv1.weight"], weights[f"{start}conv1.bias"], 1, 1)
    )
    x = functional.gelu(
        functional.conv1d(x, weights[f"{start}conv2.weight"], weights[f"{start}conv2.bias"], 2, 1)
    ).T
    x = x + weights[f"{start}positional_embedding"]
    for layer in range(sizes["encoder_layers"]):
        at = f"{start}blocks.{layer}"
        h = norm(x, weights, f"{at}.attn_ln", 1e-5)
        q, k, v = (linear(h, weights, f"{at}.attn.{p}") for p in ("query", "key", "value"))
        mixed = attention(q, k, v, sizes["encoder_attention_heads"], causal=False)
        x = x + linear(mixed, weights, f"{at}.attn.out")
        h = functional.gelu(linear(norm(x, weights, f"{at}.mlp_ln", 1e-5), weights, f"{at}.mlp.0"))
        x = x + linear(h, weights, f"{at}.mlp.2")
    x = norm(x, weights, f"{start}ln_post", 1e-5)
    joined = x.reshape(len(x) // 5, -1)
    h = functional.relu(linear(joined, weights, "model.speech_projector.linear1"))
    return linear(h, weights, "model.speech_projector.linear2")


def rms(x: Tensor, weight: Tensor) -> Tensor:
    return weight * x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt()


def rotated(x: Tensor, theta: float) -> Tensor:
    """[heads, N, d] turned by its positions, in halves."""
    half = x.shape[-1] // 2
    turns = theta ** (-torch.arange(half).float() / half)
    angle = torch.arange(x.shape[1]).float()[:, None] * turns
    first, second = x[..., :half], x[..., half:]
    cos, sin = angle.cos(), angle.sin()
    return torch.cat((first * cos - second * sin, second * cos + first * sin), -1)


def logits(embeds: Tensor, weights: Weights, config: Mapping[str, Any]) -> Tensor:
    """The language model on embeddings [N, D]: [N, vocabulary]."""
    heads, shared = config["num_attention_heads"], config["num_key_value_heads"]
    x = embeds
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}"
        h = rms(x, weights[f"{at}.input_layernorm.weight"])
        q, k, v = (linear(h, weights, f"{at}.self_attn.{p}_proj") for p in "qkv")
        q = rotated(q.view(len(x), heads, -1).transpose(0, 1), config["rope_theta"])
        k = rotated(k.view(len(x), shared, -1).transpose(0, 1), config["rope_theta"])
        v = v.view(len(x), shared, -1).transpose(0, 1)
        k, v = (one.repeat_interleave(heads // shared, 0) for one in (k, v))
        q, k, v = (one.transpose(0, 1).flatten(1) for one in (q, k, v))
        x = x + linear(attention(q, k, v, heads, causal=True), weights, f"{at}.self_attn.o_proj")
        h = rms(x, weights[f"{at}.post_attention_layernorm.weight"])
        gate = functional.silu(linear(h, weights, f"{at}.mlp.gate_proj"))
        x = x + linear(
            gate * linear(h, weights, f"{at}.mlp.up_proj"), weights, f"{at}.mlp.down_proj"
        )
    return linear(rms(x, weights["model.norm.weight"]), weights, "lm_head")


def prompt(
    tokenizer: Any,
    question: str,
    frames: tuple[Frame, ...],
    sound: Sound | None,
    weights: Weights,
    config: Mapping[str, Any],
) -> Tensor:
    """The published inference prompt as embeddings: text tokenised between the placeholders."""
    text = (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
        f"<image>\n<speech>\n\n{question}<|im_end|>\n<|im_start|>assistant\n"
    )
    before, rest = text.split("<image>")
    between, after = rest.split("<speech>")
    table = weights["model.embed_tokens.weight"]
    words = [table[tokenizer.encode(part).ids] for part in (before, between, after)]
    return torch.cat(
        [words[0], seen(frames, weights, config), words[1], heard(sound, weights, config), words[2]]
    )
