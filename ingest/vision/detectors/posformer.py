"""Define PosFormer, which reads a handwritten formula as LaTeX: DenseNet, then a decoder that
corrects where it looks.

    network = PosFormer(Sizes(), symbols=113, structural=(110, 82, 83))
    features = network.encoder(ink)                     # ink: float32 [1, 1, H, W], 1 on 0
    scores = network.decoder(features, tokens)          # tokens: int64 [B, n] -> [B, n, symbols]

One picture at a time and without padding, for reading; the heads of the position forest teach the
encoder in training and take no part here. Parameters bear the published checkpoint's names.

Source: Guan et al., PosFormer, arXiv 2407.07764, sections 3.2 to 3.4 (2-D positions and decoder of
CoMER, arXiv 2207.04410, whose attention refinement is corrected by leaving out structural symbols).
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

_LONGEST = 500  # tokens that have a position
_BASE = 10_000.0  # of the sines' wavelengths


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of the network, by the names and with the values of the published one."""

    d_model: int = 256
    growth_rate: int = 24
    num_layers: int = 16
    nhead: int = 8
    num_decoder_layers: int = 3
    dim_feedforward: int = 1024
    dc: int = 32
    cross_coverage: bool = True
    self_coverage: bool = True


class PosFormer(nn.Module):
    """Encoder of pictures and decoder of symbols."""

    def __init__(self, sizes: Sizes, symbols: int, structural: Collection[int]) -> None:
        """Make random weights.

        Args:
            sizes: Of the layers.
            symbols: How many tokens there are, those for padding, begin and end included.
            structural: Tokens that nothing in the picture stands for, such as "^" and "{": where
                they looked is not counted as seen.
        """
        super().__init__()
        self.encoder = Encoder(sizes)
        self.decoder = Decoder(sizes, symbols, structural)


class Encoder(nn.Module):
    """DenseNet-B, whose features get the place where they are."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.model = DenseNet(sizes.growth_rate, sizes.num_layers)
        self.feature_proj = nn.Conv2d(self.model.post_norm.num_features, sizes.d_model, 1)
        self.norm = nn.LayerNorm(sizes.d_model)

    def forward(self, ink: Tensor) -> Tensor:
        """Features [1, h, w, d] of ink [1, 1, H, W]; h and w are a sixteenth, rounded up."""
        features = self.feature_proj(self.model(ink)).permute(0, 2, 3, 1)
        normed: Tensor = self.norm(features + places(*features.shape[1:]))
        return normed


def places(height: int, width: int, size: int) -> Tensor:
    """Sines of each place in a picture, [height, width, size]: across in the first half, then down.

    Places are counted as shares of a whole turn, so that pictures of all sizes span the same.
    """
    down, across = (
        torch.arange(1, count + 1) / (count + 1e-6) * 2 * math.pi for count in (height, width)
    )
    half = size // 2
    return torch.cat(
        [
            waves(across, half).expand(height, width, half),
            waves(down, half)[:, None].expand(height, width, half),
        ],
        dim=2,
    )


def waves(positions: Tensor, size: int) -> Tensor:
    """Sine and cosine in turn of positions [n] at size / 2 wavelengths, [n, size]."""
    steps = torch.arange(0, size, 2) / size
    angles = positions[:, None].float() / _BASE**steps
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)


class DenseNet(nn.Module):
    """Three dense blocks of bottlenecks, halved in size and in channels in between."""

    def __init__(self, growth: int, layers: int) -> None:
        super().__init__()
        channels = 2 * growth
        self.conv1 = nn.Conv2d(1, channels, 7, stride=2, padding=3, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        for number in (1, 2, 3):
            block = [_Bottleneck(channels + growth * layer, growth) for layer in range(layers)]
            self.add_module(f"dense{number}", nn.Sequential(*block))
            channels += growth * layers
            if number < 3:
                self.add_module(f"trans{number}", _Transition(channels, channels // 2))
                channels //= 2
        self.post_norm = nn.BatchNorm2d(channels)

    def forward(self, ink: Tensor) -> Tensor:
        """Features [1, channels, h, w]."""
        x = functional.relu(self.norm1(self.conv1(ink)))
        x = functional.max_pool2d(x, 2, ceil_mode=True)
        for name in ("dense1", "trans1", "dense2", "trans2", "dense3"):
            x = self.get_submodule(name)(x)
        normed: Tensor = self.post_norm(x)
        return normed


class _Bottleneck(nn.Module):
    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 4 * growth, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(growth)

    def forward(self, x: Tensor) -> Tensor:
        new = functional.relu(self.bn1(self.conv1(x)))
        return torch.cat([x, functional.relu(self.bn2(self.conv2(new)))], dim=1)


class _Transition(nn.Module):
    def __init__(self, channels: int, fewer: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, fewer, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(fewer)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.bn1(self.conv1(x)))
        return functional.avg_pool2d(x, 2, ceil_mode=True)


class Decoder(nn.Module):
    """Transformer decoder in which each layer sees where the one before it has looked."""

    def __init__(self, sizes: Sizes, symbols: int, structural: Collection[int]) -> None:
        super().__init__()
        width = sizes.d_model
        self.word_embed = nn.Sequential(nn.Embedding(symbols, width), nn.LayerNorm(width))
        self.pos_enc = nn.Module()
        self.pos_enc.register_buffer("pe", waves(torch.arange(_LONGEST), width))
        self.norm = nn.LayerNorm(width)
        self.model = nn.Module()
        self.model.layers = nn.ModuleList(_Layer(sizes) for _ in range(sizes.num_decoder_layers))
        coverage = sizes.cross_coverage + sizes.self_coverage
        self.model.register_module("arm", Refinement(sizes, coverage) if coverage else None)
        self.proj = nn.Linear(width, symbols)
        self._structural = tuple(structural)
        self._sees = sizes.cross_coverage, sizes.self_coverage

    def forward(self, features: Tensor, tokens: Tensor) -> Tensor:
        """Scores of what follows each token.

        Args:
            features: [1, h, w, d].
            tokens: int64 [B, n].

        Returns:
            [B, n, symbols], before the softmax.
        """
        model, pe = self._parts()
        x = self.norm(self.word_embed(tokens) + pe[: tokens.shape[1]])
        memory, shape = features.flatten(1, 2), (features.shape[1], features.shape[2])
        counted = ~torch.isin(tokens, tokens.new_tensor(self._structural))
        refine = None
        for layer in model.layers:
            x, looked = layer(x, memory, refine)
            if model.arm is not None:
                refine = partial(self._refine, looked, counted, shape)
        scores: Tensor = self.proj(x)
        return scores

    def _parts(self) -> tuple[Any, Any]:
        return self.model, self.pos_enc.pe

    def _refine(
        self, before: Tensor, counted: Tensor, shape: tuple[int, int], now: Tensor
    ) -> Tensor:
        """What is taken from scores, by the attention of the layer before and by their own."""
        pairs = zip(self._sees, (before, now))
        seen = torch.cat([weights for wished, weights in pairs if wished], dim=1)
        refined: Tensor = self._parts()[0].arm(seen * counted[:, None, :, None], shape)
        return refined


class Refinement(nn.Module):
    """Attention refinement: how much less to look where earlier symbols have been read."""

    def __init__(self, sizes: Sizes, coverage: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(coverage * sizes.nhead, sizes.dc, 5, padding=2)
        self.proj = nn.Conv2d(sizes.dc, sizes.nhead, 1, bias=False)
        self.post_norm = nn.ModuleDict({"bn": nn.BatchNorm2d(sizes.nhead)})

    def forward(self, weights: Tensor, shape: tuple[int, int]) -> Tensor:
        """What is taken from the scores of each token.

        Args:
            weights: Attention [B, coverage x H, n, h x w], 0 for tokens that do not count.
            shape: h and w.

        Returns:
            [B, H, n, h x w].
        """
        before = weights.cumsum(dim=2) - weights
        batch, _, count, _ = before.shape
        maps = before.transpose(1, 2).reshape(batch * count, -1, *shape)
        refined = self.post_norm["bn"](self.proj(functional.relu(self.conv(maps))))
        heads: Tensor = refined.reshape(batch, count, -1, before.shape[3]).transpose(1, 2)
        return heads


class _Layer(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        width, inner = sizes.d_model, sizes.dim_feedforward
        self.self_attn = nn.MultiheadAttention(width, sizes.nhead)
        self.multihead_attn = nn.MultiheadAttention(width, sizes.nhead)
        self.linear1, self.linear2 = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))

    def forward(self, x: Tensor, memory: Tensor, refine: Any) -> tuple[Tensor, Tensor]:
        future = x.new_ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        x = self.norm1(
            x + attend(self.self_attn, x, x, lambda s: s.masked_fill(future, -math.inf))[0]
        )

        def corrected(scores: Tensor) -> Tensor:
            return scores if refine is None else scores - refine(scores.softmax(dim=-1))

        mixed, looked = attend(self.multihead_attn, x, memory, corrected)
        x = self.norm2(x + mixed)
        return self.norm3(x + self.linear2(functional.relu(self.linear1(x)))), looked


def attend(
    weights: nn.MultiheadAttention, x: Tensor, memory: Tensor, change: Any
) -> tuple[Tensor, Tensor]:
    """Attention whose scores are changed before the softmax.

    Args:
        weights: Its projections; nothing else of it is used.
        x: [B, n, d].
        memory: [1 or B, m, d].
        change: Takes scores [B, H, n, m] and returns others.

    Returns:
        What was read, [B, n, d], and the attention, [B, H, n, m].
    """
    heads, width = weights.num_heads, weights.embed_dim // weights.num_heads
    parts = zip((x, memory, memory), weights.in_proj_weight.chunk(3), weights.in_proj_bias.chunk(3))
    query, key, value = (
        functional.linear(*part).reshape(len(part[0]), -1, heads, width).transpose(1, 2)
        for part in parts
    )
    looked = change(query * width**-0.5 @ key.transpose(-1, -2)).softmax(dim=-1)
    return weights.out_proj((looked @ value).transpose(1, 2).flatten(2)), looked
