"""Find the files of a folder that hold a model's weights: safetensors, as its index names them.

A file is opened by nobody here, so this is quick and needs no heavy library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from egogpt.protocols.errors import ModelDamaged, ModelMissing

INDEX = "model.safetensors.index.json"


def weight_paths(folder: Path) -> list[Path]:
    """The safetensors of the folder, in order of name; see ``promised``."""
    return list(promised(folder))


def promised(folder: Path) -> Mapping[Path, list[str]]:
    """Each weight file, and the weights that the index says it holds; without an index, none.

    Raises:
        ModelMissing: There are no weights, or a file that the index names is not there.
        ModelDamaged: The index cannot be read, or names what is not a file beside it.
    """
    index = folder / INDEX
    if not index.is_file():
        files = sorted(folder.glob("*.safetensors"))
        if not files:
            old = any(folder.glob("pytorch_model*.bin"))
            raise ModelMissing(
                f"There are no .safetensors files in {folder}"
                + (", only the older pytorch_model .bin, which is not read" if old else "")
                + ". Weights are read from safetensors only: put them there, or fetch the model "
                "again."
            )
        return {path: [] for path in files}
    homes = _read(index)
    if missing := [path for path in homes if not path.is_file()]:
        more = f" and {len(missing) - 1} more of its weight files" if missing[1:] else ""
        raise ModelMissing(
            f"{folder} holds no {missing[0].name}{more}, which {INDEX} names. Fetch the model "
            "again."
        )
    return homes


def _read(index: Path) -> Mapping[Path, list[str]]:
    homes: dict[Path, list[str]] = {}
    try:
        weight_map = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        for key, name in sorted(weight_map.items(), key=lambda pair: (str(pair[1]), str(pair[0]))):
            if Path(name).name != name:
                raise ModelDamaged(f"{index} names {name!r}, which is not a file beside it.")
            homes.setdefault(index.parent / name, []).append(str(key))
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError) as error:
        raise ModelDamaged(f"{index} is not a readable index. Fetch it anew.") from error
    return homes
