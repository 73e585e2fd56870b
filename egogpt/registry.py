"""Models by name: one line here makes a model available, and nothing is imported before its use.

A class with a classmethod ``load(name, weights)`` is built by it; any other is called without
arguments. Models of ``MODELS`` are named ``kind:place`` (``model_names``), chat and caption, and
are made cheaply: their weights come with their first use. Other distributions add models by entry
points (``egogpt.plugins``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from egogpt.plugins import Registry
from egogpt.presets import NONE
from egogpt.protocols.captioner import Captioner
from egogpt.protocols.chat import Chat
from egogpt.protocols.model_names import CHATS, FOLDERS, UnknownModel, kind_of, parse
from egogpt.protocols.text_embedder import Embedder
from egogpt.remote.address import KIND as REMOTE
from egogpt.remote.address import parse as parse_address
from egogpt.weights.store import WeightStore

__all__ = [
    "CAPTIONERS",
    "COMPOSED",
    "EMBEDDERS",
    "MODELS",
    "UnknownModel",
    "check_captioner",
    "check_models",
    "embedder_name",
    "load_captioner",
    "load_chat",
    "load_embedder",
]

EMBEDDERS: Mapping[str, str] = {
    "minilm": "egogpt.embedders.minilm:MiniLMEmbedder",
    "nomic": "egogpt.embedders.nomic:NomicEmbedder",
}

CAPTIONERS: Mapping[str, str] = {
    "composed": "egogpt.captioning.template_captioner:TemplateCaptioner",
}

COMPOSED = "composed"
# What is named by a kind and a place, and both chats and captions.
MODELS: Mapping[str, str] = {
    "egogpt": "egogpt.egogpt_7b.backend:EgoGPTBackend",
    "qwen-omni": "egogpt.vlm.omni_model:OmniModel",
    "qwen-vl": "egogpt.vlm.omni_model:OmniModel",
    "llava-onevision": "egogpt.vlm.omni_model:OmniModel",
    "smolvlm": "egogpt.vlm.omni_model:OmniModel",
    "openai": "egogpt.remote.model:RemoteModel",
}
_EMBEDDERS = Registry("embedders", EMBEDDERS)
_CHATS = Registry("chats", {**CHATS, **MODELS})
_CAPTIONERS = Registry("captioners", {**CAPTIONERS, **MODELS})


def load_embedder(name: str, weights: WeightStore) -> Embedder:
    """The embedder called ``name``, ready to use.

    Raises UnknownModel, WeightMissing with the command that fetches its weights, or PluginError.
    """
    return cast(Embedder, _build("embedder", name, _EMBEDDERS, weights))


def embedder_name(name: str) -> str:
    """What the vectors of the embedder called ``name`` are stored under; nothing is loaded."""
    return str(_find("embedder", name, _EMBEDDERS).name)


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
    if known not in registry or (known not in MODELS and known != name):
        raise UnknownModel(
            f"There is no {kind} called {name!r}. Those that exist: "
            f"{', '.join(map(_shown, registry))}."
        )
    if known in FOLDERS:
        parse(name)
    if known == REMOTE:
        parse_address(name)


def _shown(name: str) -> str:
    return f"{name}:PLACE" if name in MODELS else name


def _find(kind: str, name: str, registry: Registry) -> Any:
    _check(kind, name, registry)
    return registry.load(kind_of(name))


def _build(kind: str, name: str, registry: Registry, weights: WeightStore | None) -> Any:
    found = _find(kind, name, registry)
    return found.load(name, weights or WeightStore()) if hasattr(found, "load") else found()
