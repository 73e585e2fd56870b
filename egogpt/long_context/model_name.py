"""Parse what is written behind `long:`: a model, and how it reads.

qwen-0.5b                                     a bundled chat model
/models/Qwen2.5-7B-Instruct-1M?bits=4         a folder, or a GGUF file
Qwen/Qwen2.5-7B-Instruct-1M?memory=4GB        a name of the hub, with 4 GB for keys and values
qwen-vl:/models/q?method=quest                a model that sees, or EgoGPT, reads too
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from egogpt.long_context.landmark_reader import METHOD as LANDMARK
from egogpt.long_context.long_reader import DEFAULT_METHOD, STOCK
from egogpt.protocols.model_names import (
    CHATS,
    FOLDERS,
    GGUF_VL,
    Options,
    UnknownModel,
    kind_of,
    parse,
)
from egogpt.weights.hub_cache import is_hub_name
from kernels.positions.options import RENUMBERED, Positions, UnknownPositions
from kernels.registry import METHODS

MEMORY = 2 * 2**30  # bytes of keys and values, for all texts that are kept
SEEING = tuple(kind for kind in FOLDERS if kind != GGUF_VL)
"""Kinds of models that see and read long too: those whose keys and values can be had."""
LEAST_MEMORY = 64 * 2**20
_OURS = ("method", "memory", "documents")
DOCUMENTS = ("joined", "anchor")
_OF_TEXT_MODELS = ("positions", "bits", "device")
_UNITS = {"MB": 2**20, "GB": 2**30}


@dataclass(frozen=True, slots=True)
class LongName:
    """A model that reads long, and how.

    Attributes:
        model: What is loaded: a bundle, a folder, a file, a name of the hub, or kind:place with
            the options of that kind.
        options: Of a model that only reads: positions, bits, device.
        method: The attention: "default", "sdpa", "landmark", or one of `kernels.registry`.
        memory: Bytes that keys and values may take; what is longer lies in files.
        documents: "joined" reads a text as one; "anchor" reads each of its lines apart
            (`egogpt.long_context.anchored_reader`).
        times: How many times as many tokens as the model was trained on are read, by renumbering;
            1 where it has other positions, None where nothing is said of them.
    """

    model: str
    options: Options = field(default_factory=Options)
    method: str = DEFAULT_METHOD
    memory: int = MEMORY
    documents: str = DOCUMENTS[0]
    times: float | None = None

    @property
    def is_placed(self) -> bool:
        """Whether it is a kind of model that also sees, loaded by the registry."""
        return kind_of(self.model) in SEEING

    @property
    def is_hub(self) -> bool:
        """Whether it is a name of the hub."""
        ours = self.is_placed or self.model in CHATS or self._path.exists()
        return not ours and is_hub_name(self.model)

    @property
    def is_somewhere(self) -> bool:
        """Whether it can be a model at all: else it is a path that does not exist."""
        return self.is_placed or self.model in CHATS or self.is_hub or self._path.exists()

    @property
    def _path(self) -> Path:
        return Path(self.model).expanduser()


def parse_long_name(text: str) -> LongName:
    """A name taken apart. Raises UnknownModel for an option that does not exist or fit."""
    model, _, behind = text.partition("?")
    chosen = dict(parse_qsl(behind, keep_blank_values=True))
    ours: dict[str, Any] = {key: chosen.pop(key) for key in _OURS if key in chosen}
    if "memory" in ours:
        ours["memory"] = _bytes(text, ours["memory"])
    if (method := ours.get("method", STOCK)) not in (
        known := (DEFAULT_METHOD, STOCK, *METHODS, LANDMARK)
    ):
        methods = ", ".join(known)
        raise UnknownModel(f"{text!r}: there is no method {method!r}. Those that exist: {methods}.")
    if ours.get("documents", DOCUMENTS[0]) not in DOCUMENTS:
        raise UnknownModel(f"{text!r}: documents are one of: {', '.join(DOCUMENTS)}.")
    if method == LANDMARK and "documents" in ours:
        raise UnknownModel(f"{text!r}: method={LANDMARK} reads one text; leave out documents.")
    if "positions" in chosen:
        ours["times"] = _times(text, chosen)
    if kind_of(model) in SEEING:
        if chosen:
            model += f"?{urlencode(chosen, safe=':,/')}"
        parse(model)
        return LongName(model, **ours)
    if unknown := [key for key in chosen if key not in _OF_TEXT_MODELS]:
        raise UnknownModel(
            f"{text!r}: there is no option {unknown[0]!r}. Those that exist: "
            f"{', '.join((*_OURS, *_OF_TEXT_MODELS))}."
        )
    return LongName(model, parse(f"{model}?{urlencode(chosen, safe=':,')}").options, **ours)


def _times(text: str, chosen: dict[str, str]) -> float:
    """How far positions are renumbered; then they are no option of the model's loading."""
    try:
        positions = Positions.parse(chosen["positions"])
    except UnknownPositions as error:
        raise UnknownModel(f"{text!r}: {error}.") from error
    if positions.kind != RENUMBERED:
        return 1.0
    del chosen["positions"]
    return positions.factor


def _bytes(text: str, size: str) -> int:
    unit = _UNITS.get(size[-2:].upper(), 0)
    try:
        number = round(float(size[:-2]) * unit)
    except ValueError:
        number = 0
    if number < LEAST_MEMORY:
        raise UnknownModel(
            f"{text!r}: memory is a number of MB or GB, such as 2GB, and at least "
            f"{LEAST_MEMORY // _UNITS['MB']}MB."
        )
    return number
