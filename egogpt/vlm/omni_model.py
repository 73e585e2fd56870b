"""Models of `transformers` that see, and some that hear: as a chat, and as a captioner.

    model = OmniModel.load("qwen-vl:/models/Qwen2.5-VL-7B-Instruct?bits=4", WeightStore())
    model.caption(observation)         # the weights are loaded now
    model.close()                      # and let go; the next use loads them again

One class serves all families (``families.py``): what differs between them is in their processors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from egogpt.protocols.chat import Message
from egogpt.protocols.model_names import ParsedModelName, parse
from egogpt.runtime.generation import Loaded
from egogpt.vlm.base import VisionLanguageModel
from egogpt.vlm.families import context_of, family_of, read_config
from egogpt.vlm.focus import focused_inputs
from egogpt.vlm.inputs import each_apart, generation_extras, marks_of, model_inputs, take_apart
from egogpt.vlm.loading import load
from egogpt.weights.hub_cache import find
from egogpt.weights.store import WeightStore


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

    def _batches(
        self,
        ready: Loaded,
        asked: Sequence[Sequence[Message]],
        max_tokens: int,
        *,
        captioning: bool = False,
    ) -> Iterator[tuple[Sequence[int], Mapping[str, Any]]]:
        """Those of one shape run together; what they are asked makes no difference."""
        unsaid, side = marks_of(ready.tokenizer), self._named.options.side
        requests = [
            take_apart(conversation, side, hears=self.hears, unsaid=unsaid)
            for conversation in asked
        ]
        for numbers in each_apart(requests):
            alike = [requests[number] for number in numbers]
            inputs = dict(model_inputs(ready.maker, alike, hears=self.hears))
            self._check_length(inputs["input_ids"].shape[1], max_tokens)
            placed: Mapping[str, Any] = {
                name: _placed(value, ready) for name, value in inputs.items()
            }
            if self._focus is not None:
                placed = focused_inputs(ready.model, placed, self._focus)
            yield numbers, {**placed, **generation_extras(alike)}


def _placed(value: Any, ready: Loaded) -> Any:
    """A tensor on the model's device; pixels and sound in its precision."""
    if not hasattr(value, "to"):
        return value
    if value.is_floating_point() and value.dim() > 1:
        return value.to(ready.device, dtype=ready.model.dtype)
    return value.to(ready.device)
