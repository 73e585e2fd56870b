"""Kinds of things that detectors have words for: a dog is an animal, infants wear diapers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_MOST = 60  # members of a kind that are searched for by their words


def kinds_of(what: str) -> str:
    """The words for the kinds of a thing, parted by spaces; empty where none are known."""
    return _kinds().get(what, "")


def members_of(kind: str) -> frozenset[str]:
    """The single words for things of a kind; none of one so wide that all would be searched."""
    members = _members().get(kind, ())
    return frozenset(w for w in members if " " not in w) if len(members) <= _MOST else frozenset()


@cache
def _members() -> Mapping[str, tuple[str, ...]]:
    text = files("egorag.ranking").joinpath("kinds.txt").read_text(encoding="utf-8")
    lines = (line.partition(": ") for line in text.splitlines() if not line.startswith("#"))
    return {kind: tuple(members.split(", ")) for kind, _, members in lines}


@cache
def _kinds() -> Mapping[str, str]:
    table: dict[str, str] = {}
    for kind, members in _members().items():
        for member in members:
            table[member] = f"{table.get(member, '')} {kind}"
    return table
