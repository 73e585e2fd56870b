"""QuoTA where a server encodes the pictures: each frame is sent at the size its tokens pay for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from egogpt.protocols.chat import Message
from egogpt.protocols.model_names import QuotaOption
from egogpt.quota.budget import NOTHING, Ladder, Shape
from egogpt.quota.frame_sources import Layout, Stock, Visual
from egogpt.quota.look import Look
from egogpt.quota.quota import NoGain, Quota, affordable, assign
from egogpt.quota.scorers import FrameScorer
from egogpt.quota.sized_frames import Image, SizedFrames
from egogpt.runtime.data_urls import fitted
from egogpt.vlm.batch import shown_by
from egogpt.vlm.focus import Focus, Request, caption_focus, look_focus, sampled_frames, thinned
from memory.types.core import Frame, Observation
from memory.types.explanation import LookSummary

SAME_TOKENS = "it gives each picture the same tokens, whatever its size"


@dataclass(frozen=True, slots=True)
class FrameSizes:
    """How a model behind a server shares tokens out.

    ``token_side`` is the side in pixels of the square that becomes one token, 0 where the size of
    a picture does not decide how many it becomes, for the reason ``unsized``; ``stock`` what the
    model sees without a quota; ``least`` the tokens that its processor makes of the smallest
    picture; ``no_var`` why nothing is done to its attention.
    """

    option: QuotaOption
    token_side: int
    stock: Stock
    no_var: str
    least: int = 1
    unsized: str = SAME_TOKENS

    @property
    def why_off(self) -> str:
        """Why nothing is shared out by this model, or ""."""
        if self.option.by == "off":
            return "the model's name says so"
        return "" if self.token_side else self.unsized

    def sampled(self, seconds: float) -> int:
        """How many frames of a clip to give it; those that it takes by itself without a quota."""
        stock = self.stock.frames
        return stock if self.why_off else sampled_frames(stock, seconds)

    def of_caption(self, clip: Observation) -> tuple[Observation, list[int], LookSummary]:
        """The frames of a clip to show, the longer side of each in pixels, and how that came."""
        try:
            sampled = thinned(clip, self._few(clip.frames, self.stock, Quota(self.option.share)))
            layout = self._layout(sampled.frames, self.stock)
            focus = caption_focus(self.option, layout, self.stock.frames, sampled.relevance)
            sides, summary = self._sides(sampled.frames, layout, focus)
        except (NoGain, ValueError) as error:
            usual = thinned(clip, self.stock.frames)
            return usual, [], self._as_usual(usual.frames, str(error))
        return sampled, sides, summary

    def of_look(
        self, messages: Sequence[Message], look: Look, own: FrameScorer | None
    ) -> tuple[Sequence[Message], list[int], LookSummary]:
        """The same of a request whose frames are shared out by what its question is about."""
        stock = replace(self.stock, frames=look.frames)
        request = Request(messages)
        try:
            few = self._few(request.frames, stock, Quota(self.option.share, look.at_most))
            request = request.as_usual("", few)
            layout = self._layout(request.frames, stock)
            focus = look_focus(self.option, layout, look, request.frames, own)
            sides, summary = self._sides(request.frames, layout, focus)
        except (NoGain, ValueError) as error:
            request = request.as_usual(str(error), look.frames)
            return request.messages, [], self._as_usual(request.frames, str(error))
        return request.messages, sides, summary

    def _few(self, frames: Sequence[Frame], stock: Stock, quota: Quota) -> int:
        if self.why_off:
            raise NoGain(self.why_off)
        return affordable(quota, self._layout(frames, stock))

    def _layout(self, frames: Sequence[Frame], stock: Stock) -> Layout:
        if len({frame.image.shape for frame in frames}) != 1:
            raise NoGain("its frames are not all of one size")
        height, width = frames[0].image.shape[:2]
        small = stock.size(frames[0].image)
        rows, columns = fitted(*small, max(small), self.token_side)
        usual = rows // self.token_side, columns // self.token_side
        steps = self._steps(height, width)
        shown = min(stock.frames, len(frames))
        return Layout(len(frames), shown, usual, steps.shapes[-1], steps=steps)

    def _steps(self, height: int, width: int) -> Ladder:
        shapes = list(_sides_of(height, width, self.token_side))
        enough = [shape for shape in shapes if shape[0] * shape[1] >= self.least] or shapes[-1:]
        costs = [max(rows * columns, self.least) for rows, columns in enough]
        return Ladder((NOTHING, *enough), np.array([0, *costs], dtype=np.int64))

    def _sides(
        self, frames: Sequence[Frame], layout: Layout, focus: Focus
    ) -> tuple[list[int], LookSummary]:
        images = [frame.image for frame in frames]
        assignment = assign(SizedFrames(images, layout, _elsewhere), focus.quota, focus.scores)
        height, width = images[0].shape[:2]
        sides = {NOTHING: 0, **_sides_of(height, width, self.token_side)}
        summary = shown_by(focus, len(frames), layout, assignment)
        return [sides[shape] for shape in assignment.shapes], replace(summary, var_off=self.no_var)

    def _as_usual(self, frames: Sequence[Frame], why: str) -> LookSummary:
        return LookSummary(frames=len(frames), quota_off=why, var_off=self.no_var)


@lru_cache(maxsize=64)
def _sides_of(height: int, width: int, unit: int) -> Mapping[Shape, int]:
    """The grids of tokens that a picture can be sent at, each with its longer side in pixels."""
    sides: dict[Shape, int] = {}
    for side in range(1, max(height, width) + 1):
        rows, columns = fitted(height, width, side, unit)
        sides.setdefault((rows // unit, columns // unit), side)
    return sides


def _elsewhere(images: Sequence[Sequence[Image]], shapes: Sequence[Shape]) -> Visual:
    raise NotImplementedError("the server encodes the frames itself")
