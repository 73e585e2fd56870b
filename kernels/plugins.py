"""Implementations by name: built-in ones, and those that other distributions add.

A distribution adds one by an entry point of the group ``egobutler.KIND`` (docs/python.md). Only the
standard library is used here, and nothing is imported before its name is asked for. ``kernels`` is
the lowest package, so that every registry can use this; the others find it in ``egogpt.plugins``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

_log = logging.getLogger(__name__)
_PREFIX = "egobutler."


class PluginError(ImportError):
    """A plug-in cannot be loaded; the text names its distribution, the reason and what to do."""


class Registry(Mapping[str, str]):
    """Maps names to "module:attribute"; a built-in name wins over the same name of a plug-in."""

    def __init__(self, kind: str, built_in: Mapping[str, str]) -> None:
        """``kind`` is the entry-point group without its prefix, such as "captioners"."""
        self.kind, self.built_in = kind, MappingProxyType(dict(built_in))

    def __getitem__(self, name: str) -> str:
        return self.built_in[name] if name in self.built_in else plugins(self.kind)[name].value

    def __iter__(self) -> Iterator[str]:
        yield from dict.fromkeys((*self.built_in, *sorted(plugins(self.kind))))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def load(self, name: str) -> Any:
        """Import the object called ``name``.

        Raises:
            KeyError: There is no such name.
            PluginError: Another distribution's object cannot be imported.
        """
        if name in self.built_in:
            return EntryPoint(name, self.built_in[name], self.kind).load()
        return _load(plugins(self.kind)[name])


def plugins(kind: str) -> dict[str, EntryPoint]:
    """Entry points of the group ``egobutler.KIND`` by name; the first on the path wins."""
    found = reversed(list(entry_points(group=f"{_PREFIX}{kind}")))
    return {point.name: point for point in found}


def build_all(kind: str) -> tuple[Any, ...]:
    """One of every plug-in of a kind, in order of name; log and leave out those that are broken."""
    built = []
    for _, point in sorted(plugins(kind).items()):
        try:
            built.append(_load(point)())
        except Exception as error:  # one broken plug-in must not stop the others
            _log.warning("%s", error, exc_info=not isinstance(error, PluginError))
    return tuple(built)


def _load(point: EntryPoint) -> Any:
    try:
        return point.load()
    except Exception as error:  # whatever another's module does when it is imported
        owner = "another distribution" if point.dist is None else repr(point.dist.name)
        raise PluginError(
            f"the plug-in {point.name!r} of {owner} cannot be loaded from {point.value!r} "
            f"({type(error).__name__}: {error}); repair or uninstall that distribution"
        ) from error
