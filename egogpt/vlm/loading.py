"""A checkpoint's folder becomes a model and its processor: device, precision, attention.

Weights come from safetensors only, nothing is asked of the network, and no code of a checkpoint
runs. A checkpoint that leaves parameters without a value is refused: they would be random.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from egogpt.protocols.errors import CannotRun, NotThatModel, short
from egogpt.protocols.model_names import STOCK, Options
from egogpt.runtime.devices import device_to_load_on
from egogpt.runtime.generation import Loaded
from egogpt.runtime.quantization import for_transformers
from egogpt.vlm.families import Family
from egogpt.weights.shard_index import weight_paths
from egogpt.weights.tensor_files import SafetensorsFile

_LOCAL: Mapping[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def load(folder: Path, family: Family, options: Options) -> Loaded:
    """Loads a checkpoint; what cannot be is told by ChatError, or by an error of the libraries."""
    import transformers

    from kernels.positions.rope_scaling import reposition

    quiet: Any = transformers.logging
    quiet.disable_progress_bar()
    for path in weight_paths(folder):
        SafetensorsFile(path)  # which names the file that is cut short
    processor = _processor(folder)
    device = device_to_load_on(options.device)
    model = _model(folder, family, options, device)
    attend_by_name(model, options, f"{family.kind}:{folder}")
    reposition(model, options.positions)
    return Loaded(model, processor.tokenizer, device, processor)


def attend_by_name(model: Any, options: Options, place: str) -> None:
    """Let a language model attend by the method that the model's name chooses, with all it needs.

    Args:
        model: The language model, or the whole where it takes words alone.
        options: Those of the name.
        place: The name without options, "qwen-vl:/models/…".

    Raises:
        CannotRun: What the method goes by was not studied of this model, or an option is wrong.
    """
    if options.attention == STOCK:
        return
    from egogpt.attention.chosen_method import attend_by
    from egogpt.attention.retrieval_heads import HeadsUnknown

    try:
        attend_by(model, options.attention)
    except HeadsUnknown as error:
        bits = f"?bits={options.bits}" if options.bits else ""
        raise CannotRun(
            f"?attention={options.attention} goes by what is known of the model's {error.command}, "
            f"and {error.reason}. Study the model once: egobutler {error.command} '{place}{bits}'"
        ) from error
    except ValueError as error:
        raise CannotRun(
            f"{place} cannot be loaded with ?attention={options.attention}: {short(error)}"
        ) from error


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
    quantised = options.bits in (4, 8)
    if quantised:
        chosen |= for_transformers(options.bits, device, family.towers)
    model, report = getattr(transformers, family.model).from_pretrained(
        folder, use_safetensors=True, output_loading_info=True, **chosen
    )
    if absent := sorted(report["missing_keys"]):
        raise NotThatModel(
            f"{folder} lacks {len(absent)} weights of {family.model}, such as {absent[0]}. "
            "Fetch the model again."
        )
    return model.eval() if quantised else model.eval().to(device)
