"""Which modules of the packages a program can reach: by imports, late ones too, and by names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

# "package.module" or "package.module:attribute", as registries and `python -m` name modules.
NAMED = re.compile(r"([a-z]\w*(?:\.\w+)+)(?::(\w+))?")


def modules(root: Path, packages: Iterable[str]) -> dict[str, Path]:
    """Every module by its dotted name."""
    found = {}
    for path in (file for package in packages for file in (root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def reached(sources: Mapping[str, Path], roots: Iterable[str]) -> set[str]:
    """The roots and all that they lead to."""
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in sources or name in seen:
            continue
        seen.add(name)
        waiting += [name.rpartition(".")[0], *_mentioned(_running(sources[name]))]
    return seen


def strings(path: Path) -> Iterator[tuple[str, str]]:
    """Module and attribute ("" where none) of each string that looks like the name of a module."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.Constant(value=str(text)) if found := NAMED.fullmatch(text):
                yield found[1], found[2] or ""


def _mentioned(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Constant(value=str(text)) if found := NAMED.fullmatch(text):
                yield found[1]


def _running(path: Path) -> Iterator[ast.AST]:
    """All of the code but what only type checkers read."""
    waiting: list[ast.AST] = [tree(path)]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        waiting += ast.iter_child_nodes(node)
