"""Everyday words for the classes of the models, read from ``labels.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Group:
    """Classes first..last of ImageNet that people call by one word."""

    first: int
    last: int
    word: str


@dataclass(frozen=True, slots=True)
class Labels:
    """What people call the things that the models know."""

    objects: tuple[str, ...]
    holdable: tuple[str, ...]
    groups: tuple[Group, ...]
    words: dict[str, str]

    @classmethod
    def load(cls) -> Labels:
        """The table that ships with the program."""
        text = resources.files("ingest.vision.detectors").joinpath("labels.toml").read_text("utf-8")
        table = tomllib.loads(text)
        groups = tuple(Group(row["first"], row["last"], row["word"]) for row in table["groups"])
        return cls(tuple(table["objects"]), tuple(table["holdable"]), groups, dict(table["words"]))

    def tags(self, names: Sequence[str]) -> tuple[str, ...]:
        """Everyday words for ImageNet's class names ("bannister, banister, …"), in their order.

        A class that should never be named becomes "".
        """
        return tuple(self._tag(index, name) for index, name in enumerate(names))

    def _tag(self, index: int, name: str) -> str:
        first_name = name.split(",")[0].strip()
        for group in self.groups:
            if group.first <= index <= group.last:
                return group.word
        return self.words.get(first_name, first_name)
