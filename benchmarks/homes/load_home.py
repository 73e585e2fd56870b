"""A home with a life in it, the recordings that are to be ingested, and the app in a process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import numpy as np

from benchmarks.homes.long_lives import files
from benchmarks.media import day_media as day
from benchmarks.media import ingest_media as media
from benchmarks.scoring.measuring import ROOT

# Extracts and small models: a language model would be the only thing that such a load measures.
MODELS = {"EGOBUTLER_PRESET": "small", "EGOBUTLER_CHAT": "none", "OMP_NUM_THREADS": "1"}


def copy_of_life(home: Path, clips: int) -> None:
    """A home with a made-up life of so many clips, built once and copied from then on."""
    built = media.cache_folder() / f"load-{clips}"
    if not built.exists():
        part = built.with_name(f"{built.name}.{os.getpid()}.part")
        _build(part, clips)
        part.replace(built)
    shutil.copytree(built, home)


def _build(home: Path, clips: int) -> None:
    """With summaries and real vectors."""
    from app.assistant import Assistant
    from app.core.settings import Settings

    butler = Assistant.open(Settings(home, preset="small", chat="none"))
    try:
        for made in files(clips):
            butler.store.import_clips(
                made.recording, made.clips, made.utterances, made.sightings, made.captions
            )
        butler.queue.work.catch_up(None)
    finally:
        butler.close()


def recordings(folder: Path, minutes: int) -> list[Path]:
    """Two recordings of so many minutes: walks and desks, on which somebody speaks."""
    made = []
    for number in range(2):
        parts = [_minute(n, media.cache_folder()) for n in range(number, number + minutes)]
        start = day.MORNING + timedelta(days=200, hours=number)
        path = folder / f"VID_{start:%Y%m%d_%H%M%S}.mp4"
        stamp = start.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
        made.append(media.repeat(parts, path, tags={"creation_time": stamp}))
    return made


def _minute(number: int, folder: Path) -> Path:
    """Every other minute somebody speaks all the time; where espeak-ng is not there, tones."""
    said = day.SAID[number % len(day.SAID)]
    begin = day.MORNING.timestamp()
    if number % 2:
        return day.minute(day.Event("said", begin, said[0], said[1]), folder, [])
    path = folder / f"minute-load-{number % 6}.mp4"
    if not path.exists():
        sentences = " ".join(line for line, _, _ in day.SAID[number % 6 :])
        voice = media.spoken(sentences)
        sound = media.tones(20.0) if voice is None else voice
        silence = np.zeros(media.RATE * 5, np.float32)
        silent = day.minute(number % 6, folder, [])
        part = path.with_suffix(f".{os.getpid()}.part.mp4")
        media.lay_under(silent, np.concatenate([sound, silence]), part)
        part.replace(path)
    return path


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The app on a free port of loopback, in a process of its own: its address.

    Raises:
        RuntimeError: it did not start; the text is what it said.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "app.commands.main", "serve", "--home", str(home), "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | MODELS | {"PYTHONPATH": str(ROOT)},
    )
    try:
        yield _address(process)
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    told = []
    for line in process.stderr:
        told.append(line)
        if " is at http://" in line:
            return line.split(" is at ")[1].split()[0]
    raise RuntimeError(f"the app did not start:\n{''.join(told)[-2000:]}")
