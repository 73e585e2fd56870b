"""Retrieval strategies by name. A new one is one file, one line here and one line in its test."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import cast

from egogpt.protocols.chat import Chat
from egogpt.protocols.image_embedder import PictureEmbedder
from egorag.retrieval.protocol import Retriever

DEFAULT = "pyramid"
RETRIEVERS: Mapping[str, str] = MappingProxyType(
    {
        "pyramid": "egorag.retrieval.pyramid:PyramidRetriever",
        "flat": "egorag.retrieval.flat:FlatRetriever",
        "bm25": "egorag.retrieval.strategies.baselines:Bm25Retriever",
        "dense": "egorag.retrieval.strategies.baselines:DenseRetriever",
        "egorag": "egorag.retrieval.strategies.egorag:EgoRagRetriever",
        "hipporag": "egorag.retrieval.strategies.hipporag:HippoRagRetriever",
        "lightrag": "egorag.retrieval.strategies.lightrag:LightRagRetriever",
        "noderag": "egorag.retrieval.strategies.noderag:NodeRagRetriever",
        "memorag": "egorag.retrieval.strategies.memorag:MemoRagRetriever",
        "richrag": "egorag.retrieval.strategies.richrag:RichRagRetriever",
        "visrag": "egorag.retrieval.strategies.visrag:VisRagRetriever",
        "omnisearch": "egorag.retrieval.strategies.omnisearch:OmniSearchRetriever",
    }
)
# Those that a language model may help between question and ranking; all do without.
ASKS_A_MODEL = frozenset({"egorag", "hipporag", "lightrag", "memorag", "richrag", "omnisearch"})
SEES_PICTURES = frozenset({"pyramid", "visrag"})


class UnknownRetriever(ValueError):
    """The name of a retrieval strategy that is not registered."""

    def __init__(self, name: str) -> None:
        known = ", ".join(sorted(RETRIEVERS))
        super().__init__(f'there is no retrieval strategy "{name}"; choose one of: {known}')


def load_retriever(
    name: str = DEFAULT, chat: Chat | None = None, pictures: PictureEmbedder | None = None
) -> Retriever:
    """The strategy of that name; its module is imported only now.

    Args:
        name: one of ``RETRIEVERS``.
        chat: takes the part of the large model in those that have one; rules do otherwise.
        pictures: an image-text embedder whose picture vectors the store holds.

    Raises:
        UnknownRetriever: for any other name.
    """
    check_retriever(name)
    module, _, attribute = RETRIEVERS[name].partition(":")
    made = getattr(import_module(module), attribute)
    if name in ASKS_A_MODEL:
        return cast(Retriever, made(chat))
    return cast(Retriever, made(pictures) if name in SEES_PICTURES else made())


def check_retriever(name: str) -> None:
    """Raises UnknownRetriever for a name that is not registered."""
    if name not in RETRIEVERS:
        raise UnknownRetriever(name)
