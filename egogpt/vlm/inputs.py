"""Messages become what a model of `transformers` takes: a prompt, pixels, and sound in its place.

Several frames of one message are a video with their true times; one frame is a picture. Where a
model hears, frames and sound of one message are woven together by time, as these models learned it
(Qwen2.5-Omni, arXiv 2503.20215, section 2.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from egogpt.protocols.chat import Message
from egogpt.vlm.audio_input import MOST_SOUND, RATE, prepare_audio, resampled
from memory.types.core import Frame, Sound

TICKS = 10.0  # frames per second of the clock that frame times are given in


@dataclass(slots=True)
class ModelRequest:
    """One conversation taken apart: its turns for the template, and the media in their order.

    ``paced`` is whether the model takes one frame rate for all videos that run together.
    """

    paced: bool = False
    turns: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[NDArray[np.uint8]] = field(default_factory=list)
    videos: list[NDArray[np.uint8]] = field(default_factory=list)
    times: list[dict[str, Any]] = field(default_factory=list)
    sounds: list[NDArray[np.float32]] = field(default_factory=list)
    woven: list[int | None] = field(default_factory=list)  # the video that each sound belongs to

    @property
    def shape(self) -> tuple[Any, ...]:
        """What requests must have in common to be run together."""
        rates = tuple(_rate(time) for time in self.times) if self.paced else ()
        frames = tuple(len(video) for video in self.videos)
        return len(self.pictures), frames, rates, tuple(self.woven)


def take_apart(
    messages: Sequence[Message], side: int, *, hears: bool, unsaid: re.Pattern[str]
) -> ModelRequest:
    """One conversation as a request.

    Args:
        messages: what is said, seen and heard.
        side: most pixels of a picture's longer side.
        hears: whether the model takes sound.
        unsaid: the model's own marks, which no text of a message may contain.
    """
    request = ModelRequest(paced=hears)
    for message in messages:
        sound = prepare_audio(message.sound) if hears else None
        content = [
            *_shown(request, message.frames, sound, side),
            *_played(request, sound, woven=len(message.frames) > 1),
            {"type": "text", "text": without_marks(message.content, unsaid)},
        ]
        request.turns.append({"role": message.role, "content": content})
    return request


def model_inputs(
    processor: Any, requests: Sequence[ModelRequest], *, hears: bool
) -> Mapping[str, Any]:
    """The tensors of several requests of one shape, padded on the left."""
    prompts = [
        processor.apply_chat_template(request.turns, add_generation_prompt=True, tokenize=False)
        for request in requests
    ]
    arguments: dict[str, Any] = {}
    if any(request.pictures for request in requests):
        arguments["images"] = [request.pictures for request in requests]
    if any(request.videos for request in requests):
        arguments |= {
            "videos": [video for request in requests for video in request.videos],
            "video_metadata": [times for request in requests for times in request.times],
            "do_sample_frames": False,
        }
        if hears:  # these take one rate for all videos, and no times
            arguments["fps"] = _rate(requests[0].times[0])
    if any(request.sounds for request in requests):
        arguments |= {
            "audio": [sound for request in requests for sound in request.sounds],
            "sampling_rate": RATE,
        }
        if woven := _woven(requests):
            arguments |= {"load_audio_from_video": True, "audio_from_video_indices": woven}
    inputs: Mapping[str, Any] = processor(
        text=prompts, padding=True, return_tensors="pt", **arguments
    )
    return inputs


def generation_extras(requests: Sequence[ModelRequest]) -> dict[str, Any]:
    """What ``generate`` must be told beside the inputs."""
    return {"use_audio_in_video": True} if _woven(requests) else {}


def marks_of(tokenizer: Any) -> re.Pattern[str]:
    """A pattern of all that stands for something else than text in a model's vocabulary."""
    return pattern_of({*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()})


def pattern_of(marks: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds each of the marks, the longest first."""
    written = sorted((re.escape(mark) for mark in marks if mark.strip()), key=len, reverse=True)
    return re.compile("|".join(written) or r"(?!)")


def without_marks(text: str, unsaid: re.Pattern[str]) -> str:
    """The text without them: nothing seen or heard may end a turn or pose as a picture."""
    while unsaid.search(text):  # taking one out may join what was around it to another
        text = unsaid.sub(" ", text)
    return text


def spread(frames: Sequence[Frame], most: int) -> tuple[Frame, ...]:
    """At most ``most`` frames, evenly over them, the first and the last among them."""
    if len(frames) <= most:
        return tuple(frames)
    last = len(frames) - 1
    return tuple(frames[round(number * last / max(most - 1, 1))] for number in range(most))


def shrunk(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The picture with no side longer than ``side`` pixels."""
    import cv2

    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1.0:
        return np.ascontiguousarray(image)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _shown(
    request: ModelRequest, frames: Sequence[Frame], sound: Sound | None, side: int
) -> Iterator[dict[str, Any]]:
    """Adds the frames of a message; one alone is a picture, several are a video."""
    if len(frames) == 1:
        request.pictures.append(shrunk(frames[0].image, side))
        yield {"type": "image"}
    elif frames:
        ordered = sorted(frames, key=lambda frame: frame.at)
        shape = ordered[0].image.shape
        request.videos.append(
            np.stack([shrunk(_like(frame.image, shape), side) for frame in ordered])
        )
        request.times.append(_times(ordered, sound))
        yield {"type": "video"}


def _played(request: ModelRequest, sound: Sound | None, *, woven: bool) -> Iterator[dict[str, Any]]:
    """Adds the sound of a message; one that is woven into the video has no place of its own."""
    if sound is None:
        return
    request.sounds.append(resampled(sound)[: int(MOST_SOUND * RATE)])
    request.woven.append(len(request.videos) - 1 if woven else None)
    if not woven:
        yield {"type": "audio"}


def _like(image: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The picture in another's size: a video has one."""
    if image.shape == shape:
        return image
    import cv2

    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _times(frames: Sequence[Frame], sound: Sound | None) -> dict[str, Any]:
    """When the frames are, counted from the sound's beginning or the first frame, in ticks."""
    begun = frames[0].at if sound is None else min(sound.at, frames[0].at)
    spacing = (frames[-1].at - frames[0].at) / (len(frames) - 1) or 1.0 / TICKS
    # Frames that were picked lie unevenly; the sound beside them tells how long the clip is.
    duration = spacing * len(frames) if sound is None else sound.samples.size / sound.rate
    height, width = frames[0].image.shape[:2]
    return {
        "total_num_frames": max(1, round(duration * TICKS)),
        "fps": TICKS,
        "duration": duration,
        "frames_indices": [round((frame.at - begun) * TICKS) for frame in frames],
        "width": width,
        "height": height,
    }


def _rate(times: Mapping[str, Any]) -> float:
    """Frames per second, to three places, so that like clips are alike."""
    return round(len(times["frames_indices"]) / float(times["duration"]), 3)


def _woven(requests: Sequence[ModelRequest]) -> list[int | None]:
    """For each sound the number of its video among those of all requests; empty without any."""
    video_indexes: list[int | None] = []
    before = 0
    for request in requests:
        video_indexes += [None if video is None else before + video for video in request.woven]
        before += len(request.videos)
    return video_indexes if any(video is not None for video in video_indexes) else []


def each_apart(requests: Sequence[ModelRequest]) -> Iterator[list[int]]:
    """The requests' numbers in groups of one shape, in order of their first."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, request in enumerate(requests):
        groups.setdefault(request.shape, []).append(number)
    yield from groups.values()
