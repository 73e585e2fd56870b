"""Formulas: PosFormer's network by its definition, its checkpoint, and what is read of a board."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from egogpt.protocols.errors import ModelDamaged, ModelMissing
from ingest.vision.detectors import formulas as reading
from ingest.vision.detectors.boxes import Box, Detection
from ingest.vision.detectors.formulas import FormulaReader, beams, ratings
from ingest.vision.detectors.posformer import Refinement, Sizes, places, waves
from ingest.vision.formulas import looks_mathematical, read_formula, read_formulas, strokes
from memory.types.core import Frame, Span
from tests.ingest.vision.formula_checkpoints import FORMULAS, SIZES, board, network, save, trained

MATHEMATICS = [
    "x=∑x", "a+b", "√a²+b²", "(69+177×136)+(M7÷1ho)>5612", "q=36π", "sin x = 1", "f(x)=2x+1",
    "COsα=1", "E=mc²",
]  # fmt: skip
OTHERS = [
    "Total = 12.50", "Preis=3 €", "总计=12", "+49 30 123456", "A+", "C++", "Mo-Fr 9-17", "ROOM 214",
    "Tür = zu", "youtube.com/watch?v=abc1", "Disney+ 7.99", "1|2|3", "<b>", "~5 km", "print(x)=y",
    "14:30", "COVID-19", "5 > 3",
]  # fmt: skip


@pytest.mark.parametrize("text", MATHEMATICS)
def test_what_looks_like_mathematics_is_read_as_a_formula(text: str) -> None:
    assert looks_mathematical(text)


@pytest.mark.parametrize("text", OTHERS)
def test_prices_signs_and_addresses_are_none(text: str) -> None:
    assert not looks_mathematical(text)


def test_the_2d_encoding_has_the_column_in_its_first_half_and_the_row_in_its_second() -> None:
    grid = places(3, 5, 8)
    assert torch.equal(grid[0, :, :4], grid[2, :, :4])
    assert torch.equal(grid[:, 0, 4:], grid[:, 4, 4:])
    expected = torch.tensor([np.sin(2.0), np.cos(2.0), np.sin(0.02), np.cos(0.02)])
    torch.testing.assert_close(waves(torch.tensor([2.0]), 4)[0].double(), expected)
    assert grid[1, 0, 4].item() == pytest.approx(np.sin(2 * np.pi * 2 / 3), abs=1e-4)


def test_refinement_sees_what_earlier_symbols_looked_at_and_never_the_later() -> None:
    torch.manual_seed(0)
    arm = Refinement(Sizes(**SIZES), 2).eval()
    looked = torch.rand(1, 8, 6, 12)
    refined = arm(looked, (3, 4))
    nothing = arm(torch.zeros_like(looked), (3, 4))
    torch.testing.assert_close(refined[:, :, 0], nothing[:, :, 0])  # before the first nothing was
    changed = looked.clone()
    changed[:, :, 3] += 1
    moved = (arm(changed, (3, 4)) - refined).abs().amax(dim=(0, 1, 3)) > 1e-6
    assert moved.tolist() == [False] * 4 + [True] * 2


def test_where_a_structural_symbol_looked_is_not_counted_as_seen() -> None:
    """The implicit attention correction: "^" stands nowhere in the picture."""
    net = network()
    features = torch.randn(1, 3, 4, 32)
    arm = net.decoder.model.arm
    seen: list[torch.Tensor] = []
    arm.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))  # type: ignore[union-attr]
    net.decoder(features, torch.tensor([[1, 107, 82, 110, 13]]))
    empty = (seen[0] == 0).all(dim=-1).all(dim=1)[0]
    assert empty.tolist() == [False, False, True, True, False]


def test_what_follows_depends_on_nothing_that_comes_later() -> None:
    net = network()
    features, tokens = torch.randn(1, 3, 4, 32), torch.tensor([[1, 107, 6, 13, 22]])
    whole = net.decoder(features, tokens)
    torch.testing.assert_close(net.decoder(features, tokens[:, :3]), whole[:, :3])
    assert (net.decoder(features, tokens.flip(1))[:, -1] - whole[:, -1]).abs().max() > 1e-3


def test_beams_find_the_likeliest_sequence_where_greedy_search_does_not() -> None:
    """Token 3 looks better at first, and what follows 4 makes up for it."""
    after = {1: {3: 0.6, 4: 0.4}, 3: {3: 0.5, 2: 0.5}, 4: {2: 1.0}}

    def score(tokens: torch.Tensor) -> torch.Tensor:
        rows = [[after[int(t)].get(n, 0.0) for n in range(5)] for t in tokens[:, -1]]
        return torch.tensor(rows).log()[:, None].expand(-1, tokens.shape[1], -1)

    best, rating = beams(score, 1, 2, 3, 9)[0]
    assert (best, rating) == ([4], pytest.approx(np.log(0.4) / 2))
    assert beams(score, 1, 2, 1, 9)[0][0] == [3]


def test_a_sequence_is_rated_by_all_its_symbols_and_its_end() -> None:
    table = torch.randn(5, 5).log_softmax(dim=-1)
    rated = ratings(lambda tokens: table[tokens], [[3, 4], [4]], 1, 2)
    assert rated[0] == pytest.approx((table[1, 3] + table[3, 4] + table[4, 2]).item() / 3)
    assert rated[1] == pytest.approx((table[1, 4] + table[4, 2]).item() / 2)


def test_a_checkpoint_of_the_published_layout_is_loaded_and_reads(tmp_path: Path) -> None:
    reader = FormulaReader.load(save(trained(), tmp_path / "best.ckpt"))
    for text, latex in FORMULAS.items():
        for dark in (False, True):
            found = read_formula(reader, board(text, dark))
            assert found is not None
            assert found.what == f"${latex}$"
            assert found.confidence > 0.8
    assert reader.version.startswith("model-")
    assert read_formula(reader, np.full((50, 50, 3), 128, np.uint8)) is None


def test_a_checkpoint_of_comer_is_loaded_without_the_correction(tmp_path: Path) -> None:
    path = save(network(), tmp_path / "comer.ckpt", "comer_model")
    assert FormulaReader.load(path).version.startswith("comer_model-")


def test_symbols_beside_the_checkpoint_are_taken(tmp_path: Path) -> None:
    path = save(trained(), tmp_path / "best.ckpt")
    (tmp_path / "dictionary.txt").write_text("\n".join(f"s{n}" for n in range(110)))
    found = read_formula(FormulaReader.load(path), board("a=7b"))
    assert found is not None
    assert found.what == "$s81 s19 s15 s82$"
    (tmp_path / "dictionary.txt").write_text("a\nb\n")
    with pytest.raises(ModelDamaged, match=r"writes 110 symbols, and 2 are known.*dictionary\.txt"):
        FormulaReader.load(path)


def test_what_is_no_such_checkpoint_is_refused_and_the_text_says_why(tmp_path: Path) -> None:
    path = tmp_path / "best.ckpt"
    with pytest.raises(ModelMissing, match=r"best\.ckpt is missing"):
        FormulaReader.load(path)
    path.write_bytes(b"no weights")
    with pytest.raises(ModelDamaged, match=r"best\.ckpt is damaged"):
        FormulaReader.load(path)
    torch.save({"weights": torch.ones(1)}, path)
    with pytest.raises(ModelDamaged, match="has no state_dict"):
        FormulaReader.load(path)
    torch.save({"state_dict": {"net.weight": torch.ones(1)}}, path)
    with pytest.raises(ModelDamaged, match=r"no checkpoint of PosFormer.*net\.weight"):
        FormulaReader.load(path)
    save(network(), path, hyper_parameters={**SIZES, "num_layers": 3})
    with pytest.raises(ModelDamaged, match=r"best\.ckpt lacks encoder\.model\.dense1\.2\.bn1"):
        FormulaReader.load(path)


def test_a_checkpoint_that_would_run_something_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return exec, ("raise SystemExit",)

    path = save(network(), tmp_path / "best.ckpt", evil=Evil())
    with pytest.raises(ModelDamaged, match="is refused"):
        FormulaReader.load(path)


def test_the_shipped_symbols_are_those_of_crohme_in_the_order_of_its_tokens(tmp_path: Path) -> None:
    symbols = reading._vocabulary(tmp_path / "best.ckpt", None)
    assert len(set(symbols)) == len(symbols) == 110
    assert [3 + symbols.index(symbol) for symbol in ("{", "^", "_")] == [110, 82, 83]


def test_strokes_are_white_on_black_three_or_four_wide_whatever_the_board() -> None:
    for dark in (False, True):
        ink = strokes(board("x+2=5", dark))
        assert ink is not None
        assert set(np.unique(ink)) == {0, 255}
        assert ink.mean() < 90
        assert ink.shape[0] <= 256
        assert ink.shape[1] <= 1024
        assert not ink[0].any()
        assert not ink[:, -1].any()
    assert strokes(np.full((40, 60, 3), 200, np.uint8)) is None


class _Lines:
    """Text recognition that finds one place with these lines in each picture."""

    def __init__(self, *lines: str) -> None:
        self._lines = lines

    def places(self, picture: object) -> list[Box]:
        return [(0.1, 0.2, 0.9, 0.8)]

    def read(self, picture: object, place: Box, sure: float = 0.85) -> list[Detection]:
        return [Detection(line, 0.6, place) for line in self._lines if sure <= 0.6]


class _Reader:
    version = "made"

    def __init__(self, latex: str, confidence: float = 0.9) -> None:
        self._found = latex, confidence

    def read(self, ink: object) -> tuple[str, float]:
        return self._found


def test_a_formula_in_view_is_text_for_as_long_as_it_stands_there() -> None:
    frames = [Frame(float(at), board("x+2=5")) for at in range(4)]
    spans = [Span(at, at + 1.0) for at in range(4)]
    seen = read_formulas(_Lines("hello", "x+2=5"), _Reader("x + 2 = 5"), frames, spans)
    assert [(one.kind, one.what, one.span) for one in seen] == [
        ("text", "$x + 2 = 5$", Span(0.0, 4.0))
    ]
    for lines, reader in (
        (_Lines("Total = 5"), _Reader("x + 2 = 5")),
        (_Lines("x+2=5"), _Reader("x + 2 = 5", 0.3)),
        (_Lines("x+2=5"), _Reader("x +")),
    ):
        assert not read_formulas(lines, reader, frames, spans)
