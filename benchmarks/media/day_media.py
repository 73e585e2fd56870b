"""A day that is known beforehand: what is said, written and shown when, and the files of it.

The day is put together of minutes, as a camera would film them: most are walks and desks, some
hold an event in their middle. All minutes are encoded alike, so that hours are copied together.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from benchmarks.media import ingest_media as media

EventKind: TypeAlias = Literal["said", "written", "shown"]

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE = media.Recipe("day", rate=600_000, width=640, height=360, fps=15, gop=15, seconds=60)
BEGIN, END = 20.0, 36.0  # seconds into its minute during which an event lasts
EVENTS_PER_HOUR = 3

# What is said, a word that must be heard, and a question that it answers.
SAID = (
    ("The doctor moved our appointment to Friday.", "appointment", "When is the appointment?"),
    ("I left the spare keys under the flower pot.", "keys", "Where are the spare keys?"),
    ("We need milk, bread and six lemons.", "lemons", "What do we need to buy?"),
    ("The train to Manchester leaves at nine.", "Manchester", "When does the train leave?"),
    ("Grandmother's birthday is in April.", "birthday", "When is grandmother's birthday?"),
    ("The bicycle needs a new chain.", "bicycle", "What does the bicycle need?"),
    ("Please water the tomatoes this evening.", "tomatoes", "What should I water?"),
    ("The plumber says that the pipe is broken.", "plumber", "What does the plumber say?"),
    ("The umbrella is in the car.", "umbrella", "Where is the umbrella?"),
    ("Dinner with Martha is on Saturday.", "Martha", "When is dinner with Martha?"),
    ("The library book must go back on Monday.", "library", "When must the book go back?"),
    ("My passport is in the top drawer.", "passport", "Where is my passport?"),
)
WRITTEN = (
    "PLATFORM NINE",
    "BAKERY OPEN",
    "EXIT ONLY",
    "LIBRARY CLOSED",
    "ROOM 214",
    "HARBOUR STREET",
    "TICKET OFFICE",
    "FRESH LEMONS",
)
SHOWN = {"coffee": "cup", "astronaut": "person", "chelsea": "cat"}  # skimage's picture → the thing


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens for a while; ``what`` is the sentence, the words, or the picture."""

    kind: EventKind
    start: float
    what: str
    sign: str  # what must be found: a word of the sentence, the words, or the thing
    question: str = ""

    @property
    def end(self) -> float:
        """Seconds UTC."""
        return self.start + END - BEGIN


def plan(hours: float, kinds: Sequence[EventKind]) -> tuple[list[list[Event | int]], list[Event]]:
    """The day as hours of minutes, each an event or the number of a scene; and the events."""
    rng, day, events = random.Random(1), [], list[Event]()
    minutes = max(round(hours * 60), 1)
    for begin in range(0, minutes, 60):
        length = min(60, minutes - begin)
        hour: list[Event | int] = [rng.randrange(6) for _ in range(length)]
        chosen = rng.sample(range(length), min(EVENTS_PER_HOUR, length))
        for turn, minute in enumerate(sorted(chosen)):
            at = MORNING.timestamp() + 60 * (begin + minute) + BEGIN
            event = _event(kinds[turn % len(kinds)], len(events) // len(kinds), at)
            hour[minute] = event
            events.append(event)
        day.append(hour)
    return day, events


def _event(kind: EventKind, number: int, at: float) -> Event:
    if kind == "said":
        sentence, word, question = SAID[number % len(SAID)]
        return Event(kind, at, sentence, word, question)
    if kind == "written":
        words = WRITTEN[number % len(WRITTEN)]
        return Event(kind, at, words, words)
    picture = list(SHOWN)[number % len(SHOWN)]
    return Event(kind, at, picture, SHOWN[picture])


def film(day: Sequence[Sequence[Event | int]], folder: Path, clips: Sequence[Path]) -> list[Path]:
    """The files of the day, one an hour, named and stamped as a camera would.

    ``clips`` are real recordings that take turns with the made scenes.
    """
    real = [real_minute(clip, folder) for clip in clips]
    files = []
    for number, hour in enumerate(day):
        start = MORNING + timedelta(hours=number)
        parts = [minute(one, folder, real) for one in hour]
        path = folder / f"VID_{start:%Y%m%d_%H%M%S}.mp4"
        stamp = start.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
        files.append(media.repeat(parts, path, tags={"creation_time": stamp}))
    return files


def minute(what: Event | int, folder: Path, real: Sequence[Path]) -> Path:
    """A minute of the day, made once and kept: an event, a real recording or a scene."""
    if isinstance(what, int):
        if real and what % 2:
            return real[what // 2 % len(real)]
        return _made(f"scene{what}", _walk(what), None, folder)
    said = media.spoken(what.what) if what.kind == "said" else None
    if what.kind == "said":
        pictures = _walk(0)
    elif what.kind == "written":
        pictures = _with(_sign(what.what))
    else:
        pictures = _with(_photo(what.what))
    name = "".join(letter for letter in what.what.lower() if letter.isalnum())[:24]
    return _made(f"{what.kind}-{name}", pictures, said, folder)


def _made(
    name: str, pictures: Iterator[media.Picture], speech: media.Sound | None, folder: Path
) -> Path:
    path = folder / f"minute-{name}.mp4"
    if not path.exists():
        sound = np.zeros(MINUTE.seconds * media.RATE, np.float32)
        if speech is not None:
            first = int(BEGIN * media.RATE)
            sound[first : first + speech.size] = speech[: sound.size - first]
        silent = media.encode(path.with_suffix(".silent.mp4"), pictures, MINUTE)
        media.lay_under(silent, sound, path.with_suffix(".part.mp4"))
        path.with_suffix(".part.mp4").replace(path)
        silent.unlink()
    return path


def _walk(number: int) -> Iterator[media.Picture]:
    """A walk through a scene of its own; every third one is a desk that the camera lies on."""
    if number % 3 == 2:
        still = media.scene(MINUTE.width, MINUTE.height, seed=number + 10)
        return (still for _ in range(MINUTE.seconds * MINUTE.fps))
    return media.walk(replace(MINUTE, grain=2.0), seed=number + 10)


def _with(shown: media.Picture) -> Iterator[media.Picture]:
    """A walk during which something is held into the view for a while."""
    for number, view in enumerate(_walk(0)):
        at = number / MINUTE.fps
        if BEGIN <= at < END:
            height, width = shown.shape[:2]
            left = int((view.shape[1] - width) / 2 + 20 * np.sin(at))
            top = (view.shape[0] - height) // 2
            view[top : top + height, left : left + width] = shown
        yield view


def _sign(words: str) -> media.Picture:
    import cv2

    sign = np.full((110, 440, 3), 245, np.uint8)
    cv2.putText(sign, words, (20, 72), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (20, 20, 20), 4)
    return sign


def _photo(name: str) -> media.Picture:
    """A picture of skimage's, 340 pixels high at most."""
    import cv2
    from skimage import data

    image = getattr(data, name)()
    scale = min(340 / image.shape[0], 560 / image.shape[1])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def real_minute(clip: Path, folder: Path) -> Path:
    """A real recording's pictures and sound, from the beginning again until the minute is over."""
    path = folder / f"minute-real-{clip.stem[:32]}.mp4"
    if not path.exists():
        sound = media.read_sound(clip) if media.has_sound(clip) else np.zeros(1, np.float32)
        silent = media.encode(path.with_suffix(".silent.mp4"), media.looped(clip, MINUTE), MINUTE)
        media.lay_under(silent, sound, path.with_suffix(".part.mp4"))
        path.with_suffix(".part.mp4").replace(path)
        silent.unlink()
    return path
