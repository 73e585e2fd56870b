"""Measure ingest beside bare PyAV: CPU-seconds per minute of video, and memory.

    python -m benchmarks.ingest                     the tables of docs/measurements/ingest.md
    python -m benchmarks.ingest --quick --json      a few minutes, as one JSON object
    python -m benchmarks.ingest walk.mp4            the whole pipeline on recordings of one's own

The recordings are made on the spot (see ``ingest_media``) and kept in the folder for temporary
files. Calls that are compared take turns in every round, so that whatever else the machine does
falls on all of them; the costs are medians. Child processes are counted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.media import ingest_media as media
from benchmarks.scoring.measuring import interleaved, run_apart
from egogpt.runtime.no_telemetry import send_nothing
from egogpt.runtime.threads import wait_passively
from ingest.decode.decoder import InProcess, MediaDecoder
from ingest.decode.requests import DecodeRequest, sampling_mode
from ingest.decode_worker.client import DecoderProcess
from ingest.probe.probe_types import Probe

SAID = (
    "It was the best of times, it was the worst of times. Shall we meet at the station at nine? "
    "I left the keys on the kitchen table, next to the blue cup. "
    "We could take the train on Thursday and be back before it gets dark. "
)


@dataclass(frozen=True, slots=True)
class Decoding:
    """CPU-seconds per minute of decoding and sampling one recording, and of bare loops beside it.

    ``bare`` only decodes, keyframes or all pictures; ``bare_scaled`` also makes 682 × 384 RGB of
    one a second. ``ratio`` is of ``process``, what the program does, to ``bare_scaled``.
    """

    file: str
    mode: str
    bare: float
    bare_scaled: float
    in_process: float
    process: float
    ratio: float


def bare_loop(path: Path, *, keyframes: bool, scaled: bool) -> int:
    """The least that PyAV can do: one pass, no damage noticed, nothing kept. Returns pictures."""
    import av

    tick, count = 0.0, 0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count, stream.codec_context.thread_type = 2, "AUTO"
        if keyframes:
            stream.codec_context.skip_frame = "NONKEY"
        for frame in container.decode(stream):
            if scaled and frame.time is not None and frame.time >= tick - 1e-6:
                frame.reformat(width=682, height=384, format="rgb24").to_ndarray()
                tick, count = tick + 1.0, count + 1
    return count


def compare_decoding(path: Path, repeats: int) -> Decoding:
    """Our decoding and sampling, in this process and in a child, beside bare loops."""
    here, apart = InProcess(), DecoderProcess()
    probe = here.probe(path)
    keyframes = sampling_mode(probe) == "keyframes"
    calls: list[Callable[[], object]] = [
        lambda: bare_loop(path, keyframes=keyframes, scaled=False),
        lambda: bare_loop(path, keyframes=keyframes, scaled=True),
        lambda: _sample(here, path, probe),
        lambda: _sample(apart, path, probe),
    ]
    _sample(apart, path, replace(probe, duration=2.0))  # starts the child, once for a whole day
    rounds = interleaved(calls, repeats)
    apart.close()
    minutes = probe.duration / 60
    bare, scaled, inside, outside = (median(costs) / minutes for costs in rounds)
    ratio = median(ours / theirs for theirs, ours in zip(rounds[1], rounds[3]))
    costs = (round(value, 3) for value in (bare, scaled, inside, outside, ratio))
    return Decoding(path.name, "keyframes" if keyframes else "sequential", *costs)


def _sample(decoder: MediaDecoder, path: Path, probe: Probe) -> int:
    return sum(1 for _ in decoder.frames(DecodeRequest(probe, 0.0)))


def pipeline(path: Path, off: str, preset: str | None) -> dict[str, Any]:
    """The whole pipeline over a file, in a process of its own with an empty store."""
    chosen = ["--preset", preset] if preset else []
    more = ["--off", off, "--start", "2026-03-02T09:00:00+00:00", *chosen]
    found = run_apart("benchmarks.media.one_ingest", [str(path), *more])
    return found | {"off": off or "nothing"}


def memory(minutes: Sequence[float], folder: Path, preset: str | None) -> list[dict[str, Any]]:
    """Peak memory of all processes while recordings of these lengths are ingested."""
    rows = []
    for length in minutes:
        path = long_recording(length, folder)
        found = pipeline(path, "speech", preset)
        rows.append({"minutes": length, "peak_memory_mb": found["peak_memory_mb"]})
        say(f"{length:6.0f} min  {found['peak_memory_mb']:6} MB")
    return rows


def long_recording(minutes: float, folder: Path) -> Path:
    """A small picture repeated for a long time, with a sound track of silence and tones."""
    part = media.make(media.LOW, folder, media.tones(media.LOW.seconds))
    return media.repeated(part, max(1, round(minutes * 60 / media.LOW.seconds)))


def speech(options: argparse.Namespace) -> media.Sound | None:
    """The sound to lay under the pictures: a file of the person's, or a made-up voice."""
    return media.read_sound(options.speech) if options.speech else media.spoken(SAID)


def decoding_table(options: argparse.Namespace, folder: Path) -> list[Decoding]:
    """Decoding of all made recordings, compared and printed."""
    seconds, repeats = (20, 2) if options.quick else (60, options.repeats)
    say(f"{'decode + sample':28}{'bare':>8}{'+ RGB':>8}{'ours':>8}{'child':>8}{'ratio':>8}")
    rows = []
    for recipe in media.RECIPES:
        row = compare_decoding(media.make(replace(recipe, seconds=seconds), folder), repeats)
        rows.append(row)
        costs = f"{row.bare:8.2f}{row.bare_scaled:8.2f}{row.in_process:8.2f}{row.process:8.2f}"
        say(f"{recipe.name + ', ' + row.mode:28}{costs}{row.ratio:8.2f}")
    return rows


def pipeline_table(
    options: argparse.Namespace, recordings: Sequence[tuple[Path, str]]
) -> list[dict[str, Any]]:
    """The pipeline over each file with something left out, printed."""
    rows = []
    for path, off in recordings:
        row = pipeline(path, off, options.preset)
        rows.append(row)
        stages = row["cpu_seconds_per_minute"].items()
        parts = ", ".join(f"{name} {cost}" for name, cost in stages)
        total = row["cpu_seconds_per_minute_in_all"]
        say(f"{path.name:36} without {row['off']:12} {total:6.2f}  ({parts})")
    return rows


def made_for_pipeline(options: argparse.Namespace, folder: Path) -> list[tuple[Path, str]]:
    """Speech-heavy recordings as they are, and all kinds without recognition."""
    seconds, times = (20, 1) if options.quick else (60, 4)
    wanted: list[tuple[Path, str]] = []
    heard = speech(options)
    for recipe in media.RECIPES:
        one = media.make(replace(recipe, seconds=seconds), folder, heard)
        path = media.repeated(one, times)
        wanted += [(path, "speech"), (path, "recognisers")]
        wanted += [(path, "")] if heard is not None and recipe is media.A else []
    return wanted


def say(line: str) -> None:
    """Prints a line for people."""
    print(line, file=sys.stderr, flush=True)


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.ingest", description="What ingest costs.")
    parser.add_argument("files", type=Path, nargs="*", help="measure the pipeline on these only")
    parser.add_argument("--quick", action="store_true", help="short recordings, few rounds")
    parser.add_argument("--speech", type=Path, help="a sound file to lay under the pictures")
    parser.add_argument("--preset", choices=("small", "standard", "large"))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=("decoding", "pipeline", "memory"))
    parser.add_argument("--minutes", type=float, nargs="+", help="lengths for the memory table")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is asked for, tables on standard error."""
    options = parse(argv)
    wait_passively()
    send_nothing()
    folder, found = media.cache_folder(), dict[str, Any]()
    if options.files:
        wanted = [(path.resolve(), off) for path in options.files for off in ("", "speech")]
        found["pipeline"] = pipeline_table(options, wanted)
    else:
        if options.only in (None, "decoding"):
            found["decoding"] = [asdict(row) for row in decoding_table(options, folder)]
        if options.only in (None, "pipeline"):
            found["pipeline"] = pipeline_table(options, made_for_pipeline(options, folder))
        if options.only in (None, "memory"):
            lengths = options.minutes or ((1, 3) if options.quick else (10, 60, 240))
            found["memory"] = memory(lengths, folder, options.preset)
    if options.json:
        print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
