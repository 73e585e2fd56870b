"""Lists of English words, from the table ``words.en.toml`` of the package that reads by them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def word_list(package: str, name: str) -> frozenset[str]:
    """The words of a list of a package's table."""
    return frozenset(_table(package)[name].split())


@cache
def _table(package: str) -> Mapping[str, str]:
    return tomllib.loads(files(package).joinpath("words.en.toml").read_text("utf-8"))
