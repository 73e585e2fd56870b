"""EgoGPT in the plain modules of `transformers`: it sees with SigLIP, hears with Whisper, writes
with Qwen2.

    rows = model.stock_rows(model.visual_map(pixels))       # list of [n_t, D], newlines included
    embeds = model.embed(pieces, rows, model.hear(mel))     # what the language model reads

Source: Yang et al., EgoLife (CVPR 2025), section 4.1; its LLaVA-OneVision and SLAM-LLM parts.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from transformers import Qwen2ForCausalLM, SiglipVisionModel
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from egogpt.egogpt_7b.config import EgoGPTConfig

FRAMES_AT_ONCE = 8  # more would only take memory: the tower is busy with eight


class SpeechProjector(nn.Module):
    """Joins every ``stride`` frames of the speech encoder into one token (EncoderProjectorConcat).

    Source: Ma et al., SLAM-LLM (2024), section 2.
    """

    def __init__(self, config: EgoGPTConfig) -> None:
        super().__init__()
        self.stride = config.speech_stride
        width = config.speech.d_model * self.stride
        self.linear1 = nn.Linear(width, config.speech_hidden)
        self.linear2 = nn.Linear(config.speech_hidden, config.llm.hidden_size)

    def forward(self, heard: Tensor) -> Tensor:
        """[B, frames, d_model] to [B, frames // stride, D]; frames left over are dropped."""
        whole = heard.shape[1] // self.stride * self.stride
        joined = heard[:, :whole].reshape(heard.shape[0], whole // self.stride, -1)
        projected: Tensor = self.linear2(torch.relu(self.linear1(joined)))
        return projected


class EgoGPT(nn.Module):
    """The whole model. ``D`` below is the width of the language model (3584).

    ``device`` is where the language model stands. ``towers_in_turn`` moves each encoder there for
    its own pass only; otherwise encoders work where they are.
    """

    def __init__(self, config: EgoGPTConfig) -> None:
        """Builds the modules, without weights of any use."""
        super().__init__()
        self.settings = config
        self.towers_in_turn = False
        tower = _build(SiglipVisionModel, config.vision)
        # Some releases of transformers wrap the tower once more.
        self.tower = getattr(tower, "vision_model", tower)
        self.projector = _projector(config)
        self.image_newline = nn.Parameter(torch.zeros(config.llm.hidden_size))
        self.speech_encoder = _build(WhisperEncoder, config.speech)
        self.speech_projector = SpeechProjector(config)
        self.llm = _build(Qwen2ForCausalLM, config.llm)

    @property
    def device(self) -> torch.device:
        """Where the language model computes."""
        place: torch.device = self.llm.model.embed_tokens.weight.device
        return place

    @property
    def dtype(self) -> torch.dtype:
        """What embeddings are computed in."""
        kind: torch.dtype = self.llm.model.embed_tokens.weight.dtype
        return kind

    @torch.no_grad()
    def visual_map(self, pixels: Tensor) -> Tensor:
        """What is seen at the tower's full resolution, in the language model's space.

        Args:
            pixels: [T, 3, S, S], as ``egogpt_inputs.pixels`` makes them.

        Returns:
            [T, 27, 27, D] on the language model's device: not pooled yet, so that tokens can be
            given out by what a question asks.
        """
        side = self.settings.grid
        with self._at_work(self.tower, self.projector) as device:
            parts = [
                self.projector(self._look(pixels[start : start + FRAMES_AT_ONCE].to(device)))
                for start in range(0, len(pixels), FRAMES_AT_ONCE)
            ]
            seen = torch.cat(parts).to(self.device, self.dtype)
        return seen.reshape(len(pixels), side, side, -1)

    def stock_rows(self, projected: Tensor) -> list[Tensor]:
        """The visual tokens as the model was trained: pooled by two, newlines in their places.

        Args:
            projected: [T, h, w, D], as ``visual_map`` gives.

        Returns:
            One [n_t, D] for each frame; their concatenation is what the model reads.
        """
        pooled = nn.functional.avg_pool2d(projected.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)
        return self.with_newlines(list(pooled))

    def with_newlines(self, grids: Sequence[Tensor]) -> list[Tensor]:
        """Grids [h_t, w_t, D] as token rows [n_t, D], with newlines where the model expects them.

        Grids may differ in size: this is how an allocation of one's own becomes tokens.
        """
        newline = self.image_newline.to(self.device, self.dtype)
        if self.settings.newline == "grid":
            ends = [newline.expand(grid.shape[0], 1, -1) for grid in grids]
            return [torch.cat((g, end), 1).flatten(0, 1) for g, end in zip(grids, ends)]
        rows = [grid.flatten(0, 1) for grid in grids]
        if self.settings.newline == "frame":
            return [torch.cat((row, newline[None])) for row in rows]
        if self.settings.newline == "one_token" and rows:
            rows[-1] = torch.cat((rows[-1], newline[None]))
        return rows

    @torch.no_grad()
    def hear(self, mel: Tensor) -> Tensor:
        """What is heard: [mel bins, mel frames] to [300, D], however much of it is silence."""
        with self._at_work(self.speech_encoder, self.speech_projector) as device:
            features = mel[None].to(device, self._dtype_of(self.speech_encoder))
            heard = self.speech_encoder(features).last_hidden_state
            rows: Tensor = self.speech_projector(heard)[0].to(self.device, self.dtype)
        return rows

    @torch.no_grad()
    def embed(self, tokens: Sequence[Tensor | Sequence[int]]) -> Tensor:
        """Token ids and ready rows [n, D], in order, as one sequence [N, D] to read."""
        parts = [
            part if isinstance(part, Tensor) else self._words(part) for part in tokens if len(part)
        ]
        return torch.cat(parts)

    def generate(self, **inputs: Any) -> Any:
        """Lets the language model write, as `transformers` does; takes ``inputs_embeds``."""
        return self.llm.generate(**inputs)

    def _words(self, ids: Sequence[int]) -> Tensor:
        table = self.llm.model.embed_tokens
        words: Tensor = table(torch.tensor(list(ids), device=self.device))
        return words

    def _look(self, pixels: Tensor) -> Tensor:
        # Before the last norm: that is what the projector was trained on, not last_hidden_state.
        embedded = self.tower.embeddings(pixels.to(self._dtype_of(self.tower)))
        seen: Tensor = self.tower.encoder(inputs_embeds=embedded).last_hidden_state
        return seen

    @staticmethod
    def _dtype_of(module: nn.Module) -> torch.dtype:
        return next(module.parameters()).dtype

    @contextmanager
    def _at_work(self, *parts: nn.Module) -> Iterator[torch.device]:
        """Where the parts compute; in turn, they stand on the device only inside the block."""
        home = next(parts[0].parameters()).device
        if not self.towers_in_turn or home == self.device:
            yield home
            return
        saved = [(store, dict(store)) for part in parts for store in _stores(part)]
        for store, tensors in saved:
            store.update({name: _moved(tensor, self.device) for name, tensor in tensors.items()})
        try:
            yield self.device
        finally:
            # What was kept goes back in its place: nothing is copied from the device.
            for store, tensors in saved:
                store.update(tensors)


def _stores(part: nn.Module) -> Iterator[dict[str, Any]]:
    for module in part.modules():
        yield module._parameters
        yield module._buffers


def _moved(tensor: Tensor | None, device: torch.device) -> Tensor | None:
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(tensor.to(device), requires_grad=False)
    return tensor if tensor is None else tensor.to(device)


def _build(kind: Any, config: Any) -> Any:
    # A copy: two models of one configuration would otherwise change each other's attention.
    return kind._from_config(copy.deepcopy(config), attn_implementation="sdpa")


def _projector(config: EgoGPTConfig) -> nn.Sequential:
    width = config.llm.hidden_size
    layers: list[nn.Module] = [nn.Linear(config.vision.hidden_size, width)]
    for _ in range(config.projector_layers - 1):
        layers += [nn.GELU(), nn.Linear(width, width)]
    return nn.Sequential(*layers)
