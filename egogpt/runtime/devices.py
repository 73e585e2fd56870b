"""Choose the device of a model where nobody named one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from egogpt.protocols.errors import CannotRun

if TYPE_CHECKING:
    import torch


def choose_device(named: str = "") -> str:
    """The device that was named, else the GPU where there is one."""
    import torch

    if named:
        return named
    return "cuda" if torch.cuda.is_available() else "cpu"


def device_to_load_on(named: str = "") -> str:
    """The device of a model that is loaded now. Raises CannotRun for a card that is not there."""
    import torch

    device = choose_device(named)
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise CannotRun(
            f"no graphics card can be used here that is called {device!r}. Leave the option "
            "“device” out of the model's name: what there is is used then."
        )
    return device


def best_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it in hardware, else float32.

    Told from the processor, not timed, so that the same machine always gives the same vectors.
    """
    import torch

    describe: Any = getattr(torch.cpu, "get_capabilities", dict)
    facts = describe()
    native = facts.get("amx_bf16") or facts.get("avx512_bf16") or facts.get("arm_bf16")
    return torch.bfloat16 if native else torch.float32


def free_bytes(device: str) -> int:
    """Memory that is free for a model: of the card, else of the machine.

    Without such a card it is the machine's: what loads the model there says that there is none.
    """
    if device.startswith("cuda"):
        import torch

        if torch.cuda.is_available():
            return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    return int(psutil.virtual_memory().available)


def empty_gpu() -> None:
    """Gives back to the GPU what torch keeps of it without using it."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
