"""Retrieval strategies by name. A new one is one file, one line here and one line in its test."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import cast

from egorag.retriever import Retriever

DEFAULT = "pyramid"
RETRIEVERS: Mapping[str, str] = MappingProxyType(
    {
        "pyramid": "egorag.pyramid:PyramidRetriever",
        "flat": "egorag.flat:FlatRetriever",
    }
)


class UnknownRetriever(ValueError):
    """The name of a retrieval strategy that is not registered."""

    def __init__(self, name: str) -> None:
        known = ", ".join(sorted(RETRIEVERS))
        super().__init__(f'there is no retrieval strategy "{name}"; choose one of: {known}')


def load_retriever(name: str = DEFAULT) -> Retriever:
    """The strategy of that name; its module is imported only now.

    Raises:
        UnknownRetriever: for any other name.
    """
    if name not in RETRIEVERS:
        raise UnknownRetriever(name)
    module, _, attribute = RETRIEVERS[name].partition(":")
    return cast(Retriever, getattr(import_module(module), attribute)())
