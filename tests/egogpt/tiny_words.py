"""The tokenizer of tiny models: one token for each byte; and what their language models share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
WRITABLE = "abcdefghijklmnopqrstuvwxyzYN .,"
_CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}IMAGE{% elif c['type'] == 'video' %}VIDEO"
    "{% elif c['type'] == 'audio' %}AUDIO{% else %}{{ c['text'] }}{% endif %}{% endfor %}"
    "{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def template(image: str, video: str, audio: str = "") -> str:
    return _CHATML.replace("IMAGE", image).replace("VIDEO", video).replace("AUDIO", audio)


def tokenizer(extra: Mapping[str, str], chat_template: str) -> Any:
    """One token for each byte, and the special ones of a family."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(BPE({letter: n for n, letter in enumerate(bytes_)}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens([PAD, START, END, *extra.values()])
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token=END,
        pad_token=PAD,
        extra_special_tokens=dict(extra),
        chat_template=chat_template,
        model_max_length=CONTEXT,
    )


CONTEXT = 4096  # tokens that a tiny model reads
LAYERS = 2  # of a tiny model's decoder; what corrects attention leaves the first two and the last


def text_config(**more: Any) -> dict[str, Any]:
    return {
        "vocab_size": 288,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": CONTEXT,
        "bos_token_id": None,
        "pad_token_id": 256,
        "eos_token_id": 258,
        "tie_word_embeddings": False,
        **more,
    }
