"""Extractive summaries of 10 minutes, an hour, a day: what was done, said and seen, for how long.

Nothing is invented: things seen, with their durations where they last, words read, and sentences
that speak most of what the span is about (SumBasic: Nenkova & Vanderwende 2005, "The impact of
frequency on summarization", section 3).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from memory.store.store import Store
from memory.store.view import View
from memory.types.core import Level, Memory, Sighting, Span, Utterance, merge_spans
from memory.types.timezones import BELOW, SUMMARY_LEVELS, zone

MODEL = "extractive-6"
MOMENT = 90.0  # seconds; of less, how long a thing was there says nothing of a day
SENTENCES: dict[Level, int] = {"ten_minutes": 3, "hour": 4, "day": 6}
_OPENING = re.compile(r"\d\d:\d\d to \d\d:\d\d, [^.]* recorded\.")
_TIMES = re.compile(r"(\d\d:\d\d) to (\d\d:\d\d)(?=, )")
_WORD = re.compile(r"[^\W\d_]{3,}", re.UNICODE)
_COMMON = frozenset(
    "the and that this with for you was were are but not have has had his her its they them there "
    "then than what when who how why all can could would should will just like well yes yeah okay "
    "from about into out get got one our your their she him did does been being because which "
    "some any very really know think going".split()
)


@dataclass(frozen=True, slots=True)
class SummaryMaterial:
    """What was perceived in a span: the material of its summary."""

    recorded: tuple[Span, ...]
    utterances: tuple[Utterance, ...]
    sightings: tuple[Sighting, ...]


def rebuild(store: Store) -> int:
    """Makes again the summaries that are stale, lowest level first. Returns how many."""
    count, now = 0, store.as_of(math.inf)
    for level in SUMMARY_LEVELS:
        for place, timezone in store.memories.stale(level):
            with store.database.transaction():  # or what is written meanwhile would be left out
                sources = _beginning_in(place, now, BELOW[level])
                text = summarize(level, timezone, _happening(now, place)) if sources else ""
                store.memories.write_summary(level, place, text, sources, MODEL)
            count += 1
    if count:
        store.database.forget_log()  # the old ones may have spoken of what was deleted
    return count


def _beginning_in(place: Span, now: View, level: Level) -> list[Memory]:
    return [memory for memory in now.memories(level, place) if place.contains(memory.span.start)]


def _happening(now: View, place: Span) -> SummaryMaterial:
    clips = _beginning_in(place, now, "clip")
    return SummaryMaterial(
        merge_spans([clip.span for clip in clips], gap=1.0),
        tuple(u for clip in clips for u in now.utterances(clip.clip_id)),
        tuple(s for clip in clips for s in now.sightings(clip.clip_id)),
    )


def summarize(level: Level, timezone: str, happening: SummaryMaterial) -> str:
    """A few sentences about a span; the times in it are on the wall clock of ``timezone``."""
    total = sum(span.duration for span in happening.recorded)
    parts = [_when(happening.recorded, total, timezone)]
    narrated = salient(_narrated(happening.sightings), SENTENCES[level])
    if narrated:
        parts.append(" ".join(_ended(sentence.text) for sentence in narrated))
    sentences = salient(happening.utterances, SENTENCES[level])
    if sentences:
        parts.append("Said: " + " ".join(f'"{u.text}"' for u in sentences))
    # What passed by for a moment is found in its clip; a summary tells what was there for a while.
    least = 0.05 * total
    seen = _durations(happening.sightings, "object", least)
    if seen:
        parts.append("In view: " + ", ".join(seen) + ".")
    # That somebody spoke is told by what was said.
    heard = [sighting for sighting in happening.sightings if sighting.what != "speech"]
    sounds = _durations(heard, "sound", least)
    if sounds:
        parts.append("Heard: " + ", ".join(sounds) + ".")
    read = list(dict.fromkeys(s.what for s in happening.sightings if s.kind == "text"))
    if read:
        parts.append("Text in view: " + "; ".join(f'"{text}"' for text in read[:4]) + ".")
    return " ".join(parts)


def _narrated(sightings: Iterable[Sighting]) -> list[Utterance]:
    """The sentences that tell what the wearer did, as if they were said."""
    return [Utterance(s.span, s.what) for s in sightings if s.kind == "narration"]


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…", "。", "！", "？")) else f"{sentence}."


def _when(recorded: Sequence[Span], total: float, timezone: str) -> str:
    clock = zone(timezone)
    start = datetime.fromtimestamp(recorded[0].start, clock)
    end = datetime.fromtimestamp(recorded[-1].end, clock)
    return f"{start:%H:%M} to {end:%H:%M}, {spoken_duration(total)} recorded."


def opening(summary: str) -> str:
    """The first sentence of a summary, "10:20 to 10:30, 9 minutes recorded.", or "" without one."""
    match = _OPENING.match(summary)
    return match.group() if match else ""


def on_clock(summary: Memory, clock: tzinfo) -> str:
    """The text of a summary with its times on another wall clock.

    It was made on that of its recordings, and is read beside times of wherever the person is now.
    What began and ended in one minute has one time: "08:10, 34 seconds recorded."
    """
    match, span = _TIMES.match(summary.text), summary.span
    if match is None:
        return summary.text
    start, end = (f"{datetime.fromtimestamp(at, clock):%H:%M}" for at in (span.start, span.end))
    if match[1] == start:
        end = match[2]
    when = start if start == end else f"{start} to {end}"
    return f"{when}{summary.text[match.end() :]}"


def spoken_duration(seconds: float) -> str:
    """A duration as a person says it: ``40 seconds``, ``3 minutes``, ``1 hour 20 minutes``."""
    if seconds < MOMENT:
        return _plural(max(1, round(seconds)), "second")
    minutes = round(seconds / 60)
    hours, minutes = divmod(minutes, 60)
    parts = [_plural(hours, "hour")] if hours else []
    if minutes:
        parts.append(_plural(minutes, "minute"))
    return " ".join(parts)


def _plural(count: int, unit: str) -> str:
    return f"{count} {unit}" + ("" if count == 1 else "s")


def _durations(sightings: Iterable[Sighting], kind: str, least: float, most: int = 6) -> list[str]:
    spans: dict[str, list[Span]] = defaultdict(list)
    for sighting in sightings:
        if sighting.kind == kind:
            spans[sighting.what].append(sighting.span)
    totals = {
        what: sum(span.duration for span in merge_spans(covered)) for what, covered in spans.items()
    }
    lasting = [what for what, seconds in totals.items() if seconds >= least]
    longest = sorted(lasting, key=lambda what: (-totals[what], what))[:most]
    return [_lasting(what, totals[what]) for what in longest]


def _lasting(what: str, seconds: float) -> str:
    """What was there, and for how long where that is no mere moment."""
    return f"{what} ({spoken_duration(seconds)})" if seconds >= MOMENT else what


def salient(utterances: Sequence[Utterance], most: int) -> list[Utterance]:
    """The utterances that speak most of what all of them speak of, in order of time (SumBasic)."""
    words = [
        [w for w in map(str.lower, _WORD.findall(u.text)) if w not in _COMMON] for u in utterances
    ]
    counts = Counter(word for tokens in words for word in tokens)
    total = sum(counts.values()) or 1
    weight = {word: count / total for word, count in counts.items()}
    chosen: list[int] = []
    # A few frequent words alone ("right, right") score high and tell nothing.
    varied = [len(set(tokens)) for tokens in words]
    indices = [i for i, count in enumerate(varied) if count >= 4]
    indices = (
        indices if len(indices) >= most else [i for i, count in enumerate(varied) if count >= 2]
    )
    while indices and len(chosen) < most:
        best = max(indices, key=lambda i: (sum(weight[w] for w in words[i]) / len(words[i]), -i))
        chosen.append(best)
        indices.remove(best)
        for word in set(words[best]):  # what has been said once counts less from now on
            weight[word] *= weight[word]
    return [utterances[i] for i in sorted(chosen)]
