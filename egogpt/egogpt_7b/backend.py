"""EgoGPT as a captioner and as a chat model: one set of weights, both protocols.

    model = EgoGPTBackend.load("egogpt:/models/EgoGPT-7b-EgoIT-EgoLife", WeightStore())
    model.captions(observations)       # the weights are loaded now, in the form that fits

It is fed by `prompt.py` and `inputs.py`, and read from its files by `checkpoint.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from egogpt.egogpt_7b.focus import focused_rows, layout
from egogpt.protocols.chat import Message
from egogpt.protocols.model_names import ParsedModelName, parse
from egogpt.quota.frame_sources import Layout, Stock
from egogpt.runtime.generation import Loaded
from egogpt.vlm.audio_input import prepare_audio
from egogpt.vlm.base import VisionLanguageModel
from egogpt.vlm.batch import GenerationBatch, shown_as_usual
from egogpt.vlm.families import context_of, family_of, read_config
from egogpt.vlm.focus import Request
from egogpt.weights.hub_cache import find
from egogpt.weights.store import WeightStore
from memory.types.core import Frame
from memory.types.explanation import LookSummary

if TYPE_CHECKING:
    from torch import Tensor

    from egogpt.egogpt_7b.checkpoint import Placement
    from egogpt.egogpt_7b.model import EgoGPT


class EgoGPTBackend(VisionLanguageModel):
    """A checkpoint of EgoGPT.

    ``home`` is where and how it is kept, by default (None) the best form for this computer.
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

    def _layout(self, ready: Loaded, frames: Sequence[Frame], stock: Stock) -> Layout:
        return layout(ready.model, len(frames), stock)

    def language(self, ready: Loaded) -> Any:
        """Its Qwen2."""
        return ready.model.llm

    def batches(
        self, ready: Loaded, requests: Sequence[Request], max_tokens: int
    ) -> Iterator[GenerationBatch]:
        """As many at once as there is room for; padding is masked, so each is read as if alone."""
        prompts: list[EmbeddedPrompt] = []
        for number, request in enumerate(requests):
            prompt = self._prompt(ready, request, number)
            self._check_length(len(prompt.rows), max_tokens)
            longest = max(len(one.rows) for one in [*prompts, prompt]) + max_tokens
            if prompts and longest * (len(prompts) + 1) > self._at_once:
                yield _together(ready, prompts)
                prompts = []
            prompts.append(prompt)
        if prompts:
            yield _together(ready, prompts)

    def _prompt(self, ready: Loaded, request: Request, number: int) -> EmbeddedPrompt:
        """A conversation as embeddings [N, D]."""
        from egogpt.egogpt_7b.inputs import mel
        from egogpt.egogpt_7b.prompt import Mark, chat_pieces

        model, words = ready.model, ready.maker
        usual = request
        if request.focus is not None:
            usual = request.as_usual("every frame is shown alike", request.focus.stock_frames)
        shown = self._shown(model, request)
        turns = [_tidy(message) for message in (request if shown else usual).messages]
        seen = iter([shown[0]]) if shown else (
            self._seen(model, turn.frames) for turn in turns if turn.frames
        )  # fmt: skip
        heard = (
            model.hear(mel(turn.sound, model.settings))
            for turn in turns
            if turn.frames or turn.sound is not None
        )
        places = {Mark.SEEN: seen, Mark.HEARD: heard}
        pieces = [
            (piece, next(places[piece]) if isinstance(piece, Mark) and piece in places
             else words.ids(piece))
            for piece in chat_pieces(turns)
        ]  # fmt: skip
        visual = [piece is Mark.SEEN for piece, rows in pieces for _ in range(len(rows))]
        look = shown[1] if shown else shown_as_usual(usual)
        return EmbeddedPrompt(number, model.embed([rows for _, rows in pieces]), visual, look)

    def _shown(self, model: EgoGPT, request: Request) -> tuple[Tensor, LookSummary] | None:
        """The tokens of a request that shares them out; None where it does not, or cannot."""
        if request.focus is None:
            return None
        from egogpt.egogpt_7b.inputs import pixels

        projected = model.visual_map(pixels(request.frames, model.settings))
        return focused_rows(model, projected, request.focus)

    def _seen(self, model: EgoGPT, frames: Sequence[Frame]) -> Tensor:
        import torch

        from egogpt.egogpt_7b.inputs import pixels

        return torch.cat(model.stock_rows(model.visual_map(pixels(frames, model.settings))))


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedPrompt:
    """A conversation as embeddings [N, D], which of them are seen, and how."""

    number: int
    rows: Tensor
    visual: Sequence[bool]
    look: LookSummary


def _tidy(message: Message) -> Message:
    """The message with its frames in order of time, and no sound that is too short to hear."""
    frames = tuple(sorted(message.frames, key=lambda frame: frame.at))
    return replace(message, frames=frames, sound=prepare_audio(message.sound))


def _together(ready: Loaded, prompts: Sequence[EmbeddedPrompt]) -> GenerationBatch:
    """Prompts as one batch, filled up at their start."""
    import torch

    from egogpt.egogpt_7b.inputs import padded

    inputs = padded([prompt.rows for prompt in prompts])
    visual = torch.zeros_like(inputs["attention_mask"], dtype=torch.bool)
    for row, prompt in zip(visual, prompts, strict=True):
        row[len(row) - len(prompt.visual) :] = torch.tensor(prompt.visual)
    looks = tuple(prompt.look for prompt in prompts)
    ends = {"eos_token_id": ready.maker.ends}
    return GenerationBatch([prompt.number for prompt in prompts], {**inputs, **ends}, visual, looks)
