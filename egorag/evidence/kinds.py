"""Kinds of things that detectors have words for: a dog is an animal, infants wear diapers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def kinds_of(what: str) -> str:
    """The words for the kinds of a thing, parted by spaces; empty where none are known."""
    return _kinds().get(what, "")


@cache
def _kinds() -> Mapping[str, str]:
    table: dict[str, str] = {}
    text = files("egorag.evidence").joinpath("kinds.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            kind, _, members = line.partition(": ")
            for member in members.split(", "):
                table[member] = f"{table.get(member, '')} {kind}"
    return table
