"""What the pages of docs/ and the README tell people to type, as a reader would take it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
_FENCE = re.compile(r"^( *)```(\w*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page: its language, the line where it begins, its text."""

    page: str
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        """Such as README.md:44."""
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a block: what is set before it, its words, the file that takes its output."""

    text: str
    environment: dict[str, str]
    words: tuple[str, ...]
    target: str | None


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    begun: tuple[int, str, str] | None = None
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if fence is None:
            continue
        if begun is None:
            begun = (number, fence[1], fence[2])
            continue
        first, indent, language = begun
        inside = (one.removeprefix(indent) for one in lines[first : number - 1])
        yield Block(page.name, first, language, "\n".join(inside))
        begun = None
    assert begun is None, f"{page.name}:{begun}: a block that does not end"


def commands(block: Block) -> Iterator[Command]:
    """The commands of a block for the shell; comments are left out."""
    for line in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        environment = {}
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0], re.DOTALL):
            name, _, value = words.pop(0).partition("=")
            environment[name] = value
        if not words:
            continue
        target = words[words.index(">") + 1] if ">" in words else None
        kept = words[: words.index(">")] if target else words
        yield Command(line.partition("  #")[0].strip(), environment, tuple(kept), target)


def outside_fences(page: Path) -> Iterator[tuple[int, str]]:
    """The lines of a page that stand in no fenced block, numbered from 1."""
    fenced = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line
