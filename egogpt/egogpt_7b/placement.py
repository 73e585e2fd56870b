"""The best form of EgoGPT for the computer it is to run on, within what its owner chose."""

from __future__ import annotations

from pathlib import Path

import psutil
import torch

from egogpt.egogpt_7b.checkpoint import Placement
from egogpt.egogpt_7b.config import read_egogpt
from egogpt.egogpt_7b.memory_plan import choose_plan, cpu_plan
from egogpt.protocols.model_names import Options
from egogpt.runtime.devices import device_to_load_on
from egogpt.runtime.quantization import can_quantise


def choose_placement(folder: Path, options: Options | None = None) -> Placement:
    """Where the checkpoint in a folder goes, in what form, and how many tokens there is room for.

    Of 8 and 4 bits, which need a library, none is chosen unasked where there is none.

    Raises NotEnoughMemory, or what ``read_egogpt`` raises.
    """
    options = options or Options()
    config, device = read_egogpt(folder), device_to_load_on(options.device)
    if device.startswith("cuda"):
        free, _ = torch.cuda.mem_get_info(device)
        dtype = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
        every = (16, 8, 4) if can_quantise() else (16,)
        plan = choose_plan(config, free, bits=(options.bits,) if options.bits else every)
    else:
        plan = cpu_plan(config, psutil.virtual_memory().available, bits=options.bits)
        dtype = "float32" if plan.bits == 32 else "bfloat16"
    return Placement(device, dtype, min(plan.bits, 16), plan.towers, tokens=plan.tokens)
