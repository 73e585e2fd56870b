"""The licence of a model that is no bundle: as the hub said, or as its files say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from egogpt.protocols.errors import ModelDamaged
from egogpt.weights.gguf import GgufError, open_gguf
from egogpt.weights.hub_lock import locked_licence

_CARD = re.compile(r"\A---\n.*?^license:\s*[\"']?([\w.+-]+)", re.DOTALL | re.MULTILINE)
_MOST = 20_000  # letters of a model card's head


def licence_of(folder: Path, files: Iterable[Path]) -> str:
    """What the hub said when it was fetched, else its card, else the header of a GGUF file."""
    try:
        told = locked_licence(folder)
    except ModelDamaged:  # which is told where the model is used
        told = ""
    return told or _of_card(folder) or next(filter(None, map(_of_header, files)), "")


def _of_card(folder: Path) -> str:
    try:
        with (folder / "README.md").open(encoding="utf-8", errors="replace") as file:
            found = _CARD.match(file.read(_MOST))
    except OSError:
        return ""
    return found[1] if found else ""


def _of_header(file: Path) -> str:
    if file.suffix != ".gguf":
        return ""
    try:
        return str(open_gguf(file).metadata.get("general.license", ""))
    except (GgufError, OSError, ValueError):
        return ""
