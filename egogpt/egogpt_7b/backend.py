"""EgoGPT as a captioner and as a chat model: one set of weights, both protocols.

    model = EgoGPTBackend.load("egogpt:/models/EgoGPT-7b-EgoIT-EgoLife", WeightStore())
    model.captions(observations)       # the weights are loaded now, in the form that fits

It is fed by `prompt.py` and `inputs.py`, and read from its files by `checkpoint.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from egogpt.egogpt_7b.focus import focused_rows
from egogpt.protocols.chat import Message
from egogpt.protocols.model_names import ParsedModelName, parse
from egogpt.runtime.generation import Loaded
from egogpt.vlm.audio_input import prepare_audio
from egogpt.vlm.base import VisionLanguageModel
from egogpt.vlm.families import context_of, family_of, read_config
from egogpt.weights.hub_cache import find
from egogpt.weights.store import WeightStore
from memory.types.core import Frame

if TYPE_CHECKING:
    from torch import Tensor

    from egogpt.egogpt_7b.checkpoint import Placement
    from egogpt.egogpt_7b.model import EgoGPT

VisualRows: TypeAlias = Callable[["EgoGPT", "Tensor", Sequence[Frame], str], "list[Tensor]"]
"""Turns what is seen [T, 27, 27, D] into the visual tokens, given the model, the frames and what is
asked ("" for a caption): one [n_t, D] for each frame, newlines included."""


class EgoGPTBackend(VisionLanguageModel):
    """A checkpoint of EgoGPT.

    ``visual_rows`` gives out the visual tokens, by default as the model was trained. ``home`` is
    where and how it is kept, by default (None) the best form for this computer.
    """

    # It was trained with one system message, and what is asked of a clip stood with the clip.
    in_one_turn = True

    def __init__(self, named: ParsedModelName, folder: Path, root: Path | None = None) -> None:
        """Reads the checkpoint's config only; encoders that it lacks may lie in ``root``.

        Raises ChatError where it is no checkpoint of EgoGPT.
        """
        config = read_config(folder)
        family = family_of(config, named.kind, folder)
        longest = context_of(config, family, named.options.positions)
        super().__init__(named, folder, family, longest)
        self.visual_rows: VisualRows = _stock_rows
        self.home: Placement | None = None
        self._root = root
        self._at_once = self.context_tokens

    @classmethod
    def load(cls, name: str, weights: WeightStore) -> EgoGPTBackend:
        """The model called ``name``; its weights come with its first use or ``prepare``.

        Raises ModelMissing, ModelDamaged, NotThatModel, or UnknownModel for an option that does
        not exist.
        """
        named = parse(name)
        return cls(named, find(named), weights.root)

    def _read(self) -> Loaded:
        from egogpt.egogpt_7b.checkpoint import load_egogpt
        from egogpt.egogpt_7b.placement import choose_placement
        from egogpt.egogpt_7b.prompt import PromptTokenizer
        from egogpt.vlm.loading import attend_by_name
        from kernels.positions.rope_scaling import reposition

        words = PromptTokenizer(self._folder)  # first, since it is quick to fail
        options = self._named.options
        home = self.home or choose_placement(self._folder, options)
        model = load_egogpt(self._folder, home, root=self._root)
        attend_by_name(model.llm, options, f"{self._named.kind}:{self._folder}")
        reposition(model.llm, options.positions)
        self._at_once = home.tokens or self.context_tokens
        return Loaded(model, words.tokenizer, home.device, words)

    def _language(self, ready: Loaded) -> Any:
        return ready.model.llm

    def _batches(
        self,
        ready: Loaded,
        asked: Sequence[Sequence[Message]],
        max_tokens: int,
        *,
        captioning: bool = False,
    ) -> Iterator[tuple[Sequence[int], Mapping[str, Any]]]:
        """As many at once as there is room for; padding is masked, so each is read as if alone."""
        numbers: list[int] = []
        prompts: list[Tensor] = []
        for number, messages in enumerate(asked):
            prompt = self._prompt(ready, messages, "" if captioning else _question(messages))
            self._check_length(len(prompt), max_tokens)
            longest = max(map(len, [*prompts, prompt])) + max_tokens
            if prompts and longest * (len(prompts) + 1) > self._at_once:
                yield numbers, _inputs(ready, prompts)
                numbers, prompts = [], []
            numbers.append(number)
            prompts.append(prompt)
        if prompts:
            yield numbers, _inputs(ready, prompts)

    def _prompt(self, ready: Loaded, messages: Sequence[Message], asked: str) -> Tensor:
        """A conversation as embeddings [N, D]."""
        from egogpt.egogpt_7b.inputs import mel
        from egogpt.egogpt_7b.prompt import Mark, chat_pieces

        model, words = ready.model, ready.maker
        turns = [_tidy(message) for message in messages]
        seen = (self._seen(model, turn.frames, asked) for turn in turns if turn.frames)
        heard = (
            model.hear(mel(turn.sound, model.settings))
            for turn in turns
            if turn.frames or turn.sound is not None
        )
        places = {Mark.SEEN: seen, Mark.HEARD: heard}
        embedded: Tensor = model.embed(
            [
                next(places[piece]) if isinstance(piece, Mark) and piece in places
                else words.ids(piece)
                for piece in chat_pieces(turns)
            ]
        )  # fmt: skip
        return embedded

    def _seen(self, model: EgoGPT, frames: Sequence[Frame], asked: str) -> Tensor:
        import torch

        from egogpt.egogpt_7b.inputs import pixels

        projected = model.visual_map(pixels(frames, model.settings))
        if self._focus is not None:
            return torch.cat(focused_rows(model, projected, self._focus))
        return torch.cat(self.visual_rows(model, projected, frames, asked))


def _stock_rows(
    model: EgoGPT, projected: Tensor, frames: Sequence[Frame], asked: str
) -> list[Tensor]:
    return model.stock_rows(projected)


def _tidy(message: Message) -> Message:
    """The message with its frames in order of time, and no sound that is too short to hear."""
    frames = tuple(sorted(message.frames, key=lambda frame: frame.at))
    return replace(message, frames=frames, sound=prepare_audio(message.sound))


def _question(messages: Sequence[Message]) -> str:
    return next((message.content for message in reversed(messages) if message.role == "user"), "")


def _inputs(ready: Loaded, prompts: Sequence[Tensor]) -> dict[str, Any]:
    from egogpt.egogpt_7b.inputs import padded

    return {**padded(prompts), "eos_token_id": ready.maker.ends}
