"""A home written by hand through the store's public methods: real files, real rows, no models."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av

from memory.db.media_files import Thumbnail
from memory.store.store import Store
from memory.types.core import Clip, Recording, RecordingState, Span, TimeSource, Utterance
from tests.media import Image, make_video, scene, tone

MORNING = 1_772_530_200.0  # Tuesday 3 March 2026, 09:30:00 UTC
HOSTILE = (
    "<img src=x onerror=\"window.pwned='html'\">",
    "<script>window.pwned='script'</script>",
    "![](http://evil.example/pixel.png) [click](http://evil.example/) http://evil.example/auto",
    "${window.pwned='template'} `${window.pwned='tick'}` {{constructor}} \\u{zz} \\x",
    "$$\\href{javascript:window.pwned='katex'}{x}$$ <iframe src=http://evil.example/></iframe>",
)


class Restored:
    """A folder that is made once, and put back for each test where its rows say that it is."""

    def __init__(self, place: Path, make: Callable[[Path], object]) -> None:
        """``make`` fills a folder and leaves nothing in it open."""
        self.folder, self._kept = place / "place", place / "kept"
        self.folder.mkdir(parents=True)
        make(self.folder)
        shutil.copytree(self.folder, self._kept)

    def fresh(self) -> Path:
        """The folder as it was made, of which the test before may have left anything."""
        shutil.rmtree(self.folder)
        return Path(shutil.copytree(self._kept, self.folder))


@dataclass(frozen=True, slots=True)
class Line:
    """What one half-minute holds; ``caption`` None means that it is not indexed yet."""

    caption: str | None
    speech: str = ""


def jpeg(picture: Image) -> bytes:
    """The picture as a JPEG file."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = "yuvj420p"
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


@cache
def _pictured(number: int) -> bytes:
    return jpeg(scene(number, 320, 180))


def film(path: Path, halves: int) -> Path:
    """A video of half-minutes, each with a picture and a tone of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_filmed(halves))
    return path


@cache
def _filmed(halves: int) -> bytes:
    pictures = [scene(number, 160, 90) for number in range(halves)]
    sound = tone(30.0 * halves, 330, 0.05)
    with TemporaryDirectory() as place:
        path = Path(place) / "film.mp4"
        make_video(path, pictures, seconds=30.0 * halves, fps=2, audio=sound, faststart=True)
        return path.read_bytes()


def remember(
    store: Store, name: str, start: float, lines: Sequence[Line], file: Path | None = None
) -> Recording:
    """Stores a recording of one clip per line, with a thumbnail for each."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    path = file or film(store.home.parent / "films" / f"{name}.mp4", len(lines))
    recording = Recording(
        f"{name}-{digest[:10]}",
        digest,
        str(path),
        start,
        "UTC",
        30.0 * len(lines),
        TimeSource.CONTAINER,
    )
    clips = [
        Clip(f"{recording.id}-{n:04}", recording.id, Span(start + 30 * n, start + 30 * (n + 1)))
        for n in range(len(lines))
    ]
    store.recordings.add(recording, clips)
    for number, (clip, line) in enumerate(zip(clips, lines, strict=True)):
        _fill(store, recording, clip, number, line)
    complete = all(line.caption is not None for line in lines)
    store.recordings.set_state(
        recording.id, RecordingState.READY if complete else RecordingState.PENDING
    )
    return recording


def _fill(store: Store, recording: Recording, clip: Clip, number: int, line: Line) -> None:
    picture = store.media.thumbnail_path(recording.id, clip.id, 0)
    store.media.write(picture, _pictured(number))
    pictures = {clip.id: [Thumbnail(clip.span.start + 5, picture)]}
    store.perceptions.write_pictures("pictures", "pictures-1", pictures)
    if line.speech:
        said = Utterance(Span(clip.span.start + 4, clip.span.start + 12), line.speech)
        store.perceptions.write_utterances("speech", "1", {clip.id: [said]})
    if line.caption is not None:
        store.memories.write_caption(clip, line.caption, "test", "caption", "1")


def summarise(store: Store, level: str, place: Span, text: str) -> None:
    """Stores a summary over what lies in ``place``."""
    sources = store.memories.overlapping("clip", place)
    store.memories.write_summary(level, place, text, sources, "test")  # type: ignore[arg-type]


def a_day(store: Store) -> list[Recording]:
    """A Tuesday with a morning at home, a pause, a walk at noon, and one clip not indexed yet."""
    breakfast = [
        Line(
            "I make coffee in the kitchen; a cup and a kettle are in view.",
            "First a cup of coffee.",
        ),
        Line(
            "I put something into a drawer.",
            "I put the phone charger in the blue drawer, next to the front door.",
        ),
        Line("I sit at a table with a laptop and a book."),
    ]
    walk = [
        Line("I walk along a street with parked cars.", "Hello Maria, how was the concert?"),
        Line(
            "I talk with a person under a tree.", "She says that she will fly to Boston on Friday."
        ),
        Line("A dog runs past a bench."),
        Line(None),
    ]
    found = [
        remember(store, "breakfast", MORNING, breakfast),
        remember(store, "walk", MORNING + 9_000, walk),
    ]
    day = Span(MORNING - 9.5 * 3600, MORNING + 14.5 * 3600)
    summarise(store, "hour", Span(MORNING - 1800, MORNING + 1800), "Coffee and a book at home.")
    summarise(store, "hour", Span(MORNING + 9000, MORNING + 9001), "A walk with Maria.")
    summarise(store, "day", day, "A quiet morning at home, then a walk with Maria at noon.")
    return found


def hostile(store: Store) -> Recording:
    """A recording in which everything that was seen or said tries to run or to fetch."""
    lines = [Line(text, f"the charger says {text}") for text in HOSTILE]
    recording = remember(store, "hostile", MORNING + 86_400, lines)
    place = Span(MORNING + 86_400 - 1800, MORNING + 86_400 + 1800)
    summarise(store, "hour", place, " ".join(HOSTILE))
    midnight = MORNING + 86_400 - 9.5 * 3600
    summarise(store, "day", Span(midnight, midnight + 86_400), " ".join(HOSTILE))
    return recording
