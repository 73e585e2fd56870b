"""Detect the modality that a question asks about: said, read, heard, seen or held."""

from __future__ import annotations

import re

from egorag.evidence.units import UnitKind

_COLOUR = frozenset[UnitKind]({"colour"})
_CHINESE = (
    (re.compile("什么颜色"), _COLOUR),
    (re.compile("[聊谈说讲]|讨论"), frozenset[UnitKind]({"speech", "caption"})),
)
_CHANNELS: tuple[tuple[re.Pattern[str], frozenset[UnitKind]], ...] = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), frozenset(kinds))  # type: ignore[arg-type]
    for words, kinds in (
        ("(?:what|which) colou?r|welche Farbe", ("colour",)),
        (
            r"(?:was|were|am) (?:i|we) (?:ever |last |first )?(?:in|at|on)"
            r"|(?:i|we) (?:was|were) (?:in|at|on)",
            ("place",),
        ),
        ("read|written|write|wrote|sign|signs|spell|spelled|label|labels", ("text",)),
        (
            "say|says|said|saying|tell|tells|told|talk|talked|talking|speak|spoke|spoken|mention"
            "|mentioned|discuss|discussed|asked|call it|conversation",
            ("speech", "caption"),
        ),
        # Music is playing somewhere; what else is played is no sound: tennis, a violin.
        (
            r"hear|heard|listen|listened|sound|sounds"
            r"|playing(?=\W*$|\s+(?:in|on|at|when|while|there|outside|from)\b)",
            ("sound", "speech"),
        ),
        ("use|used|using", ("hand", "object", "caption")),
        ("hold|held|holding|touch|touched|grab|grabbed|in my hands?", ("hand", "caption")),
        (
            "see|saw|seen|look|looked|watch|watched|in view",
            ("object", "tag", "colour", "text", "face", "caption"),
        ),
    )
)


def asks_colour(question: str) -> bool:
    """Whether the question is what colour something is, which only a colour answers."""
    return modalities_asked(question) == _COLOUR


def modalities_asked(question: str) -> frozenset[UnitKind]:
    """The kinds of units that the question's first such verb is about; empty where none says."""
    matches = [
        (match.start(), kinds)
        for pattern, kinds in (*_CHANNELS, *_CHINESE)
        if (match := pattern.search(question))
    ]
    return min(matches, key=lambda row: row[0])[1] if matches else frozenset()
