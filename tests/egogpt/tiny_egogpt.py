"""Fabricates checkpoints of EgoGPT in the layout of the published files, small enough for tests.

Names of weights are written out here from the published layout, not taken from our key map.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from egogpt.egogpt_7b.backend import EgoGPTBackend
from egogpt.egogpt_7b.checkpoint import Placement
from egogpt.protocols.model_names import ParsedModelName
from memory.types.core import Clip, Frame, Observation, Sound, Span, Utterance
from tests.egogpt.tiny_words import WRITABLE

Shapes = dict[str, tuple[int, ...]]

CONFIG: Mapping[str, Any] = {
    "model_type": "egogpt_qwen",
    "architectures": ["EgoGPTQwenForCausalLM"],
    "vocab_size": 420,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
    "rope_theta": 10000.0,
    "rope_scaling": None,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "rms_norm_eps": 1e-6,
    "tie_word_embeddings": False,
    "use_sliding_window": False,
    "sliding_window": 131072,
    "torch_dtype": "bfloat16",
    "mm_vision_tower": "google/siglip-so400m-patch14-384",
    "mm_projector_type": "mlp2x_gelu",
    "mm_hidden_size": 24,
    "mm_patch_merge_type": "spatial_unpad",
    "mm_newline_position": "grid",
    "mm_spatial_pool_stride": 2,
    "speech_encoder": "./large-v3.pt",
    "speech_encoder_type": "whisper",
    "speech_projector_type": "linear",
    "speech_encoder_ds_rate": 5,
    "speech_projector_hidden_size": 20,
    "tokenizer_model_max_length": 2048,
    "vision_config": {
        "hidden_size": 24,
        "intermediate_size": 40,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "patch_size": 4,
        "image_size": 28,
    },
    "speech_config": {
        "d_model": 32,
        "encoder_layers": 2,
        "encoder_attention_heads": 4,
        "encoder_ffn_dim": 48,
        "num_mel_bins": 80,
        "max_source_positions": 100,
    },
}

FULL_SIZE: Mapping[str, Any] = {
    **{key: value for key, value in CONFIG.items() if not key.endswith("_config")},
    "vocab_size": 152064,
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "max_position_embeddings": 32768,
    "rope_theta": 1000000.0,
    "mm_hidden_size": 1152,
    "speech_projector_hidden_size": 2048,
    "tokenizer_model_max_length": 32768,
    "vision_config": {
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_hidden_layers": 26,
        "num_attention_heads": 16,
        "patch_size": 14,
        "image_size": 384,
    },
    "speech_config": {
        "d_model": 1280,
        "encoder_layers": 32,
        "encoder_attention_heads": 20,
        "encoder_ffn_dim": 5120,
        "num_mel_bins": 128,
        "max_source_positions": 1500,
    },
}


def linear(name: str, out: int, into: int, *, bias: bool = True) -> Shapes:
    return {f"{name}.weight": (out, into), **({f"{name}.bias": (out,)} if bias else {})}


def norm(name: str, width: int) -> Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def language_shapes(config: Mapping[str, Any]) -> Shapes:
    width, wide = config["hidden_size"], config["intermediate_size"]
    keys = width // config["num_attention_heads"] * config["num_key_value_heads"]
    shapes: Shapes = {"model.embed_tokens.weight": (config["vocab_size"], width)}
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}"
        shapes |= linear(f"{at}.self_attn.q_proj", width, width)
        shapes |= linear(f"{at}.self_attn.k_proj", keys, width)
        shapes |= linear(f"{at}.self_attn.v_proj", keys, width)
        shapes |= linear(f"{at}.self_attn.o_proj", width, width, bias=False)
        shapes |= linear(f"{at}.mlp.gate_proj", wide, width, bias=False)
        shapes |= linear(f"{at}.mlp.up_proj", wide, width, bias=False)
        shapes |= linear(f"{at}.mlp.down_proj", width, wide, bias=False)
        shapes[f"{at}.input_layernorm.weight"] = (width,)
        shapes[f"{at}.post_attention_layernorm.weight"] = (width,)
    shapes["model.norm.weight"] = (width,)
    return shapes | {"lm_head.weight": (config["vocab_size"], width)}


def tower_shapes(config: Mapping[str, Any], *, start: str, layers: int) -> Shapes:
    sizes = config["vision_config"]
    width, wide, patch = sizes["hidden_size"], sizes["intermediate_size"], sizes["patch_size"]
    places = (sizes["image_size"] // patch) ** 2
    shapes: Shapes = {
        f"{start}embeddings.patch_embedding.weight": (width, 3, patch, patch),
        f"{start}embeddings.patch_embedding.bias": (width,),
        f"{start}embeddings.position_embedding.weight": (places, width),
    }
    for layer in range(layers):
        at = f"{start}encoder.layers.{layer}"
        shapes |= norm(f"{at}.layer_norm1", width) | norm(f"{at}.layer_norm2", width)
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            shapes |= linear(f"{at}.self_attn.{part}", width, width)
        shapes |= linear(f"{at}.mlp.fc1", wide, width) | linear(f"{at}.mlp.fc2", width, wide)
    return shapes | norm(f"{start}post_layernorm", width)


def whisper_shapes(config: Mapping[str, Any], *, start: str) -> Shapes:
    """An encoder as OpenAI's own code names it."""
    sizes = config["speech_config"]
    width, wide = sizes["d_model"], sizes["encoder_ffn_dim"]
    shapes: Shapes = {
        f"{start}positional_embedding": (sizes["max_source_positions"], width),
        f"{start}conv1.weight": (width, sizes["num_mel_bins"], 3),
        f"{start}conv1.bias": (width,),
        f"{start}conv2.weight": (width, width, 3),
        f"{start}conv2.bias": (width,),
    }
    for layer in range(sizes["encoder_layers"]):
        at = f"{start}blocks.{layer}"
        shapes |= norm(f"{at}.attn_ln", width) | norm(f"{at}.mlp_ln", width)
        for part in ("query", "value", "out"):
            shapes |= linear(f"{at}.attn.{part}", width, width)
        shapes |= linear(f"{at}.attn.key", width, width, bias=False)
        shapes |= linear(f"{at}.mlp.0", wide, width) | linear(f"{at}.mlp.2", width, wide)
    return shapes | norm(f"{start}ln_post", width)


def joining_shapes(config: Mapping[str, Any]) -> Shapes:
    """The newline and both projectors."""
    width, hidden = config["hidden_size"], config["speech_projector_hidden_size"]
    stacked = config["speech_config"]["d_model"] * config["speech_encoder_ds_rate"]
    return {
        "model.image_newline": (width,),
        **linear("model.mm_projector.0", width, config["vision_config"]["hidden_size"]),
        **linear("model.mm_projector.2", width, width),
        **linear("model.speech_projector.linear1", hidden, stacked),
        **linear("model.speech_projector.linear2", width, hidden),
    }


TOWER = "model.vision_tower.vision_tower.vision_model."
SPEECH = "model.speech_encoder.encoder."


def original_shapes(config: Mapping[str, Any]) -> Shapes:
    """Every weight of a published checkpoint whose shards hold both encoders."""
    layers = config["vision_config"]["num_hidden_layers"]
    return {
        **language_shapes(config),
        **tower_shapes(config, start=TOWER, layers=layers),
        **whisper_shapes(config, start=SPEECH),
        **joining_shapes(config),
    }


def random_weights(shapes: Shapes, seed: int = 0) -> dict[str, Tensor]:
    """Weights that keep values near 1, as trained ones do: every part matters for the logits."""
    source = torch.Generator().manual_seed(seed)
    found = {}
    for key, shape in shapes.items():
        noise = torch.randn(shape, generator=source)
        if len(shape) == 1:
            norms = "norm" in key or "_ln." in key or "ln_post" in key
            found[key] = 1 + 0.1 * noise if norms and key.endswith("weight") else 0.1 * noise
        else:
            table = "embed" in key
            found[key] = noise if table else noise / torch.Size(shape[1:]).numel() ** 0.5
    return found


def save_tokenizer(folder: Path) -> None:
    """A byte-level BPE with ChatML's marks, in the one-file form."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    lines = [
        "yes no Yes No what do I see I pick up the cup and put it on the table system user"
    ] * 4
    tokenizer.train_from_iterator(lines, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    told = {
        "tokenizer_class": "Qwen2Tokenizer",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(told))


@dataclass
class Fabricated:
    """A checkpoint on the disk, and the weights that it was made of, by their original names."""

    folder: Path
    config: dict[str, Any]
    weights: dict[str, Tensor] = field(default_factory=dict)

    def write_config(self, **changes: Any) -> None:
        self.config.update(changes)
        (self.folder / "config.json").write_text(json.dumps(self.config))

    def write_shards(self, keys: list[str] | None = None, shards: int = 3) -> None:
        """The weights in several files with an index, as the hub has them."""
        keys = list(self.weights) if keys is None else keys
        homes = {}
        for number in range(shards):
            name = f"model-{number + 1:05}-of-{shards:05}.safetensors"
            held = {key: self.weights[key] for key in keys[number::shards]}
            save_file(held, self.folder / name, metadata={"format": "pt"})
            homes |= dict.fromkeys(held, name)
        index = {"metadata": {"total_size": 0}, "weight_map": homes}
        (self.folder / "model.safetensors.index.json").write_text(json.dumps(index))

    @property
    def shards(self) -> list[Path]:
        return sorted(self.folder.glob("model-*.safetensors"))


def fabricate(folder: Path, *, seed: int = 0, **changes: Any) -> Fabricated:
    """A tiny checkpoint whose shards hold everything."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Fabricated(folder, {**CONFIG, **changes})
    made.weights = random_weights(original_shapes(made.config), seed)
    made.write_config()
    made.write_shards()
    save_tokenizer(folder)
    return made


def letters_only(made: Fabricated) -> None:
    """Lets the model write words of letters and blanks, and never end a reply by itself."""
    from tokenizers import Tokenizer

    words = Tokenizer.from_file(str(made.folder / "tokenizer.json"))
    head = made.weights["lm_head.weight"]
    for token in range(head.shape[0]):
        text = words.decode([token])
        if not text or not set(text) <= set(WRITABLE):
            head[token] = 0.0
    made.write_shards()


def opened(folder: Path, home: Placement | None = None) -> EgoGPTBackend:
    """The model in a folder, kept in a form of one's own: float32 on the CPU by default."""
    backend = EgoGPTBackend(ParsedModelName("egogpt", str(folder)), folder)
    backend.home = home or Placement()
    return backend


def move_speech_out(made: Fabricated, ending: str) -> Path:
    """Writes the other layout: Whisper's weights beside the model, as in OpenAI's file."""
    speech = {key: made.weights[key] for key in made.weights if key.startswith(SPEECH)}
    made.write_shards([key for key in made.weights if key not in speech])
    whole = {"encoder." + key.removeprefix(SPEECH): tensor for key, tensor in speech.items()}
    whole["decoder.token_embedding.weight"] = torch.zeros(4, 4)
    beside = made.folder / "speech_encoder"
    beside.mkdir()
    if ending == "safetensors":
        save_file(whole, beside / "model.safetensors")
        return beside / "model.safetensors"
    path = beside / "large-v3.pt"
    torch.save({"dims": {"n_mels": 80}, "model_state_dict": whole}, path)
    return path


def frames(count: int, seed: int = 0) -> tuple[Frame, ...]:
    source = np.random.default_rng(seed)
    return tuple(
        Frame(float(at), source.integers(0, 256, (40, 60, 3), dtype=np.uint8))
        for at in range(count)
    )


def sound(seconds: float, seed: int = 0) -> Sound:
    source = np.random.default_rng(seed)
    return Sound(0.0, (0.1 * source.standard_normal(int(seconds * 16_000))).astype(np.float32))


def observations(count: int) -> Iterator[Observation]:
    """Clips of different lengths: with and without sound, with and without words."""
    for number in range(count):
        clip = Clip(str(number), "r", Span(30.0 * number, 30.0 * number + 30))
        said = Utterance(clip.span, "Put it on the table", "Anna")
        yield Observation(
            clip,
            utterances=(said,) if number % 2 else (),
            frames=frames(1 + number, seed=number),
            sound=None if number == 2 else sound(0.4 + number, seed=number),
            previous="I see the cup." if number == 3 else "",
        )
