"""The completeness of a day: what of it was heard, seen and described, and its pauses."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from app.presentation.i18n import t
from app.presentation.rendering import local_time
from app.presentation.time_text import length_words
from memory.repositories.moments import WorkDone
from memory.types.core import Span

PAUSE = 600.0  # seconds; shorter ones are not worth a word


@dataclass(frozen=True, slots=True)
class Completeness:
    """Shares (0..1) of what was recorded, None where there is none of its kind; pauses of a day.

    ``damaged`` are the seconds that cannot be read.
    """

    heard: float | None
    seen: float | None
    described: float | None
    damaged: float
    pauses: tuple[Span, ...]

    @property
    def whole(self) -> bool:
        """Whether everything that was recorded went through all that it could."""
        shares = (self.heard, self.seen, self.described)
        return all(share is None or share > 0.999 for share in shares) and not self.damaged


def completeness(done: WorkDone, recorded: Sequence[Span]) -> Completeness:
    """Of what was done for a day, and when something was recorded, in order of time."""
    between = (Span(left.end, right.start) for left, right in itertools.pairwise(recorded))
    return Completeness(
        _share(done.heard, done.sound),
        _share(done.seen, done.picture),
        _share(done.described, done.recorded),
        done.damaged,
        tuple(pause for pause in between if pause.duration >= PAUSE),
    )


def _share(done: float, of_all: float) -> float | None:
    return min(1.0, done / of_all) if of_all else None


def completeness_words(day: Completeness, timezone: str) -> str:
    """In sentences, empty where nothing was recorded."""
    if day.described is None:
        return ""
    sentences = [_of_work(day)]
    if day.damaged:
        sentences.append(t("{length} cannot be read.", length=length_words(day.damaged)))
    if day.pauses:
        longest = max(day.pauses, key=lambda pause: pause.duration)
        hours = "–".join(f"{local_time(at, timezone):%H:%M}" for at in (longest.start, longest.end))
        sentences.append(
            t("1 pause, {hours}.", hours=hours)
            if len(day.pauses) == 1
            else t("{n} pauses, the longest {hours}.", n=len(day.pauses), hours=hours)
        )
    return " ".join(sentences)


def _of_work(day: Completeness) -> str:
    if day.whole:
        return t("All of it is indexed.")
    parts = []
    if day.heard is not None:
        parts.append(t("{percent} heard", percent=_percent(day.heard)))
    if day.seen is not None:
        parts.append(t("{percent} seen", percent=_percent(day.seen)))
    if day.described is not None:
        parts.append(t("{percent} described", percent=_percent(day.described)))
    return t("Of this, {parts}.", parts=", ".join(parts))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
