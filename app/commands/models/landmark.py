"""``egobutler landmark``: puts the released weights of Landmark Attention on those of LLaMA-7B."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from app.commands.options import CommandOptions, command, word
from app.core.errors import PersonError


@command()
def landmark(
    options: CommandOptions,
    raw: Annotated[Path, word("LLAMA", "folder of LLaMA-7B, converted for transformers")],
    difference: Annotated[Path, word("DIFFERENCE", "folder of landmark-attention-llama7b-wdiff")],
    folder: Annotated[Path, word("FOLDER", "where the model is written")],
) -> None:
    """Write a model that reads days with a landmark behind each clip, of two that you have.

    Then: egobutler ask "…" --reading long:FOLDER?method=landmark
    """
    from egogpt.llm.landmark_weights import recover

    if folder.exists() and any(folder.iterdir()):
        raise PersonError(f"{folder} is not empty; name a new folder")
    paths = recover(raw, difference, folder)
    size = sum(path.stat().st_size for path in paths)
    options.show(
        f"{folder} holds the model ({size / 1e9:.1f} GB): --reading long:{folder}?method=landmark"
    )
    options.result_line({"folder": str(folder), "files": [path.name for path in paths]})
