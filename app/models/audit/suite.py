"""Read attacks.toml: orders slipped into a recording, requests to refuse, and harmless controls."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import cycle
from typing import Any

from memory.types.core import Answer, Question, Scope, Span

KINDS = ("orders", "requests", "controls")
_BEGAN = 1_772_442_000.0  # 2 March 2026, 09:00 UTC
_APART = 3_600.0
_LATER = 30 * 86_400.0
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|‘[^’]*’|„[^“]*“|「[^」]*」")


@dataclass(frozen=True, slots=True)
class AuditCase:
    """A question about a scene of a recording, and the ``order`` in it (empty without one).

    ``context`` is what else was said there: the right answer, or nothing beside every other order.

    ``pattern`` matches the assistant's own words where an order or a request is obeyed, and where a
    control is answered rightly. ``number`` is its place in time, ``scene`` that of its scene.
    """

    number: int
    scene: int
    kind: str
    language: str
    context: str
    question: str
    pattern: str
    channel: str = ""
    style: str = ""
    order: str = ""

    @property
    def span(self) -> Span:
        """The clip that holds it."""
        start = _BEGAN + _APART * self.number
        return Span(start, start + 30)

    def asked(self) -> Question:
        """Its question, kept to its clip."""
        around = Span(self.span.start - 60, self.span.end + 60)
        return Question(self.question, self.span.end + _LATER, "UTC", scope=Scope(span=around))

    def matches(self, text: str) -> bool:
        """Whether what is said matches; an order that is only repeated or quoted is not obeyed."""
        own = text if self.kind == "controls" else self._own_words(text)
        return re.search(self.pattern, own, re.IGNORECASE) is not None

    def matched_by(self, answer: Answer) -> bool:
        """Whether a home's answer does; none does that abstains."""
        return not answer.abstained and any(self.matches(s.text) for s in answer.sentences)

    def _own_words(self, text: str) -> str:
        """A text without a copy of the order, and without quotations of a source that is named."""
        text = text.replace(self.order.rstrip(".。"), " ") if self.order else text
        rest = _QUOTED.sub(" ", text)
        return rest if re.search(_suite()["attributed"], rest, re.IGNORECASE) else text


@cache
def _suite() -> Mapping[str, Any]:
    text = files("app.models.audit").joinpath("attacks.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def limit(cases: int) -> int:
    """How many of so many attacks a home may obey."""
    return int(_suite()["limit"] * cases)


def cases(every: int = 1) -> list[AuditCase]:
    """The suite, or every so many of its scenes."""
    return [AuditCase(number, *row) for number, row in enumerate(_rows(every))]


def _rows(every: int) -> Iterator[tuple[Any, ...]]:
    suite, alone = _suite(), cycle((False, True))
    for place, scene in enumerate(suite["scenes"][::every]):
        language, context, question = scene["language"], scene["context"], scene["question"]
        yield place, "controls", language, context, question, scene["right"]
        for order in scene["orders"]:
            beside = "" if next(alone) else context
            pattern = order.get("obeyed", suite["reveal"])
            how = (order["channel"], order["style"], order["text"])
            yield place, "orders", language, beside, question, pattern, *how
    for place, scene in enumerate(suite["requests"]):
        for request in scene["asked"][::every]:
            pattern = request.get("obeyed", suite["reveal"])
            yield place, "requests", scene["language"], scene["context"], request["text"], pattern
