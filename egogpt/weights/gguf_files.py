"""Choice of the .gguf files that are a model that sees: the language model, and its mmproj.

llama.cpp keeps the encoders of pictures and sound in a file of their own, by custom called
``mmproj-….gguf``. Of several quantisations, the one that was named, or that most people can use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from egogpt.protocols.errors import ModelMissing, listed
from egogpt.protocols.model_names import FOLDERS, GGUF_VL, ParsedModelName

SUFFIX = ".gguf"
# In order of preference. Encoders are small, and lose more by few bits than a language model does.
_MODELS = ("Q4_K_M", "Q4_K_S", "Q4_0", "Q5_K_M", "Q6_K", "Q8_0", "F16", "BF16")
_ENCODERS = ("Q8_0", "F16", "BF16", "F32")
_PART = re.compile(r"-(\d{5})-of-(\d{5})$")


@dataclass(frozen=True, slots=True)
class GgufPair:
    """The files of a model that sees."""

    model: Path
    mmproj: Path


def place_and_quantisation(named: ParsedModelName) -> tuple[str, str]:
    """The place without a quantisation behind it, and that quantisation: "ORG/NAME", "Q4_K_M"."""
    place = named.place or FOLDERS[named.kind]
    front, colon, behind = place.rpartition(":")
    if named.kind != GGUF_VL or not colon or "/" in behind or Path(place).expanduser().exists():
        return place, ""
    return front, behind


def pair_at(place: Path, named: ParsedModelName) -> GgufPair:
    """The files in a folder, or those that belong to a model's file. Raises ModelMissing."""
    folder = place if place.is_dir() else place.parent
    names = sorted(path.name for path in folder.glob(f"*{SUFFIX}"))
    model = place
    if place.is_dir():
        model = folder / _model(names, place_and_quantisation(named)[1], str(folder))
    _check_parts(model, names)
    if not named.options.mmproj:
        return GgufPair(model, folder / _mmproj(names, str(model)))
    if not (mmproj := Path(named.options.mmproj).expanduser()).is_file():
        raise ModelMissing(f"There is no mmproj {mmproj}. Name the file that goes with {model}.")
    return GgufPair(model, mmproj)


def needed_files(names: Iterable[str], quantisation: str, repository: str) -> list[str]:
    """Those of a repository's files to fetch: a model, in all its parts, and its mmproj.

    Raises ModelMissing where there is no such file.
    """
    files = [name for name in names if name.endswith(SUFFIX)]
    model = _model(files, quantisation, repository)
    whole = _PART.sub("", _stem(model))
    parts = [name for name in files if _PART.sub("", _stem(name)) == whole]
    return [*parts, _mmproj(files, f"{repository}'s {model}")]


def _model(names: Sequence[str], quantisation: str, where: str) -> str:
    """The model among files; of one in parts the first, from which llama.cpp finds the others."""
    models = [name for name in names if not _is_mmproj(name) and _part(name) < 2]
    if not models:
        raise ModelMissing(
            f"There is no model in {where}: a {SUFFIX} file with a language model, and beside it "
            f"an mmproj….gguf with its encoders."
        )
    if not quantisation:
        return min(models, key=lambda name: (_rank(name, _MODELS), name))
    fitting = [name for name in models if _has(name, quantisation)]
    if not fitting:
        raise ModelMissing(
            f"There is no {quantisation} of the model in {where}. Name one of these: "
            f"{listed([_stem(name) for name in models], 8)}."
        )
    return min(fitting, key=len)


def _mmproj(names: Sequence[str], model: str) -> str:
    encoders = [name for name in names if _is_mmproj(name)]
    if not encoders:
        raise ModelMissing(
            f"There is no mmproj….gguf beside {model}, and without its encoders it sees nothing. "
            "Put the one of the same model there, or name it: ?mmproj=/the/file.gguf."
        )
    return min(encoders, key=lambda name: (_rank(name, _ENCODERS), name))


def _check_parts(model: Path, names: Sequence[str]) -> None:
    """Raises ModelMissing where a model in parts lacks one."""
    if (found := _PART.search(_stem(model.name))) is None:
        return
    front = model.name[: -len(found[0] + SUFFIX)]
    parts = [
        f"{front}-{number:05d}-of-{found[2]}{SUFFIX}" for number in range(1, int(found[2]) + 1)
    ]
    if missing := [part for part in parts if part not in names]:
        raise ModelMissing(f"{model.parent} lacks {listed(missing)}. Fetch the model again.")


def _stem(name: str) -> str:
    return PurePosixPath(name).name.removesuffix(SUFFIX)


def _is_mmproj(name: str) -> bool:
    return "mmproj" in _stem(name).lower()


def _part(name: str) -> int:
    """Which part of a model a file is; 0 for one that is whole."""
    found = _PART.search(_stem(name))
    return int(found[1]) if found else 0


def _has(name: str, quantisation: str) -> bool:
    """Whether the quantisation is in the name, and no letter more: Q4_K is not Q4_K_M."""
    pattern = rf"(?<![A-Za-z0-9]){re.escape(quantisation)}(?![A-Za-z0-9_])"
    return re.search(pattern, _PART.sub("", _stem(name)), re.IGNORECASE) is not None


def _rank(name: str, order: Sequence[str]) -> int:
    return next((n for n, known in enumerate(order) if _has(name, known)), len(order))
