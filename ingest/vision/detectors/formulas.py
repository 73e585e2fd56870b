"""Read handwritten formulas as LaTeX, with a checkpoint of PosFormer or CoMER that the owner has.

    reader = FormulaReader.load(Path("best.ckpt"))     # as Lightning saved it
    latex, confidence = reader.read(ink)               # strokes of 255 on 0

Symbols are searched from the left and from the right; what either finds is rated by the other.

Source: Guan et al., PosFormer, arXiv 2407.07764; the search is that of Zhao et al., Handwritten
Mathematical Expression Recognition with Bidirectionally Trained Transformer, arXiv 2105.02412.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from egogpt.protocols.errors import ModelDamaged, ModelMissing, listed
from ingest.vision.detectors.posformer import PosFormer, Sizes
from memory.types.paths import sha256_of

PAD, BEGIN, END = 0, 1, 2
VOCABULARY = "dictionary.txt"
"""Beside a checkpoint that was trained on other symbols than CROHME's: one a line."""
_STRUCTURAL = ("{", "^", "_")
_PARTS = {"model": _STRUCTURAL, "comer_model": ()}
"""What the training script calls the network, and what of it is not counted as seen."""
_SCRIPTS = ("pytorch_lightning.", "lightning.")
_BEAM, _LONGEST = 10, 200

Score = Callable[[Tensor], Tensor]
"""Log probabilities [B, n, symbols] of what follows each of the tokens [B, n]."""


class FormulaReader:
    """A network with its symbols; reads one picture at a time."""

    def __init__(
        self, network: PosFormer, symbols: Sequence[str], *,
        beam: int = _BEAM, longest: int = _LONGEST, version: str = "",
    ) -> None:  # fmt: skip
        """Take a network whose tokens are padding, begin, end, and then the symbols.

        Args:
            network: In eval mode.
            symbols: Of LaTeX, in the order of the tokens.
            beam: Beginnings that are followed at once, in each direction.
            longest: Symbols of a formula at most.
            version: Names the weights.
        """
        self.version = version
        self._network, self._symbols = network, tuple(symbols)
        self._beam, self._longest = beam, longest

    @classmethod
    def load(cls, path: Path) -> FormulaReader:
        """Load a checkpoint of PosFormer or CoMER as PyTorch Lightning saved it.

        Raises:
            ModelMissing: There is no such file.
            ModelDamaged: It is damaged, or not such a checkpoint; the text says what it lacks.
        """
        content = _content(path)
        tensors, part = _tensors(content, path)
        symbols = _vocabulary(path, tensors.get("decoder.proj.bias"))
        chosen = content.get("hyper_parameters") or {}
        sizes = Sizes(**{f.name: chosen[f.name] for f in fields(Sizes) if f.name in chosen})
        structural = [3 + symbols.index(one) for one in _PARTS[part] if one in symbols]
        network = PosFormer(sizes, 3 + len(symbols), structural)
        _fit(network, tensors, path)
        search = {
            "beam": chosen.get("beam_size", _BEAM),
            "longest": chosen.get("max_len", _LONGEST),
        }
        return cls(network.eval(), symbols, **search, version=f"{part}-{sha256_of(path)[:12]}")

    @torch.inference_mode()
    def read(self, ink: NDArray[np.uint8]) -> tuple[str, float]:
        """The likeliest formula.

        Args:
            ink: Strokes of 255 on 0, uint8 [height, width], of a size as in training: up to
                256 x 1024, strokes about three wide.

        Returns:
            LaTeX, a space between symbols, and the geometric mean of their probabilities.
        """
        picture = torch.from_numpy(ink.astype(np.float32) / 255)[None, None]
        features = self._network.encoder(picture)

        def score(tokens: Tensor) -> Tensor:
            return torch.as_tensor(self._network.decoder(features, tokens)).log_softmax(dim=-1)

        found: list[tuple[list[int], float]] = []
        for begin, end in ((BEGIN, END), (END, BEGIN)):
            forms = beams(score, begin, end, self._beam, self._longest)
            other = ratings(score, [form[::-1] for form, _ in forms], end, begin)
            order = 1 if begin == BEGIN else -1
            found += [(f[::order], (one + two) / 2) for (f, one), two in zip(forms, other)]
        best, rating = max(found, key=lambda form: form[1])
        return " ".join(self._symbols[token - 3] for token in best), float(np.exp(rating))


def beams(
    score: Score, begin: int, end: int, size: int, longest: int
) -> list[tuple[list[int], float]]:
    """The likeliest sequences from a begin to an end, without these.

    Args:
        score: Rates what follows.
        begin: The first token.
        end: The last one.
        size: Sequences that are followed at once, and returned at most.
        longest: Tokens at which they are cut off.

    Returns:
        Tokens with their mean log probability, the end's included; the best first.
    """
    unfinished, done = [([begin], 0.0)], list[tuple[list[int], float]]()
    while unfinished and len(unfinished[0][0]) < longest:
        after = score(torch.tensor([tokens for tokens, _ in unfinished]))[:, -1]
        after[:, [PAD, begin]] = -torch.inf
        sums = (after + torch.tensor([total for _, total in unfinished])[:, None]).flatten()
        best = sums.topk(min(2 * size, len(sums)))
        following = list[tuple[list[int], float]]()
        for total, at in zip(best.values.tolist(), best.indices.tolist()):
            tokens, token = unfinished[at // after.shape[1]][0], at % after.shape[1]
            if token == end:
                done.append((tokens[1:], total / len(tokens)))
            elif total > -np.inf and len(following) < size:
                following.append(([*tokens, token], total))
        unfinished = following
        done = sorted(done, key=lambda form: -form[1])[:size]
        hopes = [total / len(tokens) for tokens, total in unfinished[:1]]
        if len(done) == size and hopes < [done[-1][1]]:
            break
    return done or [(tokens[1:], total / len(tokens)) for tokens, total in unfinished]


def ratings(score: Score, forms: Sequence[Sequence[int]], begin: int, end: int) -> list[float]:
    """Mean log probabilities of whole sequences, their ends included."""
    width = 1 + max(map(len, forms))
    before, after = torch.full((2, len(forms), width), PAD)
    for row, form in enumerate(forms):
        before[row, : len(form) + 1] = torch.tensor([begin, *form])
        after[row, : len(form) + 1] = torch.tensor([*form, end])
    each = score(before).gather(2, after[..., None])[..., 0].masked_fill(after == PAD, 0)
    means: list[float] = (each.sum(dim=1) / (after != PAD).sum(dim=1)).tolist()
    return means


def _content(path: Path) -> Mapping[str, Any]:
    """What Lightning saved, read as data: names of its own classes become empty ones."""
    if not path.is_file():
        raise ModelMissing(f"{path} is missing. Give the checkpoint (.ckpt) of PosFormer.")
    try:
        named = torch.serialization.get_unsafe_globals_in_checkpoint(str(path))
        inert: list[Any] = [
            (type("Inert", (dict,), {}), name) for name in named if name.startswith(_SCRIPTS)
        ]
        with torch.serialization.safe_globals(inert):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise ModelDamaged(
            f"{path} is damaged, or holds more than weights and settings and is refused "
            f"({str(error).splitlines()[0]}). Fetch it anew."
        ) from error
    if not isinstance(content, dict) or not isinstance(content.get("state_dict"), dict):
        raise ModelDamaged(f"{path} has no state_dict: it is no checkpoint of PyTorch Lightning.")
    return content


def _tensors(content: Mapping[str, Any], path: Path) -> tuple[dict[str, Tensor], str]:
    """Encoder's and decoder's tensors by their names, and what the script calls the network."""
    state = content["state_dict"]
    for part in _PARTS:
        prefixes = (f"{part}.encoder.", f"{part}.decoder.")
        mine = {key[len(part) + 1 :]: x for key, x in state.items() if key.startswith(prefixes)}
        if mine:
            return mine, part
    raise ModelDamaged(
        f"{path} has neither model.encoder nor comer_model.encoder in its state_dict: it is no "
        f"checkpoint of PosFormer or CoMER. It begins with {listed(sorted(state))}."
    )


def _vocabulary(path: Path, bias: Tensor | None) -> list[str]:
    """The symbols of a checkpoint: those in the file beside it, or CROHME's."""
    own = path.with_name(VOCABULARY)
    shipped = files("ingest.vision.detectors") / "crohme_symbols.txt"
    symbols = (own if own.is_file() else shipped).read_text(encoding="utf-8").split()
    if bias is not None and len(bias) != 3 + len(symbols):
        raise ModelDamaged(
            f"{path} writes {len(bias) - 3} symbols, and {len(symbols)} are known. Put the "
            f"{VOCABULARY} that it was trained with beside it, as {own}."
        )
    return symbols


def _fit(network: PosFormer, tensors: Mapping[str, Tensor], path: Path) -> None:
    expected = network.state_dict()
    problems = [
        f"{verb} {listed(sorted(names))}"
        for verb, names in (
            ("lacks", expected.keys() - tensors.keys()),
            ("holds unknown", tensors.keys() - expected.keys()),
            ("has in another shape", {
                name for name in expected.keys() & tensors.keys()
                if expected[name].shape != tensors[name].shape
            }),
        )
        if names
    ]  # fmt: skip
    if problems:
        raise ModelDamaged(
            f"{path} {'; and '.join(problems)}. Fetch it anew; its hyper_parameters say its sizes."
        )
    network.load_state_dict(dict(tensors))
