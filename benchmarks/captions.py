"""Captions: how much of what they state is there, and how much of what is there they state.

    python -m benchmarks.captions MEDIA [--captioner NAME] [--json]

MEDIA holds images/ and video/ with the files of ``benchmarks/datasets/media_labels.toml``. They go
through ingest into a home of its own, and each clip's caption is read: every name of a thing in it
(of the labels, of the detectors' words), every number of people and every colour of something is
stated. What was said or read, between quotation marks, is left out. Precision is the share of what
is stated that the labels hold; recall the share of each clip's main things that is stated. Things
on which careful people differ count for neither, and of two videos that share their pictures the
last counts. Any captioner is measured by its name.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from app.assistant import Assistant
from app.core.settings import Settings
from benchmarks.datasets.media_labels import MEDIA_LABELS, Labels, Shown, read_labels
from egogpt.runtime.no_telemetry import send_nothing
from egogpt.runtime.threads import wait_passively
from egogpt.text.english_grammar import NUMBERS, plural
from ingest.vision.detectors.labels import Labels as DetectorLabels

FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)
CLIP = 30.0  # seconds
COLOURS = frozenset("black white grey red green blue yellow orange purple pink brown".split())
CLOTHES = (
    "shirt top t-shirt blouse cardigan sweater dress suit jacket coat clothes jeans trousers "
    "shorts skirt overalls"
).split()
_QUOTED = re.compile(r'"[^"]*"')
_COLOURED = re.compile(rf"\b({'|'.join(sorted(COLOURS))}) (?=[a-z])")
_FRAMES = re.compile(r"\btext in view: |\bin view: ")
_PEOPLE = re.compile(r"\b(at least )?(\w+)(?: (?:or|to) (\w+))? (?:other )?(?:person|people)\b")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One statement of a caption: of which kind it is, and whether it is right; None if unsure."""

    clip: Shown
    kind: str
    statement: str
    right: bool | None


def verdicts(shown: Shown, caption: str, labels: Labels) -> Iterator[Verdict]:
    """All that a caption states, judged by the labels of its clip."""
    text = _said_by_itself(caption)
    for name in stated_names(_COLOURED.sub(" ", text)):
        yield Verdict(shown, "thing", name, is_named(name, labels))
    if match := _PEOPLE.search(text):
        least = _value(match[2])
        most = 1000 if match[1] else _value(match[3]) if match[3] else least
        if least is not None and most is not None:
            right = least <= labels.people[1] and most >= labels.people[0]
            yield Verdict(shown, "people", match[0], right)
    for match in _COLOURED.finditer(text):
        thing = _pattern().match(text, match.end())
        right = thing and has_colour(match[1], _names()[thing[0]], labels)
        if thing and right is not None:
            yield Verdict(shown, "colour", f"{match[1]} {thing[0]}", right)


def _said_by_itself(caption: str) -> str:
    """A caption without what it quotes, in small letters."""
    return _FRAMES.sub("", _QUOTED.sub(" ", caption).lower())


def stated_names(text: str) -> list[str]:
    """The names of things in a caption, each once, the longest where one holds another."""
    return list(dict.fromkeys(_names()[match[0]] for match in _pattern().finditer(text)))


@cache
def _names() -> dict[str, str]:
    """The singular of every known name of a thing, by itself and by its plural."""
    labels = read_labels(MEDIA_LABELS).values()
    detector = DetectorLabels.load()
    words = {name for entry in labels for group in entry.things for name in group}
    words |= {*(n for entry in labels for n in entry.unsure), *detector.objects}
    words |= {part.strip(" )") for word in detector.words.values() for part in word.split("(")}
    known = {word.lower() for word in words if word}
    return {plural(word): word for word in known} | {word: word for word in known}


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_names(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


def is_named(name: str, labels: Labels) -> bool | None:
    """Whether a thing by that name is in view; None where careful people differ."""
    there = {known for group in labels.things for known in group} | set(labels.rooms)
    if _is_among(name, there):
        return True
    return None if _is_among(name, labels.unsure) else False


def _is_among(name: str, names: Iterable[str]) -> bool:
    known = {each.lower() for each in names}
    return bool({name, plural(name), name.removeprefix("pair of ")} & known) or any(
        plural(each) == name for each in known
    )


def has_colour(colour: str, name: str, labels: Labels) -> bool | None:
    """Whether something by that name has the colour; None where its colour was not labelled."""
    names = CLOTHES if name in CLOTHES else [name]
    rows = [row for row in labels.colours if row[0] in names]
    return any(colour in row[1:] for row in rows) if rows else None


def _value(word: str) -> int | None:
    if word.isdigit():
        return int(word)
    return {"a": 1, "several": 7}.get(word, NUMBERS.index(word) if word in NUMBERS else None)


def recalled(caption: str, labels: Labels) -> tuple[int, int]:
    """How many of a clip's main things its caption names, of how many."""
    names = set(stated_names(_said_by_itself(caption)))
    groups = [
        group
        for main in labels.main
        if (group := next((group for group in labels.things if main in group), (main,)))
    ]
    return sum(any(_is_among(name, group) for name in names) for group in groups), len(groups)


def captions(media: Path, captioner: str | None) -> Iterator[tuple[Shown, str]]:
    """The caption of every clip of the labelled pictures and videos."""
    wanted = read_labels(MEDIA_LABELS)
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(Path(home), chat="none", embedder="none", captioner=captioner)
        assistant = Assistant.open(settings)
        try:
            for number, name in enumerate(dict.fromkeys(shown.file for shown in wanted)):
                folder = "images" if Shown(name) in wanted else "video"
                start = FIRST + timedelta(hours=number)
                (result,) = assistant.ingest([media / folder / name], start=start)
                yield from _of_file(assistant, name, result.recording_id, folder == "images")
        finally:
            assistant.close()


def _of_file(
    assistant: Assistant, name: str, recording: str, still: bool
) -> Iterator[tuple[Shown, str]]:
    store = assistant.store
    first = None
    for memory in store.memories.overlapping("clip"):
        if memory.recording_id == recording:
            first = memory.span.start if first is None else first
            second = round((memory.span.start - first) / CLIP) * CLIP
            yield Shown(name, None if still else second), memory.text


def report(judged: Sequence[Verdict], recall: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Precision by kind of statement and in all, and recall, in percent."""
    counts = Counter((verdict.kind, verdict.right) for verdict in judged)
    kinds = {
        kind: {"stated": counts[kind, True] + counts[kind, False], "false": counts[kind, False]}
        for kind in ("thing", "people", "colour")
    }
    stated = sum(row["stated"] for row in kinds.values())
    false = sum(row["false"] for row in kinds.values())
    named, mains = (sum(each) for each in zip(*recall))
    return {
        "precision": round(100 * (stated - false) / max(stated, 1), 1),
        "recall": round(100 * named / max(mains, 1), 1),
        "stated": stated,
        "unsure": sum(verdict.right is None for verdict in judged),
        "kinds": kinds,
        "clips": len(recall),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("media", type=Path, help="a folder that holds images/ and video/")
    parser.add_argument("--captioner", help="a captioner's name; default: the built-in one")
    parser.add_argument("--json", action="store_true", help="only the line of JSON")
    options = parser.parse_args(arguments)
    wait_passively()
    send_nothing()
    if not (options.media / "images").is_dir():
        print(f"{options.media} holds no images/: give the folder of the media.", file=sys.stderr)
        return 1
    labels = read_labels(MEDIA_LABELS)
    single = {id(there): shown for shown, there in labels.items()}.values()
    judged: list[Verdict] = []
    recall: list[tuple[int, int]] = []
    for shown, caption in captions(options.media, options.captioner):
        if shown not in single:
            continue
        here = list(verdicts(shown, caption, labels[shown]))
        judged += here
        recall.append(recalled(caption, labels[shown]))
        if not options.json:
            wrong = ", ".join(verdict.statement for verdict in here if verdict.right is False)
            print(f"{shown.file} {shown.start or ''}: {caption[:200]} FALSE: {wrong or 'none'}")
    print(json.dumps({"captioner": options.captioner or "built-in"} | report(judged, recall)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
