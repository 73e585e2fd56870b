"""Models by name, and the presets of them that need no hub.

One line here makes a model available, and nothing is imported before its use.

A class with a classmethod ``load(name, weights)`` is built by it; any other is called without
arguments. Models of ``MODELS`` are named ``kind:place`` (``model_names``), chat and caption, and
are made cheaply: their weights come with their first use. Other distributions add models by entry
points (``egogpt.plugins``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from egogpt.llm.token_rate import TARGET, stored_rate
from egogpt.plugins import Registry
from egogpt.protocols.captioner import Captioner
from egogpt.protocols.chat import Chat
from egogpt.protocols.model_names import CHATS, FOLDERS, GGUF, PLACED, UnknownModel, kind_of, parse
from egogpt.protocols.text_embedder import Embedder
from egogpt.remote.address import KIND as REMOTE
from egogpt.remote.address import parse as parse_address
from egogpt.runtime.gc_pause import gc_paused
from egogpt.weights.catalogue import load_catalogue
from egogpt.weights.fetcher import Progress
from egogpt.weights.hub_cache import trouble
from egogpt.weights.store import WeightStore
from memory.types.messages import UserMessage

EMBEDDERS: Mapping[str, str] = {
    "e5": "egogpt.embedders.e5:E5Embedder",
    "nomic": "egogpt.embedders.nomic:NomicEmbedder",
    "nomic+e5": "egogpt.embedders.paired:PairedEmbedder",
}

PLACED_EMBEDDER = "e5"  # also of a folder, or of a name of the hub: e5:PLACE

CAPTIONERS: Mapping[str, str] = {
    "composed": "egogpt.captioning.template_captioner:TemplateCaptioner",
}

COMPOSED = "composed"
NONE = "none"  # the word for "no such model"
# What is named by a kind and a place, and both chats and captions.
MODELS: Mapping[str, str] = {
    "egogpt": "egogpt.egogpt_7b.backend:EgoGPTBackend",
    "qwen-omni": "egogpt.vlm.omni_model:OmniModel",
    "qwen-vl": "egogpt.vlm.omni_model:OmniModel",
    "llava-onevision": "egogpt.vlm.omni_model:OmniModel",
    "smolvlm": "egogpt.vlm.omni_model:OmniModel",
    "gguf-vl": "egogpt.vlm.gguf_model:GgufModel",
    "openai": "egogpt.remote.model:RemoteModel",
}
_EMBEDDERS = Registry("embedders", EMBEDDERS)
_CHATS = Registry("chats", {**CHATS, **MODELS, GGUF: "egogpt.llm.llama_cpp:LlamaChat"})
_CAPTIONERS = Registry("captioners", {**CAPTIONERS, **MODELS})


def load_embedder(name: str, weights: WeightStore) -> Embedder:
    """The embedder called ``name``, ready to use.

    Raises UnknownModel, WeightMissing with the command that fetches its weights, or PluginError.
    """
    return cast(Embedder, _build("embedder", name, _EMBEDDERS, weights))


def embedder_name(name: str) -> str:
    """What the vectors of the embedder called ``name`` are stored under; nothing is loaded."""
    found, place = _find("embedder", name, _EMBEDDERS), name.partition(":")[2]
    return str(found.stored_as(place) if place else found.name)


def embedder_location(name: str) -> Path:
    """The folder of ``e5:PLACE``. Raises UnknownModel, or PictureModelError."""
    return Path(_find("embedder", name, _EMBEDDERS).location(name.partition(":")[2]))


def fetch_embedder(name: str, progress: Progress | None = None) -> None:
    """Brings ``e5:PLACE`` into the hub's cache. Raises UnknownModel, or PictureModelError."""
    _find("embedder", name, _EMBEDDERS).fetch(name.partition(":")[2], progress)


def load_chat(name: str, weights: WeightStore) -> Chat:
    """The chat model called ``name``; raises as ``load_embedder`` does, or ModelMissing.

    One of ``MODELS`` takes its weights when first asked, or when its ``prepare`` is called.
    """
    return cast(Chat, _build("chat model", name, _CHATS, weights))


def load_captioner(name: str, weights: WeightStore | None = None) -> Captioner:
    """The captioner called ``name``; raises UnknownModel, PluginError, or ModelMissing."""
    return cast(Captioner, _build("captioner", name, _CAPTIONERS, weights))


def check_models(embedder: str | None, chat: str | None) -> None:
    """Raises UnknownModel for a name that no embedder or chat model has; "none" is no name.

    Raises BadAddress, a ValueError too, where a model on a server is named without its address.
    """
    if embedder not in (None, NONE):
        _check("embedder", str(embedder), _EMBEDDERS)
    if chat not in (None, NONE):
        _check("chat model", str(chat), _CHATS)


def check_captioner(name: str | Captioner | None) -> None:
    """Raises as ``check_models`` for a name that no captioner has; None is the composed one."""
    if isinstance(name, str):
        _check("captioner", name, _CAPTIONERS)


def _check(kind: str, name: str, registry: Mapping[str, str]) -> None:
    """Whether there is such a model; nothing of it is imported."""
    known = kind_of(name)
    if known not in registry or (known not in (*PLACED, PLACED_EMBEDDER) and known != name):
        raise UnknownModel(
            f"There is no {kind} called {name!r}. Those that exist: "
            f"{', '.join(map(_shown, registry))}."
        )
    if known in FOLDERS:
        parse(name)
    if known == REMOTE:
        parse_address(name)


def _shown(name: str) -> str:
    return f"{name}:PLACE" if name in PLACED else name


def _find(kind: str, name: str, registry: Registry) -> Any:
    _check(kind, name, registry)
    return registry.load(kind_of(name))


def _build(kind: str, name: str, registry: Registry, weights: WeightStore | None) -> Any:
    found = _find(kind, name, registry)
    with gc_paused():
        return found.load(name, weights or WeightStore()) if hasattr(found, "load") else found()


_VISION = ("yolox-nano", "efficientnet-lite3", "face", "hands")
_PEOPLE = ("face-identity", "voice")


@dataclass(frozen=True, slots=True)
class Preset:
    """Models that run together; ``bundles`` are the weights they need, without duplicates.

    ``embedder`` and ``chat`` are names of the registry; ``chat`` None means that answers are
    extracts. ``speech`` is the bundle of the speech recogniser, ``statement_reader`` that of the
    language model that reads what was found together with the question; None where there is none.
    """

    name: str
    embedder: str | None
    chat: str | None
    speech: str | None
    bundles: tuple[str, ...]
    statement_reader: str | None = None


class UnknownPreset(ValueError):
    """A preset name that does not exist; the text lists those that do."""


@dataclass(frozen=True, slots=True)
class AbsentModel:
    """A model that cannot run now: what it is for, and what stands in for it, by message keys.

    ``ability`` is empty where nothing ever stands in; ``reason`` is why, else its weights are
    missing.
    """

    name: str
    without: str
    ability: str = ""
    stand_in: str | None = None
    reason: str | None = None

    @property
    def note(self) -> str:
        """One sentence about it."""
        why = self.reason or UserMessage("egogpt.bundle-missing", name=self.name)
        if self.ability and self.stand_in:
            what = UserMessage(self.ability)
            return UserMessage("egogpt.stands-in", ability=what, name=self.stand_in, why=why)
        lacking = UserMessage(self.without)
        if not self.ability:
            return UserMessage("egogpt.goes-without", without=lacking, why=why)
        off = UserMessage(self.ability)
        return UserMessage("egogpt.is-off", ability=off, without=lacking, why=why)


@dataclass(frozen=True, slots=True)
class Usable:
    """What of a preset can run now, and what cannot."""

    preset: Preset
    absent: tuple[AbsentModel, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence about each thing that cannot run."""
        return tuple(model.note for model in self.absent)


PRESETS: Mapping[str, Preset] = {
    "small": Preset(
        "small",
        "e5",
        None,
        "whisper-tiny.en",
        ("whisper-tiny.en", *_VISION, *_PEOPLE, "e5"),
    ),
    "standard": Preset(
        "standard",
        "nomic+e5",
        "qwen-0.5b",
        "whisper-base",
        ("whisper-base", *_VISION, *_PEOPLE, "nomic", "e5", "qwen-0.5b"),
    ),
    "large": Preset(
        "large",
        "nomic+e5",
        "qwen-1.5b",
        "whisper-base",
        ("whisper-base", *_VISION, *_PEOPLE, "nomic", "e5", "qwen-1.5b", "qwen-0.5b"),
        "qwen-0.5b",
    ),
}


def bundles_of(embedder: str) -> tuple[str, ...]:
    """The bundles of weights that an embedder needs: its own, or those of the two that it joins."""
    return tuple(embedder.split("+"))


def with_models(
    preset: Preset, embedder: str | None, chat: str | None, speech: str | None = None
) -> Preset:
    """The preset with other models of these kinds; "none" leaves one out, None keeps it.

    A model that is named by its place, or a plug-in, is no bundle: its weights are not ours to
    fetch or verify.
    """
    known = load_catalogue().bundles
    own = (preset.embedder, preset.chat, preset.speech)
    named = [new or old for new, old in zip((embedder, chat, speech), own, strict=True)]
    chosen = [None if name == NONE else name for name in named]
    before, now = ([*bundles_of(kinds[0] or ""), *kinds[1:]] for kinds in (own, chosen))
    now.append(preset.statement_reader)
    others = [bundle for bundle in preset.bundles if bundle not in before]
    others = [bundle for bundle in others if bundle not in now]
    bundles = (*others, *dict.fromkeys(name for name in now if name and name in known))
    return replace(preset, embedder=chosen[0], chat=chosen[1], speech=chosen[2], bundles=bundles)


_WITHOUT: Mapping[str, str] = {
    "yolox-nano": "egogpt.no-objects",
    "efficientnet-lite3": "egogpt.no-scene-tags",
    "face": "egogpt.no-faces",
    "hands": "egogpt.no-hands",
    "face-identity": "egogpt.faces-not-told-apart",
    "voice": "egogpt.voices-not-told-apart",
}
_STAND_IN_EMBEDDERS = ("nomic+e5", "e5", "nomic")
_STAND_IN_CHATS = ("qwen-1.5b", "qwen-0.5b")
_STAND_IN_SPEECH = ("whisper-base", "whisper-tiny.en")


def choose_preset(name: str) -> Preset:
    """The preset of that name. Raises UnknownPreset."""
    if name not in PRESETS:
        raise UnknownPreset(f"There is no preset {name!r}. Those that exist: {', '.join(PRESETS)}.")
    return PRESETS[name]


def usable(preset: Preset, store: WeightStore, *, fast: bool = False) -> Usable:
    """What of ``preset`` can run with the weights that are there, and what is missing.

    Another model of the same kind stands in where one is absent; without any, that ability is
    None and the program does without it. A chat model that has to be ``fast`` gives way to a
    smaller one that is there, where it was measured to take longer than ``TARGET`` for an answer.
    """
    missing = store.missing(preset.bundles)
    absent: list[AbsentModel] = []

    def stand_in(
        preferred: str | None, others: Sequence[str], without: str, ability: str
    ) -> str | None:
        if preferred is None:
            return None
        parts = bundles_of(preferred)
        reason = None if set(parts) <= set(store.catalogue.bundles) else trouble(preferred)
        lacking = [part for part in parts if part in missing]
        if reason is None and not lacking:
            return preferred
        # Nothing heavier than what was wanted, unless there is nothing else.
        start = others.index(preferred) + 1 if preferred in others else 0
        candidates = (*others[start:], *reversed(others[: start - 1]))
        other = next((name for name in candidates if all(map(store.has, bundles_of(name)))), None)
        name = preferred if reason else " ".join(lacking)
        absent.append(AbsentModel(name, without, ability, other, reason))
        return other

    embedder = stand_in(
        preset.embedder, _STAND_IN_EMBEDDERS, "egogpt.only-words", "egogpt.search-by-meaning"
    )
    chat = stand_in(preset.chat, _STAND_IN_CHATS, "egogpt.answers-are-extracts", "egogpt.writing")
    if fast and chat in _STAND_IN_CHATS and (slow := _too_slow(chat, store)):
        smaller = _STAND_IN_CHATS[_STAND_IN_CHATS.index(chat) + 1 :]
        if other := next(filter(store.has, smaller), None):
            absent.append(AbsentModel(chat, "", "egogpt.writing", other, slow))
            chat = other
    speech = stand_in(preset.speech, _STAND_IN_SPEECH, "egogpt.no-speech", "egogpt.speech")
    eyes = [name for name in _WITHOUT if name in preset.bundles]
    absent += [AbsentModel(name, _WITHOUT[name]) for name in eyes if name in missing]
    present = [name for name in eyes if name not in missing]
    reader = preset.statement_reader if preset.statement_reader not in missing else None
    used = dict.fromkeys((speech, *present, *bundles_of(embedder or ""), chat, reader))
    bundles = tuple(name for name in used if name and name in store.catalogue.bundles)
    return Usable(Preset(preset.name, embedder, chat, speech, bundles, reader), tuple(absent))


def _too_slow(chat: str, store: WeightStore) -> str:
    """Why a chat model is too slow for this machine; empty where it is not, or is not measured."""
    rate = stored_rate(chat, store)
    if rate is None or rate.answer_seconds <= TARGET:
        return ""
    return UserMessage("egogpt.too-slow", name=chat, seconds=round(rate.answer_seconds))
