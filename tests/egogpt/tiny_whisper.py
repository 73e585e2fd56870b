"""A tiny random Whisper as faster-whisper has them, made by the converter of CTranslate2 itself."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


def save(folder: Path) -> Path:
    """Writes model.bin, config.json, tokenizer.json and vocabulary.json; the same each time."""
    import torch
    from ctranslate2.converters import TransformersConverter
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    words = _tokenizer()
    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=len(words), d_model=16, num_mel_bins=80,
        encoder_layers=1, encoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=16,
        bos_token_id=256, eos_token_id=256, pad_token_id=256, decoder_start_token_id=257,
        begin_suppress_tokens=[256], suppress_tokens=[],
    )  # fmt: skip
    with TemporaryDirectory() as source:
        WhisperForConditionalGeneration(config).save_pretrained(source)
        words.save_pretrained(source)
        TransformersConverter(source, copy_files=["tokenizer.json"]).convert(str(folder))
    return folder


def _tokenizer() -> Any:
    """One token for each byte, then Whisper's own marks in their order."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast
    from whisper.tokenizer import LANGUAGES

    bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(BPE({letter: n for n, letter in enumerate(bytes_)}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tasks = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
    marks = ["endoftext", "startoftranscript", *list(LANGUAGES)[:99], *tasks]
    marks += [f"{n * 0.02:.2f}" for n in range(1501)]
    inner.add_special_tokens([f"<|{mark}|>" for mark in marks])
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|endoftext|>")
