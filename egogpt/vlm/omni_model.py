"""Models of `transformers` that see, and some that hear: as a chat, and as a captioner.

    model = OmniModel.load("qwen-vl:/models/Qwen2.5-VL-7B-Instruct?bits=4", WeightStore())
    model.caption(observation)         # the weights are loaded now
    model.close()                      # and let go; the next use loads them again

One class serves all families (``families.py``): what differs between them is in their processors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from egogpt.protocols.model_names import ParsedModelName, parse
from egogpt.quota.adapters import QuotaUnsupported, SizingAdapter, adapter_for
from egogpt.quota.frame_sources import Layout, Stock
from egogpt.quota.inject import together
from egogpt.quota.quota import NoGain, quota_inputs
from egogpt.runtime.generation import Loaded
from egogpt.vlm.base import VisionLanguageModel
from egogpt.vlm.batch import GenerationBatch, shown_as_usual, shown_by
from egogpt.vlm.families import context_of, family_of, read_config
from egogpt.vlm.focus import Focus, Request
from egogpt.vlm.inputs import (
    ModelRequest,
    each_apart,
    generation_extras,
    like_first,
    marks_of,
    model_inputs,
    take_apart,
)
from egogpt.vlm.loading import load
from egogpt.weights.hub_cache import find
from egogpt.weights.store import WeightStore
from memory.types.core import Frame

_MOST = 2  # times the usual side: what a frame may be shown at that matters


class OmniModel(VisionLanguageModel):
    """A checkpoint of a family that `transformers` has."""

    def __init__(self, named: ParsedModelName, folder: Path) -> None:
        """Reads the checkpoint's config only. Raises ChatError where it is none that is known."""
        config = read_config(folder)
        family = family_of(config, named.kind, folder)
        super().__init__(named, folder, family, context_of(config, family, named.options.positions))

    @classmethod
    def load(cls, name: str, weights: WeightStore) -> OmniModel:
        """The model called ``name``; its weights come with its first use or ``prepare``.

        Raises ModelMissing, ModelDamaged, NotThatModel, or UnknownModel for an option that does
        not exist.
        """
        named = parse(name)
        return cls(named, find(named))

    def _read(self) -> Loaded:
        return load(self._folder, self._family, self._named.options)

    def _layout(self, ready: Loaded, frames: Sequence[Frame], stock: Stock) -> Layout:
        if len(frames) < 2:
            raise NoGain("there are no two frames to choose between")
        return adapter_for(ready.model).layout(
            ready.model,
            ready.maker,
            like_first(frames[:1], _MOST * stock.side) * len(frames),  # all become of one size
            stock,
        )

    def batches(
        self, ready: Loaded, requests: Sequence[Request], max_tokens: int
    ) -> Iterator[GenerationBatch]:
        """Those of one shape run together, and those whose tokens are shared out."""
        usual: dict[int, Request] = {}
        focused: list[GenerationBatch] = []
        for number, request in enumerate(requests):
            if request.focus is None:
                usual[number] = request
                continue
            try:
                batch = self._focused(ready, request.focus, request, number)
            except (QuotaUnsupported, NoGain) as error:
                usual[number] = request.as_usual(str(error), request.focus.stock_frames)
                continue
            self._check_length(batch.inputs["input_ids"].shape[1], max_tokens)
            focused.append(batch)
        yield from self._together(ready, focused)
        taken = {number: self._apart(ready, request) for number, request in usual.items()}
        for numbers in each_apart(taken):
            alike = [taken[number] for number in numbers]
            inputs = self._inputs(ready, alike)
            self._check_length(inputs["input_ids"].shape[1], max_tokens)
            looks = tuple(shown_as_usual(usual[number]) for number in numbers)
            yield GenerationBatch(numbers, inputs, _visual(ready, inputs), looks)

    def _together(
        self, ready: Loaded, focused: Sequence[GenerationBatch]
    ) -> Iterator[GenerationBatch]:
        """Requests whose tokens are shared out, in batches of those with the same inputs."""
        groups: dict[tuple[str, ...], list[GenerationBatch]] = {}
        for batch in focused:
            alone = () if isinstance(adapter_for(ready.model), SizingAdapter) else batch.numbers
            key = (*sorted(batch.inputs), *map(str, alone))
            groups.setdefault(key, []).append(batch)
        for alike in groups.values():
            if len(alike) == 1:
                yield alike[0]
                continue
            words = ready.tokenizer
            pad = words.eos_token_id if words.pad_token_id is None else words.pad_token_id
            inputs = together([one.inputs for one in alike], pad)
            numbers = [number for one in alike for number in one.numbers]
            looks = tuple(look for one in alike for look in one.looks)
            yield GenerationBatch(numbers, inputs, _visual(ready, inputs), looks)

    def _focused(
        self, ready: Loaded, focus: Focus, request: Request, number: int
    ) -> GenerationBatch:
        """A request whose frames share their tokens out."""
        stock = Stock(focus.stock_frames, self._named.options.side)
        taken = self._apart(ready, request, _MOST)
        (images,) = taken.videos

        def build(frames: Sequence[Any], as_is: bool) -> Mapping[str, Any]:
            other = replace(taken, videos=[np.stack(frames)])
            return self._inputs(ready, [other], **({"do_resize": False} if as_is else {}))

        shown = quota_inputs(
            ready.model, ready.maker, build, list(images), stock, focus.quota, focus.scores
        )
        inputs = {**shown.kwargs, **generation_extras([taken])}
        look = shown_by(focus, len(images), shown.layout, shown.assignment)
        return GenerationBatch([number], inputs, _visual(ready, inputs), (look,))

    def _apart(self, ready: Loaded, request: Request, larger: int = 1) -> ModelRequest:
        unsaid, side = marks_of(ready.tokenizer), larger * self._named.options.side
        return take_apart(request.messages, side, hears=self.hears, unsaid=unsaid)

    def _inputs(
        self, ready: Loaded, requests: Sequence[ModelRequest], **how: Any
    ) -> dict[str, Any]:
        made = model_inputs(ready.maker, requests, hears=self.hears, **how)
        placed = {name: _placed(value, ready) for name, value in made.items()}
        return {**placed, **generation_extras(requests)}


def _visual(ready: Loaded, inputs: Mapping[str, Any]) -> Any:
    """The tokens of a prompt that are the pictures'."""
    from egogpt.sinks.visual_tokens import from_ids

    return from_ids(ready.model.config, inputs["input_ids"])


def _placed(value: Any, ready: Loaded) -> Any:
    """A tensor on the model's device; pixels and sound in its precision."""
    if not hasattr(value, "to"):
        return value
    if value.is_floating_point() and value.dim() > 1:
        return value.to(ready.device, dtype=ready.model.dtype)
    return value.to(ready.device)
