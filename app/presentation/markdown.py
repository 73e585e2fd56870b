"""Words of a home in Markdown: as they are, whatever they look like."""

from __future__ import annotations

import re

from memory.types.paths import printable

_MARKS = re.compile(r"([!-/:-@\[-`{-~])")


def plain(words: str) -> str:
    """``words`` on one line, in which nothing has a meaning to Markdown or HTML."""
    return _MARKS.sub(r"\\\1", " ".join(printable(words).split()))
