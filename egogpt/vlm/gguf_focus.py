"""QuoTA where a server encodes the pictures: each frame is sent at the size its tokens pay for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

from egogpt.protocols.chat import Message
from egogpt.protocols.model_names import QuotaOption
from egogpt.quota.budget import Shape
from egogpt.quota.frame_sources import Layout, Stock, Visual
from egogpt.quota.look import Look
from egogpt.quota.quota import NoGain, Quota, affordable, assign
from egogpt.quota.scorers import FrameScorer
from egogpt.quota.sized_frames import Image, SizedFrames
from egogpt.vlm.batch import shown_by
from egogpt.vlm.focus import Focus, Request, caption_focus, look_focus, thinned
from memory.types.core import Frame, Observation
from memory.types.explanation import LookSummary

_NO_VAR = "llama.cpp has its own attention"


@dataclass(frozen=True, slots=True)
class FrameSizes:
    """How a model behind a server shares tokens out.

    ``token_side`` is the side in pixels of the square that becomes one token, 0 where the size of
    a picture does not decide how many it becomes; ``stock`` what the model sees without a quota.
    """

    option: QuotaOption
    token_side: int
    stock: Stock

    @property
    def why_off(self) -> str:
        """Why nothing is shared out by this model, or ""."""
        if self.option.by == "off":
            return "the model's name says so"
        return "" if self.token_side else "it gives each picture the same tokens, whatever its size"

    def of_caption(self, clip: Observation) -> tuple[Observation, list[int], LookSummary]:
        """The frames of a clip to show, the longer side of each in pixels, and how that came."""
        try:
            sampled = thinned(clip, self._few(clip.frames, self.stock, Quota(self.option.share)))
            layout = self._layout(sampled.frames, self.stock)
            focus = caption_focus(self.option, layout, self.stock.frames, sampled.relevance)
            sides, summary = self._sides(sampled.frames, layout, focus)
        except (NoGain, ValueError) as error:
            usual = thinned(clip, self.stock.frames)
            return usual, [], _as_usual(usual.frames, str(error))
        return sampled, sides, summary

    def of_look(
        self, messages: Sequence[Message], look: Look, own: FrameScorer
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
            return request.messages, [], _as_usual(request.frames, str(error))
        return request.messages, sides, summary

    def _few(self, frames: Sequence[Frame], stock: Stock, quota: Quota) -> int:
        if self.why_off:
            raise NoGain(self.why_off)
        return affordable(quota, self._layout(frames, stock))

    def _layout(self, frames: Sequence[Frame], stock: Stock) -> Layout:
        if len({frame.image.shape for frame in frames}) != 1:
            raise NoGain("its frames are not all of one size")
        height, width = frames[0].image.shape[:2]
        usual, whole = self._grid(*stock.size(frames[0].image)), self._grid(height, width)
        native = max(usual[0], whole[0]), max(usual[1], whole[1])
        return Layout(len(frames), min(stock.frames, len(frames)), usual, native)

    def _grid(self, height: int, width: int) -> Shape:
        return max(1, round(height / self.token_side)), max(1, round(width / self.token_side))

    def _sides(
        self, frames: Sequence[Frame], layout: Layout, focus: Focus
    ) -> tuple[list[int], LookSummary]:
        images = [frame.image for frame in frames]
        assignment = assign(SizedFrames(images, layout, _elsewhere), focus.quota, focus.scores)
        height, width = images[0].shape[:2]
        stretch = max(height, width) / min(height, width)
        sides = [int(self.token_side * sqrt(tokens * stretch)) for tokens in assignment.tokens]
        summary = replace(shown_by(focus, len(frames), layout, assignment), var_off=_NO_VAR)
        return sides, summary


def _as_usual(frames: Sequence[Frame], why: str) -> LookSummary:
    return LookSummary(frames=len(frames), quota_off=why, var_off=_NO_VAR)


def _elsewhere(images: Sequence[Sequence[Image]], shapes: Sequence[Shape]) -> Visual:
    raise NotImplementedError("the server encodes the frames itself")
