"""Whether something said or written puts a question: its answer then stands beside it."""

from __future__ import annotations

import re

_ASKING = re.compile(
    r"(?:(?:does|do|did|has|have) )?(?:any(?:one|body)|every(?:one|body)|who|whose|what|why|where"
    r"|how|when|which) (?:know|wonder|is|are|was|were|did|do|does|has|have|to|this|'s)",
    re.IGNORECASE,
)

# "I always wondered what …", "I don't know where …": a question inside a statement.
_WONDERING = re.compile(
    r"\b(?:wonder(?:s|ed|ing)?|asks?|asked|asking|curious|no idea|(?:not|n't|nobody) (?:know|sure))"
    r"\b.{0,20}\b(?:what|why|where|how|when|which|who|whose|whether|if)\b",
    re.IGNORECASE,
)


def is_question(text: str) -> bool:
    """Whether a text puts a question rather than stating something."""
    ends = text.rstrip().endswith(("?", "？"))
    return ends or bool(_ASKING.match(text) or _WONDERING.search(text))
