"""The sight of a model on a server: what its name says, and what is known of its family.

parse_sight("qwen2.5vl:7b", "quota=0.5").patch  # 28

No server tells how many tokens it makes of a picture; families of models are known for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from egogpt.protocols.model_names import QuotaOption
from egogpt.runtime.data_urls import SIDE

FRAMES = 8  # of a clip
UNKNOWN = (
    "it is not known how this model on a server turns a picture into tokens; if by its size, "
    "add the pixels a side of one token to its name: ?patch=28"
)
_MOST = 4096  # pixels, frames
OPTIONS = ("quota", "patch", "frames", "side")


@dataclass(frozen=True, slots=True)
class PictureFamily:
    """Models whose pictures become tokens in one way; ``names`` is searched in a model's name.

    A square of ``patch`` pixels a side becomes a token, 0 where each picture becomes as many; the
    smallest picture becomes ``least``.
    """

    names: re.Pattern[str]
    patch: int
    least: int = 1


def _named(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# By the makers' processors. Servers write the names in many ways: qwen2.5vl, Qwen2-VL, qwen3_vl.
FAMILIES = (
    PictureFamily(_named(r"qwen[-_]?2(?:[-_.]?5)?[-_]?(?:vl|omni)"), 28, 4),
    PictureFamily(_named(r"qwen[-_]?3[-_]?vl"), 32, 64),
    PictureFamily(_named(r"qwen[-_]?3[-_]?omni"), 32, 4),
    PictureFamily(_named(r"gemma|llava|smolvlm|moondream"), 0),
)


@dataclass(frozen=True, slots=True)
class Sight:
    """How a model is shown a clip: ``frames`` of it at most ``side`` pixels a side, and ``quota``.

    ``patch`` is the side in pixels of a picture's square that becomes one token, 0 where its size
    does not decide, None where nobody said; the smallest picture becomes ``least`` tokens.
    """

    quota: QuotaOption = field(default_factory=QuotaOption)
    patch: int | None = None
    least: int = 1
    frames: int = FRAMES
    side: int = SIDE
    suffix: str = ""  # what of it changes captions, for their version


def parse_sight(model: str, query: str) -> Sight:
    """The sight of a model called so, with the options behind its address.

    Raises ValueError: an option has a value that it cannot have.
    """
    chosen = dict(parse_qsl(query, keep_blank_values=True))
    quota = QuotaOption.parse(chosen.get("quota", "auto"))
    family = next((one for one in FAMILIES if one.names.search(model)), None)
    patch, least = (family.patch, family.least) if family else (None, 1)
    if "patch" in chosen:
        least = least if _number(chosen, "patch", 0, 0) == patch else 1
        patch = _number(chosen, "patch", 0, 0)
    frames, side = _number(chosen, "frames", FRAMES, 1), _number(chosen, "side", SIDE, 28)
    suffix = "" if (frames, side) == (FRAMES, SIDE) else f"-{frames}x{side}"
    if patch and quota.by != "off":
        suffix += f"-quota={chosen.get('quota', 'auto')}-{patch}"
    return Sight(quota, patch, least, frames, side, suffix)


def _number(chosen: Mapping[str, str], key: str, default: int, least: int) -> int:
    text = chosen.get(key, str(default))
    if not text.isdecimal() or not least <= int(text) <= _MOST:
        raise ValueError(f"{key} is a whole number from {least} to {_MOST}, not {text!r}")
    return int(text)
