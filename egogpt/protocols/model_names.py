"""Parse names of models that are not bundled: ``kind``, ``kind:place``, with options.

qwen-vl                                            the kind's usual size, if it is here
qwen-vl:/models/Qwen2.5-VL-7B-Instruct             a folder
qwen-omni:Qwen/Qwen2.5-Omni-7B?bits=4&frames=24    a name of the hub, in 4 bits, 24 frames a clip
gguf-vl:ggml-org/Qwen2.5-VL-3B-Instruct-GGUF:Q8_0  the file of that quantisation, and its mmproj
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from urllib.parse import parse_qsl

from kernels.positions.options import RENUMBERED, Positions, UnknownPositions
from kernels.registry import METHODS
from kernels.registry import parse as parse_method

GGUF_VL = "gguf-vl"
# Kinds whose place is a folder or a name of the hub, and the size that a kind alone stands for: one
# that a card of 12 GB carries (EgoGPT has one size, which does so in 8 bits), or any laptop.
FOLDERS: Mapping[str, str] = {
    "egogpt": "lmms-lab/EgoGPT-7b-EgoIT-EgoLife",
    "qwen-omni": "Qwen/Qwen2.5-Omni-3B",
    "qwen-vl": "Qwen/Qwen2.5-VL-3B-Instruct",
    "llava-onevision": "llava-hf/llava-onevision-qwen2-0.5b-ov-hf",
    "smolvlm": "HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
    GGUF_VL: "ggml-org/SmolVLM2-500M-Video-Instruct-GGUF",
}
# Language models that come as bundles of weights.toml, by the class that runs them.
CHATS: Mapping[str, str] = {
    "qwen-0.5b": "egogpt.llm.llama_cpp:LlamaChat",
    "qwen-1.5b": "egogpt.llm.llama_cpp:LlamaChat",
    "smollm2": "egogpt.llm.llama_cpp:LlamaChat",
}
GGUF = "gguf"  # a file of a language model: on this disk, or OWNER/NAME/FILE of the hub
# Kinds that are no bundles of weights.toml; ``openai:address`` is another's.
PLACED = frozenset({*FOLDERS, GGUF, "openai"})
BITS = (0, 4, 8, 16)
STOCK = "sdpa"
_OTHER_ATTENTION = ("eager", "flash_attention_2", "default", "critic")
"""The attention of `transformers`, by which a model attends unless told otherwise."""
_SIDE = 640
# Options that a kind does not have, and why.
_WITHOUT: Mapping[str, Mapping[str, str]] = {
    "egogpt": {"side": "it sees 384 by 384 pixels"},
    GGUF_VL: {
        "bits": "they are those of its file; name another file, such as ORG/NAME:Q8_0",
        "batch": "llama.cpp captions one clip at a time",
        "attention": "llama.cpp has its own",
        "positions": "llama.cpp has its own",
        "var": "llama.cpp has its own attention",
        "act": "llama.cpp has its own attention",
        "device": "layers=0 keeps it off the card, and without it llama.cpp uses what there is",
    },
}
_GGUF_VL_ALONE = ("mmproj", "ctx", "threads", "layers")


class UnknownModel(ValueError):
    """A model name that the registry does not have; the text lists those that it has."""


QUOTAS = ("auto", "off", "uniqueness", "question")
_LEAST_SHARE = 0.1  # of the tokens: with less, frames are specks


@dataclass(frozen=True, slots=True)
class QuotaOption:
    """How a clip's tokens are shared out among its frames (QuoTA).

    ``by`` is "uniqueness" (what stands out), "question" (what is asked, or has been lately),
    "auto" (both, where there is a question) or "off"; ``share`` the part of the usual tokens.
    """

    by: str = "auto"
    share: float = 1.0

    @classmethod
    def parse(cls, text: str) -> QuotaOption:
        """One of ``QUOTAS``, or a share of the tokens. Raises ValueError."""
        if text in QUOTAS:
            return cls(text)
        share = _fraction(text)
        if share is None or share < _LEAST_SHARE:
            raise ValueError(
                f"quota is one of {', '.join(QUOTAS)}, or the share of the usual tokens from "
                f"{_LEAST_SHARE} to 1, not {text!r}"
            )
        return cls("auto", share)


def parse_var(text: str) -> float | None:
    """The fraction of visual sinks' attention that VAR moves: None for "auto", 0 for "off".

    Raises ValueError.
    """
    if text in ("auto", "off"):
        return None if text == "auto" else 0.0
    moved = _fraction(text)
    if not moved:
        raise ValueError(f"var is auto, off or the fraction that is moved, as 0.6, not {text!r}")
    return moved


def _fraction(text: str) -> float | None:
    """A number from 0 to 1, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None


@dataclass(frozen=True, slots=True)
class Options:
    """What may be chosen of a model, behind a question mark in its name.

    ``bits`` are those of a weight of the language model, 0 for what suits the kind (16; EgoGPT: the
    most that fit the card); ``frames`` how many pictures of a clip are looked at, 0 for as many as
    suit the kind; ``side`` the most pixels of a picture's longer side, which EgoGPT has no choice
    of; ``batch`` clips captioned together, 0 for what suits the device; ``attention`` a method of
    ``kernels`` with its options, "recycled:tokens=1024"; ``positions`` how its language model
    numbers tokens, by a name of ``kernels.positions.options``; ``device`` as torch calls it;
    ``quota`` how a clip's tokens are shared out (``QuotaOption``), ``var`` whether visual sinks'
    attention is moved (``parse_var``), ``act`` the file that `egobutler calibrate-act` wrote.

    Of GGUF files alone: ``mmproj`` is the file of the encoders, where it is not beside the model;
    ``ctx`` the most tokens read at once, 0 for what suits; ``threads`` 0 for those of the machine;
    ``layers`` how many lie on the card, -1 for as many as llama.cpp chooses.
    """

    bits: int = 0
    frames: int = 0
    side: int = _SIDE
    batch: int = 0
    attention: str = STOCK
    positions: str = "native"
    device: str = ""
    quota: str = "auto"
    var: str = "auto"
    act: str = ""
    mmproj: str = ""
    ctx: int = 0
    threads: int = 0
    layers: int = -1


@dataclass(frozen=True, slots=True)
class ParsedModelName:
    """A model name, taken apart. ``place`` is a folder or a name of the hub, or empty."""

    kind: str
    place: str = ""
    options: Options = field(default_factory=Options)

    @property
    def short(self) -> str:
        """The name without where it lies: "qwen-vl:Qwen2.5-VL-7B-Instruct"."""
        last = (self.place or FOLDERS.get(self.kind, "")).rstrip("/").rpartition("/")[2]
        return f"{self.kind}:{last}" if last else self.kind


def without_option(name: str, option: str) -> str:
    """The name of the same model without one of its options."""
    front, _, behind = name.partition("?")
    rest = [pair for pair in behind.split("&") if pair and not pair.startswith(f"{option}=")]
    return f"{front}?{'&'.join(rest)}" if rest else front


def kind_of(name: str) -> str:
    """What stands before the colon: "qwen-vl"."""
    return name.partition(":")[0].partition("?")[0]


def is_placed(name: str | None) -> bool:
    """Whether a model is named by kind and place, and so is no bundle."""
    return name is not None and kind_of(name) in PLACED


def parse(name: str) -> ParsedModelName:
    """A name taken apart. Raises UnknownModel for an option that does not exist or fit."""
    front, _, behind = name.partition("?")
    kind, _, place = front.partition(":")
    return ParsedModelName(
        kind, place, _options(name, dict(parse_qsl(behind, keep_blank_values=True)))
    )


def _options(name: str, chosen: Mapping[str, str]) -> Options:
    known = {field.name: field.default for field in fields(Options)}
    values: dict[str, int | str] = {}
    for key, text in chosen.items():
        if key not in known:
            raise UnknownModel(
                f"{name!r}: there is no option {key!r}. Those that exist: {', '.join(known)}."
            )
        _check_kind(name, key)
        values[key] = text if isinstance(known[key], str) else _number(name, key, text)
    options = Options(**values)  # type: ignore[arg-type]
    if options.bits not in BITS or options.side < 28:
        raise UnknownModel(f"{name!r}: bits must be 4, 8 or 16, and side at least 28 pixels.")
    if "frames" in chosen and options.frames < 1:
        raise UnknownModel(f"{name!r}: frames must be 1 at least.")
    try:
        if Positions.parse(options.positions).kind == RENUMBERED:
            raise ValueError(f"{RENUMBERED} positions are for long reading (--reading long:…)")
        _check_attention(options.attention)
        QuotaOption.parse(options.quota)
        if parse_var(options.var) and options.act:
            raise ValueError("var and act correct the same attention; choose one")
    except (UnknownPositions, ValueError) as error:
        raise UnknownModel(f"{name!r}: {error}.") from error
    return options


def _check_attention(spec: str) -> None:
    """Raises ValueError for an attention that nobody knows."""
    method, _ = parse_method(spec)
    if method not in (STOCK, *_OTHER_ATTENTION) and method not in METHODS:
        known = ", ".join((STOCK, *_OTHER_ATTENTION, *METHODS))
        raise ValueError(f"attention is one of {known}, not {method!r}")


def _check_kind(name: str, option: str) -> None:
    kind = kind_of(name)
    if option in _GGUF_VL_ALONE and kind != GGUF_VL:
        raise UnknownModel(f"{name!r}: only {GGUF_VL} has the option {option!r}.")
    if why := _WITHOUT.get(kind, {}).get(option):
        raise UnknownModel(f"{name!r}: {kind} has no option {option!r}: {why}.")


def _number(name: str, key: str, text: str) -> int:
    if not text.isdigit():
        raise UnknownModel(f"{name!r}: {key} must be a whole number, not {text!r}.")
    return int(text)
