"""A day in the life: twelve hours with known events are ingested, and looked for afterwards.

    python -m benchmarks.day                   12 hours; --clips FOLDER mixes real recordings in
    python -m benchmarks.day --hours 0.2 --no-speech --json

The day is made on the spot, as one file an hour. Printed are the real-time factor, processor time,
the size of the store, the peak memory of all processes, and which events were found. The exit
status is 1 where one was not.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from app.assistant import Assistant
from app.core.settings import Settings
from benchmarks.media.day_media import Event, EventKind, film, plan
from benchmarks.media.ingest_media import cache_folder
from benchmarks.scoring.measuring import run_apart
from egogpt.runtime.threads import wait_passively
from memory.store.store import Store
from memory.types.core import Clip, Span

NEAR = 5.0  # seconds by which something may be found early or late
ALIKE = 0.8  # how much of the letters of a sign must be read


def holds_event(store: Store, event: Event) -> bool:
    """Whether the store holds the event at its time."""
    span = Span(event.start - NEAR, event.end + NEAR)
    clips = [clip for clip in _clips(store) if clip.span.overlaps(span)]
    if event.kind == "said":
        words = " ".join(
            utterance.text
            for clip in clips
            for utterance in store.perceptions.utterances(clip.id)
            if utterance.span.overlaps(span)
        )
        return event.sign.lower() in words.lower()
    seen = [
        sighting.what
        for clip in clips
        for sighting in store.perceptions.sightings(clip.id)
        if sighting.span.overlaps(span)
        and sighting.kind in (("text",) if event.kind == "written" else ("object", "tag"))
    ]
    if event.kind == "shown":
        return event.sign in seen
    return any(_alike(what, event.sign) for what in seen)


def _clips(store: Store) -> list[Clip]:
    return [clip for one in store.recordings.all() for clip in store.recordings.clips(one.id)]


def _alike(read: str, expected: str) -> bool:
    one, two = ("".join(filter(str.isalnum, text.lower())) for text in (read, expected))
    return two in one or SequenceMatcher(None, one, two).ratio() >= ALIKE


def answered(assistant: Assistant, event: Event) -> bool:
    """Whether the answer to the event's question rests on the moment when it was said."""
    answer = assistant.ask(
        event.question, at=max(clip.span.end for clip in _clips(assistant.store))
    )
    span = Span(event.start - NEAR, event.end + NEAR)
    return not answer.abstained and any(one.span.overlaps(span) for one in answer.citations)


def look_back(home: Path, events: Sequence[Event], ask: int, preset: str | None) -> dict[str, Any]:
    """Which events the home knows of, and which questions about them it answers."""
    assistant = Assistant.open(Settings(home, preset=preset))
    missing = [event for event in events if not holds_event(assistant.store, event)]
    asked = [event for event in events if event.question][:ask]
    right = sum(answered(assistant, event) for event in asked)
    assistant.close()
    return {
        "events": len(events),
        "events_found": len(events) - len(missing),
        "missing": [f"{event.kind} {event.what!r}" for event in missing],
        "questions": len(asked),
        "questions_answered_from_the_moment": right,
    }


def live(options: argparse.Namespace) -> dict[str, Any]:
    """Makes the day, ingests it and looks for what happened."""
    kinds: list[EventKind] = (
        ["written", "shown"] if options.no_speech else ["said", "written", "shown"]
    )
    day, events = plan(options.hours, kinds)
    folder = cache_folder() / "day"
    folder.mkdir(exist_ok=True)
    clips = sorted(options.clips.glob("*.mp4")) if options.clips else []
    files = film(day, folder, clips)
    home = options.home or Path(tempfile.mkdtemp(prefix="egobutler-day-"))
    try:
        off = ["--off", "speech"] if options.no_speech else []
        preset = ["--preset", options.preset] if options.preset else []
        paths = [str(path) for path in files]
        cost = run_apart(
            "benchmarks.media.one_ingest", [*paths, "--home", str(home), *off, *preset]
        )
        size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
        ask = 0 if options.no_speech else options.ask
        return _report(options, cost, size) | look_back(home, events, ask, options.preset)
    finally:
        if options.home is None:
            shutil.rmtree(home, ignore_errors=True)


def _report(options: argparse.Namespace, cost: dict[str, Any], size: int) -> dict[str, Any]:
    minutes = cost["minutes"]
    return {
        "hours": round(minutes / 60, 2),
        "files": len(cost["files"]),
        "speech": not options.no_speech,
        "preset": cost["preset"],
        "real_time_factor": round(60 / cost["wall_seconds_per_minute_in_all"], 1),
        "cpu_seconds": round(cost["cpu_seconds_per_minute_in_all"] * minutes),
        "cpu_seconds_per_minute": cost["cpu_seconds_per_minute_in_all"],
        "cpu_seconds_per_minute_by_stage": cost["cpu_seconds_per_minute"],
        "store_mb": round(size / 1e6, 1),
        "peak_memory_mb": cost["peak_memory_mb"],
        "results": cost["results"],
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Live the day and print what it cost and what is remembered."""
    parser = argparse.ArgumentParser(prog="benchmarks.day", description="A day in the life.")
    parser.add_argument("--hours", type=float, default=12.0)
    parser.add_argument("--clips", type=Path, help="a folder of real recordings to mix in")
    parser.add_argument("--no-speech", action="store_true", help="leave recognition out")
    parser.add_argument("--ask", type=int, default=3, help="how many questions to ask")
    parser.add_argument("--preset", choices=("small", "standard", "large"))
    parser.add_argument("--home", type=Path, help="keep the home here; default: none is kept")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(argv)
    wait_passively()
    told = live(options)
    if options.json:
        print(json.dumps(told))
    else:
        for name, value in told.items():
            print(f"{name.replace('_', ' '):36} {value}")
    return 0 if told["events_found"] == told["events"] else 1


if __name__ == "__main__":
    sys.exit(main())
