"""A checkpoint's folder becomes a model and its processor: device, precision, attention.

Weights come from safetensors only, nothing is asked of the network, and no code of a checkpoint
runs. A checkpoint that leaves parameters without a value is refused: they would be random.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from egogpt.chat import ChatError
from egogpt.families import Family, NotThatModel
from egogpt.model_names import Options

_BITS = ("bitsandbytes", "accelerate")
_LOCAL: Mapping[str, Any] = {"local_files_only": True, "trust_remote_code": False}


class CannotRun(ChatError):
    """The model cannot run on this machine as it was chosen; the text says what would."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory, what turns messages into its inputs, and where it runs."""

    model: Any
    processor: Any
    device: str


def load(folder: Path, family: Family, options: Options) -> Loaded:
    """Loads a checkpoint. Raises ChatError with what to do where that cannot be."""
    import transformers

    quiet: Any = transformers.logging
    quiet.disable_progress_bar()
    try:
        processor = _processor(folder)
        device = choose_device(options)
        model = _model(folder, family, options, device)
        attend_by(model, options.attention)
    except ChatError:
        raise
    except ImportError as error:
        raise CannotRun(f"{folder.name} needs a package that is missing: {error}") from error
    except Exception as error:  # several libraries read the folder, and each raises its own
        raise CannotRun(f"{folder} cannot be loaded: {_short(error)}") from error
    return Loaded(model, processor, device)


def choose_device(options: Options) -> str:
    """The device that was named, else the GPU where there is one."""
    import torch

    if options.device:
        return options.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def attend_by(model: Any, method: str) -> None:
    """Lets the language model attend by ``method``: one of ours, or what `transformers` has.

    The encoders of pictures and sound attend fully, so they stay with SDPA.
    """
    if method == "sdpa":
        return
    from kernels.registry import METHODS, register

    name = register(method) if method in METHODS else method
    parts = model.config.sub_configs
    model.set_attn_implementation(
        {part: name if part == "text_config" else "sdpa" for part in parts}
    )


def _processor(folder: Path) -> Any:
    import transformers

    automatic: Any = transformers.AutoProcessor
    processor = automatic.from_pretrained(folder, **_LOCAL)
    if not hasattr(processor, "tokenizer"):
        raise NotThatModel(f"{folder} has no processor_config.json or preprocessor_config.json.")
    processor.tokenizer.padding_side = "left"
    if hasattr(processor.video_processor, "cap_pixels_per_frame"):
        processor.video_processor.cap_pixels_per_frame = False  # frames are made small before
    return processor


def _model(folder: Path, family: Family, options: Options, device: str) -> Any:
    import torch
    import transformers

    precision = torch.float32 if device == "cpu" else torch.bfloat16
    chosen: dict[str, Any] = {"dtype": precision, "attn_implementation": "sdpa", **_LOCAL}
    if options.bits < 16:
        chosen |= _quantised(family, options.bits, device)
    model, report = getattr(transformers, family.model).from_pretrained(
        folder, use_safetensors=True, output_loading_info=True, **chosen
    )
    if absent := sorted(report["missing_keys"]):
        raise NotThatModel(
            f"{folder} lacks {len(absent)} weights of {family.model}, such as {absent[0]}. "
            "Fetch the model again."
        )
    return model.eval() if options.bits < 16 else model.eval().to(device)


def _quantised(family: Family, bits: int, device: str) -> dict[str, Any]:
    """What makes the language model's weights 8 or 4 bits; the encoders keep 16."""
    missing = [name for name in _BITS if not _is_installed(name)]
    if missing or not device.startswith("cuda"):
        raise CannotRun(
            f"Weights of {bits} bits need an NVIDIA GPU and the packages bitsandbytes and "
            f"accelerate (pip install {' '.join(missing or _BITS)}). Or leave out bits={bits}."
        )
    import torch
    import transformers

    settings: Any = transformers.BitsAndBytesConfig
    how: dict[str, Any] = {"llm_int8_skip_modules": list(family.towers)}
    if bits == 8:
        how["load_in_8bit"] = True
    else:
        how |= {
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_compute_dtype": torch.bfloat16,
        }
    return {"quantization_config": settings(**how), "device_map": {"": device}}


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _short(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
