"""Models by name: one line here makes a model available, and nothing is imported before its use.

An embedder or chat is built by its classmethod ``load(name, weights)``, a captioner by calling
its class without arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

from egogpt.captioner import Captioner
from egogpt.chat import Chat
from egogpt.embedder import Embedder
from egogpt.presets import NONE
from egogpt.weights import WeightStore

EMBEDDERS: Mapping[str, str] = {
    "minilm": "egogpt.minilm:MiniLMEmbedder",
    "nomic": "egogpt.nomic:NomicEmbedder",
}

CHATS: Mapping[str, str] = {
    "qwen-0.5b": "egogpt.llama:LlamaChat",
    "qwen-1.5b": "egogpt.llama:LlamaChat",
}

CAPTIONERS: Mapping[str, str] = {
    "composed": "egogpt.composed:ComposedCaptioner",
}


# What is named by a kind and a place ("openai:MODEL@URL"), and both chats and captions.
MODELS: Mapping[str, str] = {
    "openai": "egogpt.remote:RemoteModel",
}


class UnknownModel(ValueError):
    """A model name that the registry does not have; the text lists those that it has."""


def load_embedder(name: str, weights: WeightStore) -> Embedder:
    """The embedder called ``name``, ready to use.

    Raises UnknownModel, or WeightMissing with the command that fetches its weights.
    """
    return cast(Embedder, _find("embedder", name, EMBEDDERS).load(name, weights))


def embedder_name(name: str) -> str:
    """What the vectors of the embedder called ``name`` are stored under; nothing is loaded."""
    return str(_find("embedder", name, EMBEDDERS).name)


def load_chat(name: str, weights: WeightStore) -> Chat:
    """The chat model called ``name``, ready to use; raises as ``load_embedder`` does."""
    return cast(Chat, _find("chat model", name, {**CHATS, **MODELS}).load(name, weights))


def check_models(embedder: str | None, chat: str | None) -> None:
    """Raises UnknownModel for a name that no embedder or chat model has; "none" is no name."""
    if embedder not in (None, NONE):
        _find("embedder", str(embedder), EMBEDDERS)
    if chat not in (None, NONE):
        _find("chat model", str(chat), {**CHATS, **MODELS})


def load_captioner(name: str, weights: WeightStore | None = None) -> Captioner:
    """The captioner called ``name``; raises UnknownModel."""
    found = _find("captioner", name, {**CAPTIONERS, **MODELS})
    if name in CAPTIONERS:
        return cast(Captioner, found())
    return cast(Captioner, found.load(name, weights or WeightStore()))


def _find(kind: str, name: str, registry: Mapping[str, str]) -> Any:
    if name not in registry and (kind_of := name.partition(":")[0]) in MODELS:
        name = kind_of
    if name not in registry:
        raise UnknownModel(
            f"There is no {kind} called {name!r}. Those that exist: {', '.join(registry)}."
        )
    module, _, attribute = registry[name].partition(":")
    return getattr(import_module(module), attribute)
