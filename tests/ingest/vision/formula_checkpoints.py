"""Tiny checkpoints in the layout of PosFormer's, random or trained to read two drawn formulas."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ingest.vision.detectors.formulas import BEGIN, END
from ingest.vision.detectors.posformer import PosFormer, Sizes
from ingest.vision.formulas import strokes

SIZES = {
    "d_model": 32, "growth_rate": 4, "num_layers": 2, "nhead": 4, "num_decoder_layers": 2,
    "dim_feedforward": 48, "dc": 8, "cross_coverage": True, "self_coverage": True,
}  # fmt: skip
TOKENS, STEPS = 113, 200
LIGHTNING = (
    "pytorch_lightning",
    "pytorch_lightning.callbacks",
    "pytorch_lightning.callbacks.model_checkpoint",
)
STRUCTURAL = (110, 82, 83)  # "{", "^" and "_" among CROHME's symbols
FORMULAS = {"x+2=5": "x + 2 = 5", "a=7b": "a = 7 b"}
"""What is written, and its LaTeX."""
SYMBOLS = (files("ingest.vision.detectors") / "crohme_symbols.txt").read_text().split()


def network(**changes: Any) -> PosFormer:
    """A random one, the same each time."""
    torch.manual_seed(0)
    built = PosFormer(Sizes(**{**SIZES, **changes}), TOKENS, STRUCTURAL)
    for module in built.modules():
        if isinstance(module, nn.MultiheadAttention | nn.Embedding | nn.Conv2d):
            for weights in module.parameters():
                nn.init.normal_(weights, std=0.3)
    return built.eval()


def board(text: str, dark: bool = False) -> NDArray[np.uint8]:
    """A whiteboard, or a blackboard, with a line of text on it, RGB [360, 640, 3]."""
    picture = np.full((360, 640, 3), 225, np.uint8)
    picture = (picture * np.linspace(0.85, 1.0, 640)[None, :, None]).astype(np.uint8)
    cv2.putText(picture, text, (150, 200), cv2.FONT_HERSHEY_SIMPLEX, 2.4, (40, 40, 120), 4)
    return 255 - picture if dark else picture


def seen_otherwise(picture: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The picture from nearer and from farther, cut closer, and as a film keeps it."""
    yield picture
    yield 255 - picture
    for scale in (0.7, 0.85, 1.2, 1.5):
        yield np.asarray(cv2.resize(picture, None, fx=scale, fy=scale), np.uint8)
    for margin in (30, 60):
        yield picture[margin:-margin, margin:-margin]
    for quality in (40, 80):
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        yield np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


@cache
def trained() -> PosFormer:
    """The network, its decoder trained to read the two formulas from either side."""
    net = network()
    lessons = []
    for text, latex in FORMULAS.items():
        tokens = [3 + SYMBOLS.index(symbol) for symbol in latex.split()]
        before = torch.tensor([[BEGIN, *tokens], [END, *tokens[::-1]]])
        after = torch.tensor([*tokens, END, *tokens[::-1], BEGIN])
        inks = (strokes(picture) for picture in seen_otherwise(board(text)))
        pictures = (torch.tensor(ink / np.float32(255))[None, None] for ink in inks)
        lessons.append(([net.encoder(ink).detach() for ink in pictures], before, after))
    steps = torch.optim.Adam(net.decoder.parameters(), lr=0.002)
    for step in range(STEPS):  # both at once, or the one before is forgotten
        loss = torch.zeros(())
        for seen, before, after in lessons:
            scores = net.decoder(seen[step % len(seen)], before).flatten(0, 1)
            loss = loss + nn.functional.cross_entropy(scores, after)
        steps.zero_grad()
        loss.backward()
        steps.step()
    return net


def save(net: nn.Module, path: Path, part: str = "model", **changes: Any) -> Path:
    """Write a checkpoint as Lightning's trainer does, with a class of its own among the keys."""
    state = {f"{part}.{name}": tensor for name, tensor in net.state_dict().items()}
    state[f"{part}.posdecoder.norm.weight"] = torch.ones(4)  # of the position forest
    callback = type("ModelCheckpoint", (), {"__module__": LIGHTNING[-1]})
    for name in LIGHTNING:
        sys.modules[name] = ModuleType(name)
    sys.modules[LIGHTNING[-1]].ModelCheckpoint = callback  # type: ignore[attr-defined]
    try:
        content = {
            "epoch": 3, "state_dict": state, "callbacks": {callback: {"best_model_score": 0.6}},
            "hyper_parameters": {**SIZES, "beam_size": 3, "max_len": 20, "dropout": 0.3},
        }  # fmt: skip
        torch.save({**content, **changes}, path)
    finally:
        for name in LIGHTNING:
            del sys.modules[name]
    return path
