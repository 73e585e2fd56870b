"""Choose the device of a model where nobody named one."""

from __future__ import annotations


def choose_device(named: str = "") -> str:
    """The device that was named, else the GPU where there is one."""
    import torch

    if named:
        return named
    return "cuda" if torch.cuda.is_available() else "cpu"


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
