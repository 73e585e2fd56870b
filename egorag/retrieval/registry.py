"""Retrieval strategies by name. A new one is one file, one line here and one line in its test."""

from __future__ import annotations

from typing import cast

from egogpt.plugins import Registry
from egogpt.protocols.chat import Chat
from egogpt.protocols.image_embedder import PictureEmbedder
from egorag.retrieval.protocol import Retriever

DEFAULT = "pyramid"
RETRIEVERS = Registry(
    "retrievers",
    {
        "pyramid": "egorag.retrieval.pyramid:PyramidRetriever",
        "flat": "egorag.retrieval.strategies.baselines:FlatRetriever",
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
        "lego": "egorag.retrieval.strategies.lego:LegoRetriever",
    },
)
# Those that a language model may help between question and ranking; all do without.
ASKS_A_MODEL = frozenset({"egorag", "hipporag", "lightrag", "memorag", "richrag", "omnisearch"})
SEES_PICTURES = frozenset({"pyramid", "visrag"})
TAKES_MODULES = frozenset({"lego"})  # named behind a colon: "lego:extract=ppr,refine=none"


class UnknownRetriever(ValueError):
    """The name of a retrieval strategy that is not registered."""

    def __init__(self, name: str) -> None:
        known = ", ".join(sorted(RETRIEVERS))
        super().__init__(f'there is no retrieval strategy "{name}"; choose one of: {known}')


def load_retriever(
    name: str | Retriever = DEFAULT,
    chat: Chat | None = None,
    pictures: PictureEmbedder | None = None,
) -> Retriever:
    """The strategy of that name; its module is imported only now.

    Args:
        name: one of ``RETRIEVERS``, with modules behind a colon where it takes some, or a strategy
            itself, which is returned.
        chat: takes the part of the large model in those that have one; rules do otherwise.
        pictures: an image-text embedder whose picture vectors the store holds.

    Raises:
        UnknownRetriever: for any other name.
        UnknownModule: the strategy has no such module.
        PluginError: the strategy is another distribution's and cannot be loaded.
    """
    if not isinstance(name, str):
        return name
    check_retriever(name)
    base, _, modules = name.partition(":")
    if base in TAKES_MODULES:
        return cast(Retriever, RETRIEVERS.load(base)(modules))
    factory = RETRIEVERS.load(name)
    if name in ASKS_A_MODEL:
        return cast(Retriever, factory(chat))
    return cast(Retriever, factory(pictures) if name in SEES_PICTURES else factory())


def load_deeper(
    name: str | Retriever = DEFAULT,
    chat: Chat | None = None,
    pictures: PictureEmbedder | None = None,
) -> Retriever:
    """The strategy of that name, and rounds of sub-questions with it; see ``load_retriever``."""
    from egorag.retrieval.deeper import DeeperRetriever
    from egorag.retrieval.strategies.omnisearch import OmniSearchRetriever

    return DeeperRetriever(load_retriever(name, chat, pictures), OmniSearchRetriever(chat))


def check_retriever(name: str | Retriever) -> None:
    """Raises as ``load_retriever`` does; a strategy of ours is loaded only to read its modules."""
    if not isinstance(name, str) or name in RETRIEVERS.built_in:
        return
    base, _, modules = name.partition(":")
    if base in TAKES_MODULES:
        RETRIEVERS.load(base)(modules)
        return
    if name not in RETRIEVERS:
        raise UnknownRetriever(name)
    RETRIEVERS.load(name)
