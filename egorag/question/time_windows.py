"""Where hours come again ("every morning"), only what was remembered inside them counts."""

from __future__ import annotations

from collections.abc import Sequence

from egorag.question.plan import Plan
from memory.store.view import View
from memory.types.core import Evidence, Span

WIDER = 5  # times as much is retrieved where windows will leave most of it out
_DAY = 86_400.0
_SHOWN = 6  # windows that a summary tells of: the latest


def inside_windows(plan: Plan, evidence: Sequence[Evidence], limit: int) -> list[Evidence]:
    """The evidence that lies in the windows of a recurring time, at most ``limit``, best first."""
    if plan.time is None or plan.time.recurring is None or not evidence:
        return list(evidence)[:limit]
    spans = [item.memory.span for item in evidence]
    reach = Span(min(s.start for s in spans), max(s.end for s in spans))
    windows = plan.time.windows(plan.local, reach)
    kept = [item for item in evidence if any(item.memory.span.overlaps(w) for w in windows)]
    return kept[:limit]


def in_windows(plan: Plan, span: Span) -> bool:
    """Whether something lies in the windows of a recurring time; true where none recurs."""
    if plan.time is None or plan.time.recurring is None:
        return True
    reach = Span(span.start, max(span.end, span.start + 1e-3))
    return bool(plan.time.windows(plan.local, reach))


def bounds(view: View, plan: Plan) -> list[Span | None]:
    """The intervals to be summarised: one, none named, or the latest recorded windows."""
    if plan.time is None or plan.time.recurring is None:
        return [plan.time.span if plan.time else None]
    recorded = view.coverage(plan.time.span).indexed
    if not recorded:
        return [plan.time.span]
    reach = Span(recorded[0].start - _DAY, recorded[-1].end + _DAY)  # windows stay whole
    windows = plan.time.windows(plan.local, reach)
    lived = [w for w in windows if any(w.overlaps(part) for part in recorded)]
    return list(lived[-_SHOWN:])
