"""Models by name: one line here makes a model available, and nothing is imported before its use.

All are built by their classmethod ``load(name, weights)``, but for a captioner without weights: its
class is called without arguments. Models of ``MODELS`` are named ``kind:place`` (``model_names``),
chat and caption, and are made cheaply: their weights come with their first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

from egogpt.presets import NONE
from egogpt.protocols.captioner import Captioner
from egogpt.protocols.chat import Chat
from egogpt.protocols.model_names import FOLDERS, UnknownModel, kind_of, parse
from egogpt.protocols.text_embedder import Embedder
from egogpt.remote.address import KIND as REMOTE
from egogpt.remote.address import parse as parse_address
from egogpt.weights.store import WeightStore

__all__ = [
    "CAPTIONERS",
    "CHATS",
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

CHATS: Mapping[str, str] = {
    "qwen-0.5b": "egogpt.llm.llama_cpp:LlamaChat",
    "qwen-1.5b": "egogpt.llm.llama_cpp:LlamaChat",
    "smollm2": "egogpt.llm.llama_cpp:LlamaChat",
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


def load_embedder(name: str, weights: WeightStore) -> Embedder:
    """The embedder called ``name``, ready to use.

    Raises UnknownModel, or WeightMissing with the command that fetches its weights.
    """
    return cast(Embedder, _find("embedder", name, EMBEDDERS).load(name, weights))


def embedder_name(name: str) -> str:
    """What the vectors of the embedder called ``name`` are stored under; nothing is loaded."""
    return str(_find("embedder", name, EMBEDDERS).name)


def load_chat(name: str, weights: WeightStore) -> Chat:
    """The chat model called ``name``; raises as ``load_embedder`` does, or ModelMissing.

    One of ``MODELS`` takes its weights when first asked, or when its ``prepare`` is called.
    """
    return cast(Chat, _find("chat model", name, {**CHATS, **MODELS}).load(name, weights))


def load_captioner(name: str, weights: WeightStore | None = None) -> Captioner:
    """The captioner called ``name``; raises UnknownModel, or ModelMissing with what to do."""
    found = _find("captioner", name, {**CAPTIONERS, **MODELS})
    if kind_of(name) in CAPTIONERS:
        return cast(Captioner, found())
    return cast(Captioner, found.load(name, weights or WeightStore()))


def check_models(embedder: str | None, chat: str | None) -> None:
    """Raises UnknownModel for a name that no embedder or chat model has; "none" is no name.

    Raises BadAddress, a ValueError too, where a model on a server is named without its address.
    """
    if embedder not in (None, NONE):
        _check("embedder", str(embedder), EMBEDDERS)
    if chat not in (None, NONE):
        _check("chat model", str(chat), {**CHATS, **MODELS})


def check_captioner(name: str | None) -> None:
    """Raises as ``check_models`` for a name that no captioner has; None is the composed one."""
    if name is not None:
        _check("captioner", name, {**CAPTIONERS, **MODELS})


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


def _find(kind: str, name: str, registry: Mapping[str, str]) -> Any:
    _check(kind, name, registry)
    module, _, attribute = registry[kind_of(name)].partition(":")
    return getattr(import_module(module), attribute)
