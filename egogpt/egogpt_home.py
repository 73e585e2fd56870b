"""The best form of EgoGPT for the computer it is to run on."""

from __future__ import annotations

from pathlib import Path

import psutil
import torch

from egogpt.checkpoint import Home
from egogpt.egogpt_config import read_config
from egogpt.egogpt_memory import NotEnoughMemory, Plan, choose_plan, cpu_plan


def best_home(folder: Path) -> tuple[Home, int]:
    """Where the checkpoint in a folder goes, and how many tokens there is room for at once.

    Raises NotEnoughMemory, or what ``read_config`` raises.
    """
    config = read_config(folder)
    if torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        dtype = "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
        plan = choose_plan(config, free)
        return _home(plan, dtype), plan.tokens
    plan = cpu_plan(config)
    if plan.beside > (free := psutil.virtual_memory().available):
        raise NotEnoughMemory(
            f"EgoGPT takes {plan.beside / 1e9:.1f} GB of main memory where there is no CUDA card, "
            f"and {free / 1e9:.1f} GB are free. Close other programs, or choose a smaller model."
        )
    return _home(plan, "bfloat16"), plan.tokens


def _home(plan: Plan, dtype: str) -> Home:
    return Home(device=plan.device, dtype=dtype, bits=plan.bits, towers=plan.towers)
