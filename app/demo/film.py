"""Makes a small recording: a camera that pans over a picture, and a voice.

The picture comes from scikit-image's sample data, the voice from espeak-ng, the file from PyAV.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from fractions import Fraction
from importlib.util import find_spec
from math import cos, pi
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.core.errors import PersonError
from app.demo.script import DemoScene, SpokenLine
from memory.types.messages import UserMessage

RATE, FPS, WIDTH, HEIGHT = 16_000, 10, 640, 480


class PartMissing(PersonError):
    """Something that the sample day is made with is not installed; the text says how to get it."""


def missing_part() -> str:
    """What is not installed that the sample day is made with, in a sentence; empty: nothing."""
    if shutil.which("espeak-ng") is None:
        return UserMessage("app.sample-without-voice")
    return "" if find_spec("skimage") else UserMessage("app.sample-without-pictures")


def speak(text: str) -> NDArray[np.float32]:
    """The text as speech: mono samples at 16 kHz, -1..1."""
    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder, "speech.wav")
        subprocess.run(
            ["espeak-ng", "-v", "en-us", "-s", "145", "-w", str(spoken), text], check=True
        )
        with wave.open(str(spoken)) as file:
            rate = file.getframerate()
            data = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    samples = data.astype(np.float32) / 32768.0
    places = np.arange(int(len(samples) * RATE / rate)) * (rate / RATE)
    return np.asarray(np.interp(places, np.arange(len(samples)), samples), np.float32)


def soundtrack(lines: Sequence[SpokenLine], seconds: float) -> NDArray[np.float32]:
    """All lines at their times, over a faint hiss (a room is never perfectly silent)."""
    track = np.random.default_rng(0).normal(0, 1e-3, int(seconds * RATE)).astype(np.float32)
    for line in lines:
        voice = speak(line.text)
        start = int(line.at * RATE)
        voice = voice[: max(0, len(track) - start)]
        track[start : start + len(voice)] += voice
    return np.clip(track, -1.0, 1.0)


def picture(name: str) -> NDArray[np.uint8]:
    """A picture of scikit-image's sample data, (height, width, 3) RGB."""
    import cv2
    import skimage

    folder = Path(str(skimage.__file__)).parent / "data"
    image = cv2.imread(str(folder / name), cv2.IMREAD_COLOR)
    assert image is not None, f"scikit-image does not bring {name}"
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def pan(image: NDArray[np.uint8], progress: float) -> NDArray[np.uint8]:
    """The view at ``progress`` (0..1) of a slow pan with a little zoom, (480, 640, 3)."""
    import cv2

    height, width = image.shape[:2]
    zoom = 0.88 + 0.12 * cos(2 * pi * progress) ** 2
    view_width = min(width, height * WIDTH / HEIGHT) * zoom
    view_height = view_width * HEIGHT / WIDTH
    left_edge = (width - view_width) * (0.5 + 0.5 * cos(pi + 2 * pi * progress)) * 0.999
    top = (height - view_height) * 0.5
    view = image[int(top) : int(top + view_height), int(left_edge) : int(left_edge + view_width)]
    return np.asarray(cv2.resize(view, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


def film(scene: DemoScene, target: Path) -> None:
    """Writes the scene as an MP4 (H.264, AAC), whole or not at all."""
    partial = target.with_name(f".{target.name}")
    _write(picture(scene.picture), soundtrack(scene.lines, scene.seconds), scene.seconds, partial)
    os.replace(partial, target)


def _write(
    image: NDArray[np.uint8], sound: NDArray[np.float32], seconds: float, target: Path
) -> None:
    import av

    with av.open(str(target), "w") as container:
        video = container.add_stream("libx264", rate=FPS, options={"g": str(FPS), "crf": "26"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=RATE, layout="mono")
        for number in range(int(seconds * FPS)):
            frame = av.VideoFrame.from_ndarray(pan(image, number / (seconds * FPS)), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for start in range(0, len(sound), 1024):
            block = sound[None, start : start + 1024]
            heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "mono")
            heard.sample_rate, heard.pts, heard.time_base = RATE, start, Fraction(1, RATE)
            container.mux(audio.encode(heard))
        container.mux(audio.encode(None))
