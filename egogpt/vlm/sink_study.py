"""The sink profile of a model that sees: from words as of any model, and from pictures.

Which heads look at pictures, and whether pictures hold sinks at all, only pictures tell: made ones
(shapes on plain ground, where visual sinks are), or those that a person gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from importlib.resources import files
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from egogpt.protocols.chat import Message
from egogpt.runtime.generation import first_scores
from egogpt.sinks.image_heads import Example, image_centric_heads
from egogpt.sinks.profile_file import StoredProfile
from egogpt.sinks.redistribution import VarSettings
from egogpt.sinks.report import SinkReport, sink_report, token_texts
from egogpt.sinks.report_text import about_var
from egogpt.vlm.base import VisionLanguageModel
from egogpt.vlm.focus import Request
from memory.types.core import Frame

Image = NDArray[np.uint8]
PICTURES = 12
_SIDE = 336
_TEXTS, _LENGTH = 16, 64  # as Sink_1 is defined
_QUESTION = "What is in this picture? Name everything, with its colour and place."


def measured_profile(model: VisionLanguageModel) -> StoredProfile:
    """What `?var=auto` goes by, measured on a text of ours and on made pictures."""
    text = (files("egogpt.sinks") / "sink_texts.txt").read_text(encoding="utf-8")
    with model.loaded() as ready:
        ids = ready.tokenizer(text, add_special_tokens=False).input_ids
        report = sink_report(model.language(ready), token_texts(ids, _LENGTH, _TEXTS))
    return stored_profile(replace(report, sees_pictures=True), model)


def stored_profile(
    report: SinkReport, model: VisionLanguageModel | None = None, pictures: Sequence[Image] = ()
) -> StoredProfile:
    """What `?var=auto` goes by; without a model that was loaded to see, heads stay unknown."""
    verdict = about_var(report)
    can_help, why, heads = verdict.can_help, verdict.why, None
    if can_help and model is not None:
        heads = picture_heads(model, report, pictures or made_pictures())
        if not heads:
            can_help = False
            why = "no head looked at pictures that have sinks: nothing would be moved"
    return StoredProfile(report.fingerprint, report.profile, can_help, why, heads)


def picture_heads(
    model: VisionLanguageModel, report: SinkReport, pictures: Sequence[Image]
) -> dict[int, tuple[int, ...]]:
    """The heads that VAR would choose in at least a quarter of the rows that read a picture."""
    with model.loaded() as ready:
        language = model.language(ready)
        examples: list[Example] = []
        for picture in pictures:
            request = Request([Message("user", _QUESTION, (Frame(0.0, picture),))])
            (batch,) = model.batches(ready, [request], 1)
            if batch.visual is not None:
                run = partial(first_scores, ready, batch.inputs)
                examples.append((run, batch.visual))
        # Texts and pictures of one row each: what is decoded is not looked at.
        with torch.no_grad():
            return image_centric_heads(language, VarSettings(report.profile), examples, 0.25)


def made_pictures(count: int = PICTURES, seed: int = 0) -> list[Image]:
    """Rectangles and discs on plain ground that darkens downwards."""
    import cv2

    noise = np.random.default_rng(seed)
    ramp = np.linspace(1.0, 0.7, _SIDE)[:, None, None]
    pictures = []
    for _ in range(count):
        picture = (noise.integers(120, 256, 3) * ramp * np.ones((1, _SIDE, 1))).astype(np.uint8)
        for _ in range(int(noise.integers(1, 4))):
            colour: Any = tuple(int(value) for value in noise.integers(0, 256, 3))
            x, y, size = (int(value) for value in noise.integers(40, _SIDE - 60, 3))
            if noise.random() < 0.5:
                cv2.circle(picture, (x, y), 20 + size // 8, colour, -1)
            else:
                cv2.rectangle(picture, (x, y), (x + 30 + size // 6, y + 40), colour, -1)
        pictures.append(picture)
    return pictures
