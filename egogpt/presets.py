"""Presets of models for a machine, by memory and disk, and their form without some weights."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from egogpt.weights.catalogue import load_catalogue
from egogpt.weights.hub_cache import trouble
from egogpt.weights.store import WeightStore
from memory.types.messages import UserMessage

_GB = 1_000_000_000
# The memory that a machine must have in all, and the disk that must be free, in bytes. Measured
# resident sizes: recognition and vision 0.55 GB, MiniLM 0.25 GB, torch with nomic 0.7 to 0.9 GB,
# the 0.5B model 0.85 GB, the 1.5B model 2.2 GB with its context full. So standard takes 2.2 GB and
# large 3.6 GB; beside them a desktop with a browser needs about 3 GB, and films are decoded.
# Weights are 0.12, 0.93 and 1.56 GB; a download needs up to its own size once more for a while.
_STANDARD_MEMORY, _STANDARD_DISK = 6 * _GB, 2 * _GB
_LARGE_MEMORY, _LARGE_DISK = 12 * _GB, 4 * _GB
_VISION = ("yolox-nano", "efficientnet-lite3", "face", "hands")
_PEOPLE = ("face-identity", "voice")


@dataclass(frozen=True, slots=True)
class Preset:
    """Models that run together; ``bundles`` are the weights they need, without duplicates.

    ``embedder`` and ``chat`` are names of the registry; ``chat`` None means that answers are
    extracts. ``speech`` is the bundle of the speech recogniser, None where there is none.
    """

    name: str
    embedder: str | None
    chat: str | None
    speech: str | None
    bundles: tuple[str, ...]


class UnknownPreset(ValueError):
    """A preset name that does not exist; the text lists those that do."""


@dataclass(frozen=True, slots=True)
class Usable:
    """What of a preset can run now, and one sentence about each thing that cannot."""

    preset: Preset
    notes: tuple[str, ...]


PRESETS: Mapping[str, Preset] = {
    "small": Preset(
        "small",
        "minilm",
        None,
        "whisper-tiny.en",
        ("whisper-tiny.en", *_VISION, *_PEOPLE, "minilm"),
    ),
    "standard": Preset(
        "standard",
        "nomic",
        "qwen-0.5b",
        "whisper-base",
        ("whisper-base", *_VISION, *_PEOPLE, "nomic", "qwen-0.5b"),
    ),
    "large": Preset(
        "large",
        "nomic",
        "qwen-1.5b",
        "whisper-base",
        ("whisper-base", *_VISION, *_PEOPLE, "nomic", "qwen-1.5b"),
    ),
}

NONE = "none"  # the word for "no such model"


def with_models(preset: Preset, embedder: str | None, chat: str | None) -> Preset:
    """The preset with another embedder or chat model; "none" leaves it out, None keeps it.

    A model that is named by its place, or a plug-in, is no bundle: its weights are not ours to
    fetch or verify.
    """
    known = load_catalogue().bundles
    named = (embedder or preset.embedder, chat or preset.chat)
    chosen = [None if name == NONE else name for name in named]
    others = [bundle for bundle in preset.bundles if bundle not in (preset.embedder, preset.chat)]
    bundles = (*others, *(name for name in chosen if name and name in known))
    return replace(preset, embedder=chosen[0], chat=chosen[1], bundles=bundles)


_WITHOUT: Mapping[str, str] = {
    "yolox-nano": "egogpt.no-objects",
    "efficientnet-lite3": "egogpt.no-scene-tags",
    "face": "egogpt.no-faces",
    "hands": "egogpt.no-hands",
    "face-identity": "egogpt.faces-not-told-apart",
    "voice": "egogpt.voices-not-told-apart",
}
_EMBEDDERS = ("nomic", "minilm")
_CHATS = ("qwen-1.5b", "qwen-0.5b")
_SPEECH = ("whisper-base", "whisper-tiny.en")


def choose_preset(memory_bytes: int, free_disk_bytes: int, override: str | None = None) -> Preset:
    """The largest preset that a machine carries, or the one named by ``override``.

    ``memory_bytes`` is what the machine has in all, not what is free now, so that the choice does
    not change with the weather. Raises UnknownPreset.
    """
    if override is not None:
        if override not in PRESETS:
            raise UnknownPreset(
                f"There is no preset {override!r}. Those that exist: {', '.join(PRESETS)}."
            )
        return PRESETS[override]
    if memory_bytes >= _LARGE_MEMORY and free_disk_bytes >= _LARGE_DISK:
        return PRESETS["large"]
    if memory_bytes >= _STANDARD_MEMORY and free_disk_bytes >= _STANDARD_DISK:
        return PRESETS["standard"]
    return PRESETS["small"]


def detect(store: WeightStore, override: str | None = None) -> Preset:
    """The preset for this machine; weights that are already there count as free disk."""
    if override is not None:
        return choose_preset(0, 0, override)
    import psutil

    memory = min(int(psutil.virtual_memory().total), _container_limit())
    present = sum(status.size for status in store.list() if status.state == "present")
    return choose_preset(memory, _free_disk(store.root) + present)


def usable(preset: Preset, store: WeightStore) -> Usable:
    """What of ``preset`` can run with the weights that are there, and what is missing.

    Another model of the same kind stands in where one is absent; without any, that ability is
    None and the program does without it.
    """
    notes: list[str] = []
    embedder = _stand_in(
        preset.embedder, _EMBEDDERS, store, notes, "egogpt.search-by-meaning", "egogpt.only-words"
    )
    chat = _stand_in(
        preset.chat, _CHATS, store, notes, "egogpt.writing", "egogpt.answers-are-extracts"
    )
    speech = _stand_in(preset.speech, _SPEECH, store, notes, "egogpt.speech", "egogpt.no-speech")
    eyes = [name for name in _WITHOUT if name in preset.bundles]
    absent = store.missing(eyes)
    notes.extend(
        UserMessage("egogpt.goes-without", without=UserMessage(_WITHOUT[name]), why=_how(name))
        for name in absent
    )
    eyes = [name for name in eyes if name not in absent]
    known = store.catalogue.bundles
    used = [name for name in (speech, *eyes, embedder, chat) if name is not None and name in known]
    return Usable(Preset(preset.name, embedder, chat, speech, tuple(used)), tuple(notes))


def _stand_in(
    preferred: str | None,
    others: Sequence[str],
    store: WeightStore,
    notes: list[str],
    ability: str,
    without: str,
) -> str | None:
    if preferred is None:
        return None
    why = _why_not(preferred, store)
    if why is None:
        return preferred
    # Nothing heavier than what was wanted, unless there is nothing else.
    start = others.index(preferred) + 1 if preferred in others else 0
    for other in (*others[start:], *reversed(others[: start - 1])):
        if store.has(other):
            what = UserMessage(ability)
            notes.append(UserMessage("egogpt.stands-in", ability=what, name=other, why=why))
            return other
    off, lacking = UserMessage(ability), UserMessage(without)
    notes.append(UserMessage("egogpt.is-off", ability=off, without=lacking, why=why))
    return None


def _why_not(name: str, store: WeightStore) -> str | None:
    """What keeps a model from running, in a sentence; None where nothing does."""
    if name not in store.catalogue.bundles:
        return trouble(name)
    return None if store.has(name) else _how(name)


def _how(bundle: str) -> str:
    return UserMessage("egogpt.bundle-missing", name=bundle)


def _free_disk(folder: Path) -> int:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _container_limit() -> int:
    """The memory limit of the control group, or a number that limits nothing."""
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):
        return 2**63
