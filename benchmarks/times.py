"""Times: which interval is read in sentences that name a time, by peers' own test suites.

    python -m benchmarks.times times.jsonl --json

A line is ``id, lang, text, now, expected, subset``; any of the expected intervals will do, and an
open end is null. ``right``: IoU of 0.8 with an expected interval, or a moment met within a minute.
``fair``: right, or apart by a convention only (see ``is_fair``). Every sentence is read as the app
reads a question: the reader is not told whether the past or the future is meant.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.scoring.halves import by_half, half_of
from benchmarks.scoring.qa import Say, mean
from egorag.time.calendar.local_time import LocalTime
from egorag.time.resolve import find_time
from memory.types.core import Span

_MINUTE, _DAY = 60.0, 86_400.0
_FAR = 10 * 365 * _DAY  # seconds from now: an end that lies further off is open
_IOU = 0.8
_WINDOW = 65 * _MINUTE
# Shortest and longest last unit of a range: minute, hour, day, week, month, year.
_UNITS = [(60.0, 60.0), (3600.0, 3600.0)] + [
    (short * _DAY, long * _DAY) for short, long in ((1, 1), (7, 7), (28, 31), (365, 366))
]


@dataclass(frozen=True, slots=True)
class Expected:
    """An interval in seconds UTC; an open end is None."""

    start: float | None
    end: float | None

    @property
    def is_moment(self) -> bool:
        """Whether it is no longer than a minute."""
        return None not in (self.start, self.end) and self.end - self.start <= _MINUTE  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a suite, when it is said, and the intervals of which any is right."""

    id: str
    lang: str
    text: str
    now: float
    subset: str
    expected: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was read in a sentence: no interval, or one that is right, fair or neither."""

    sentence: Sentence
    interval: Span | None
    right: bool
    fair: bool


def read_sentences(path: Path) -> list[Sentence]:
    """The sentences of a file in the form of ``times.jsonl``."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [
        Sentence(
            row["id"], row["lang"], row["text"], _seconds(row["now"]) or 0.0, row["subset"],
            tuple(Expected(_seconds(start), _seconds(end)) for start, end in row["expected"]),
        )
        for row in rows
    ]  # fmt: skip


def _seconds(moment: str | None) -> float | None:
    return (
        None if moment is None else datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    )


def interval_of(sentence: Sentence) -> tuple[Span | None, bool]:
    """The interval that a sentence names to the app, or None; and whether it is exact."""
    local = LocalTime.of(sentence.now, "UTC")
    time = find_time(sentence.text, local)
    if time is None:
        return None, False
    windows = time.windows(local, time.span) if time.span.start > sentence.now - _FAR else ()
    span = time.named or (windows[0] if len(windows) == 1 else time.span)
    names_nothing = span.start <= sentence.now - _FAR and span.end == sentence.now
    return (None if names_nothing else span), time.exact


def is_right(span: Span, expected: Expected, now: float) -> bool:
    """IoU of at least 0.8; a moment, or the one end of an open interval, within a minute."""
    if expected.is_moment:
        assert expected.start is not None
        return (
            abs(span.start - expected.start) <= _MINUTE
            and abs(span.end - expected.start) <= 2 * _MINUTE
        )
    if expected.start is None or expected.end is None:
        return _same_open(span, expected, now, _MINUTE)
    return _iou(span, expected.start, expected.end) >= _IOU


def is_fair(span: Span, exact: bool, expected: Expected, now: float) -> bool:
    """Right, or different by a convention only.

    A range that includes its last unit or does not; a vague span, or a part of a day, whose middle
    is right; a window of up to 65 minutes that holds a moment.
    """
    if is_right(span, expected, now):
        return True
    if expected.start is None or expected.end is None:
        return any(_same_open(span, expected, now, unit) for _, unit in _UNITS[:3])
    if expected.is_moment and span.duration <= _WINDOW:
        return span.start <= expected.start <= span.end
    if not exact or _are_parts_of_days(span.duration, expected.end - expected.start):
        return _middle_is_right(span, Span(expected.start, max(expected.start, expected.end)))
    return _one_unit_apart(span, expected.start, expected.end)


def _iou(span: Span, start: float, end: float) -> float:
    shared = max(0.0, min(span.end, end) - max(span.start, start))
    return shared / max(span.end - span.start + end - start - shared, 1e-9)


def _middle_is_right(span: Span, expected: Span) -> bool:
    """Whether the middle of one lies, give or take a minute, within the other."""
    return any(
        inner.start - _MINUTE <= (outer.start + outer.end) / 2 <= inner.end + _MINUTE
        for inner, outer in ((expected, span), (span, expected))
    )


def _are_parts_of_days(*lengths: float) -> bool:
    """Whether all last hours, as mornings and evenings do, of which no two suites have the same."""
    return all(3600 < length < _DAY for length in lengths)


def _one_unit_apart(span: Span, start: float, end: float) -> bool:
    apart = abs(span.end - end)
    longest = max(span.duration, end - start)
    units = any(short - 1 <= apart <= long + 1 for short, long in _UNITS)
    return abs(span.start - start) <= _MINUTE and units and apart <= longest / 2


def _same_open(span: Span, expected: Expected, now: float, slack: float) -> bool:
    """The end that is named lies within ``slack``; the other reaches to now, or far off."""
    if expected.start is not None:
        open_end = span.end >= (now if expected.start < now else now + _FAR) - _MINUTE
        return open_end and abs(span.start - expected.start) <= slack
    assert expected.end is not None
    return span.start <= expected.end - _FAR and abs(span.end - expected.end) <= slack


def judge(sentence: Sentence) -> Outcome:
    """What is read in a sentence, and how it stands to what is expected."""
    span, exact = interval_of(sentence)
    if span is None:
        return Outcome(sentence, None, False, False)
    right = any(is_right(span, one, sentence.now) for one in sentence.expected)
    fair = any(is_fair(span, exact, one, sentence.now) for one in sentence.expected)
    return Outcome(sentence, span, right, fair)


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Percent by language and subset."""
    return {
        lang: _by_subset([outcome for outcome in outcomes if outcome.sentence.lang == lang])
        for lang in ("en", "zh")
    }


def _by_subset(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    for subset in ("past", "future", "none"):
        chosen = [outcome for outcome in outcomes if outcome.sentence.subset == subset]
        found = _percent([outcome.interval is not None for outcome in chosen])
        table[subset] = {"n": len(chosen)} | (
            {"false": found}
            if subset == "none"
            else {
                "found": found,
                "right": _percent([outcome.right for outcome in chosen]),
                "fair": _percent([outcome.fair for outcome in chosen]),
            }
        )
    return table


def _percent(values: Sequence[bool]) -> float:
    return round(mean([float(value) for value in values]), 1)


def show_misses(outcomes: Sequence[Outcome], say: Say) -> None:
    """Every sentence of the developers' half that is not read fairly."""
    for outcome in outcomes:
        sentence, span = outcome.sentence, outcome.interval
        fine = span is None if sentence.subset == "none" else outcome.fair
        if fine or half_of(sentence.text) != "dev":
            continue
        ends = [(one.start, one.end) for one in sentence.expected]
        read = "nothing" if span is None else _shown(span.start, span.end)
        say(
            f"{sentence.lang} {sentence.subset:6} {sentence.text} | now {_moment(sentence.now)} | "
            f"read {read} | expected {' or '.join(_shown(*pair) for pair in ends) or 'nothing'}"
        )


def _shown(start: float | None, end: float | None) -> str:
    return f"{_moment(start)}/{_moment(end)}"


def _moment(at: float | None) -> str:
    return "…" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M}"


def main(arguments: Sequence[str] | None = None, say: Say = print) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="sentences in the form of times.jsonl")
    parser.add_argument("--misses", action="store_true", help="list those of the developers' half")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    outcomes = [judge(sentence) for sentence in read_sentences(options.file)]
    halves = by_half(outcomes, lambda outcome: outcome.sentence.text, figures)
    whole = figures(outcomes)
    if options.misses:
        show_misses(outcomes, say)
    for name, table in {"all": whole, **halves}.items():
        for lang, subsets in table.items():
            for subset, values in subsets.items():
                say(
                    f"{name:5} {lang} {subset:6} "
                    + "  ".join(f"{k} {v}" for k, v in values.items())
                )
    if options.json:
        say(json.dumps({**whole, "halves": halves}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
