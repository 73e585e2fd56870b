"""Whether something said or written puts a question: its answer then stands beside it."""

from __future__ import annotations

import re

_ASKING = re.compile(
    r"(?:(?:does|do|did|has|have) )?(?:any(?:one|body)|every(?:one|body)|who|whose|what|why|where"
    r"|how|when|which) (?:know|wonder|is|are|was|were|did|do|does|has|have|to|this|'s)",
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Whether a text puts a question rather than stating something."""
    return text.rstrip().endswith("?") or bool(_ASKING.match(text))
