"""Maps keep what they show at every size, and rows, newlines and places stay where they belong."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from egogpt.quota.budget import Newline, Shape, TokenBudget
from egogpt.quota.frame_sources import FeatureMaps, Layout, map_scores
from egogpt.quota.positions import TokenRun, cells_under, mrope_positions, prompt_source
from egogpt.quota.quota import NoGain, Quota, assign, budget_of
from egogpt.quota.resize import build_visual_sequence, resize_maps

NATIVE = (9, 7)
shapes = st.lists(
    st.tuples(st.integers(1, NATIVE[0]), st.integers(1, NATIVE[1])), min_size=1, max_size=6
)


def random_maps(frames: int, native: Shape = NATIVE, channels: int = 4) -> torch.Tensor:
    noise = torch.Generator().manual_seed(frames)
    return torch.randn(frames, *native, channels, generator=noise)


def test_a_frame_at_its_native_grid_is_the_same_bit_by_bit() -> None:
    maps = random_maps(3)
    for before, after in zip(maps, resize_maps(maps, [NATIVE] * 3)):
        assert torch.equal(before, after)


@given(shapes, st.floats(-5, 5))
def test_a_constant_map_stays_constant(found: list[Shape], value: float) -> None:
    maps = torch.full((len(found), *NATIVE, 3), value)
    for frame, shape in zip(resize_maps(maps, found), found):
        assert frame.shape == (*shape, 3)
        torch.testing.assert_close(frame, torch.full_like(frame, value))


@given(shapes)
def test_a_frame_is_resized_as_it_would_be_alone(found: list[Shape]) -> None:
    maps = random_maps(len(found))
    together = resize_maps(maps, found)
    for index, shape in enumerate(found):
        (alone,) = resize_maps(maps[index : index + 1], [shape])
        torch.testing.assert_close(together[index], alone)


def test_a_small_thing_survives_a_strong_reduction_and_not_plain_sampling() -> None:
    maps = torch.zeros(1, 12, 12, 1)
    maps[0, 1, 1] = 1.0  # between the places where plain bilinear sampling looks
    (kept,) = resize_maps(maps, [(2, 2)])
    planes = maps.permute(0, 3, 1, 2)
    lost = torch.nn.functional.interpolate(planes, (2, 2), mode="bilinear")
    assert kept[0, 0, 0] > 0.01
    assert lost.abs().max() == 0


def test_up_to_a_halving_the_map_is_sampled_as_llava_does_it() -> None:
    maps = random_maps(2, (27, 27))
    stock = torch.nn.functional.interpolate(maps.permute(0, 3, 1, 2), (14, 14), mode="bilinear")
    for frame, expected in zip(resize_maps(maps, [(14, 14)] * 2), stock.permute(0, 2, 3, 1)):
        assert torch.equal(frame, expected)


@pytest.mark.parametrize("shape", [(1, 1), (3, 9), (13, 12), (20, 13)])
def test_antialiasing_is_that_of_torch(shape: Shape) -> None:
    maps = random_maps(3, (27, 27))
    planes = maps.permute(0, 3, 1, 2)
    own = torch.nn.functional.interpolate(planes, shape, mode="bilinear", antialias=True)
    for frame, expected in zip(resize_maps(maps, [shape] * 3), own.permute(0, 2, 3, 1)):
        torch.testing.assert_close(frame, expected)


def test_half_precision_is_resized_and_kept() -> None:
    maps = random_maps(2, (27, 27)).bfloat16()
    for frame, expected in zip(resize_maps(maps, [(4, 4)] * 2), resize_maps(maps, [(14, 14)] * 2)):
        assert frame.dtype == expected.dtype == torch.bfloat16
        assert frame.isfinite().all()


def test_a_frame_is_never_made_larger_than_it_is() -> None:
    with pytest.raises(ValueError, match="cannot be shown at"):
        resize_maps(random_maps(1), [(10, 7)])
    with pytest.raises(ValueError, match="3 frames but 1 grids"):
        resize_maps(random_maps(3), [(1, 1)])


@given(st.lists(st.sampled_from([(0, 0), (1, 1), (2, 3), (4, 7), NATIVE]), min_size=1, max_size=5))
def test_a_sequence_has_the_tokens_that_the_budget_counted(found: list[Shape]) -> None:
    frames = resize_maps(random_maps(len(found)), found)
    newline = torch.full((4,), 99.0)
    for mode in get_args(Newline):
        tokens, spans = build_visual_sequence(frames, newline, mode)
        assert len(tokens) == TokenBudget(1, NATIVE, mode).spent(tuple(found))
        assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])]
        for (start, end), frame in zip(spans, frames):
            own = tokens[start:end]
            assert torch.equal(own[(own != 99.0).all(-1)], frame.reshape(-1, 4))


def test_newlines_stand_after_rows_after_frames_or_after_all() -> None:
    frames = [torch.zeros(2, 2, 1), torch.zeros(1, 2, 1)]
    newline = torch.ones(1)
    drawn = {
        mode: "".join(str(int(v)) for v in build_visual_sequence(frames, newline, mode)[0])
        for mode in get_args(Newline)
    }
    assert drawn == {"grid": "001001001", "frame": "00001001", "one": "0000001", "none": "000000"}
    with pytest.raises(ValueError, match="newline vector"):
        build_visual_sequence(frames, None, "grid")
    with pytest.raises(ValueError, match="at least one frame"):
        build_visual_sequence([], None, "none")


def egogpt(frames: int = 3, stock: int = 3) -> FeatureMaps:
    """EgoGPT's frames: 27 x 27 cells, averaged two by two of its own, a newline after each row."""
    maps = random_maps(frames, (27, 27), 8)
    layout = Layout(frames, stock, (13, 13), (27, 27), "grid")
    own = {(13, 13): lambda planes: torch.nn.functional.avg_pool2d(planes, 2)}
    return FeatureMaps(maps, layout, torch.randn(8), own)


def test_at_its_own_grid_a_model_pools_as_it_does_itself() -> None:
    source = egogpt()
    planes = source.maps.permute(0, 3, 1, 2)
    pooled = torch.nn.functional.avg_pool2d(planes, 2).permute(0, 2, 3, 1)
    assert source.newline is not None
    ends = source.newline.expand(3, 13, 1, 8)
    tokens = source.visual([(13, 13)] * 3).tokens
    assert torch.equal(tokens, torch.cat([pooled, ends], dim=2).reshape(-1, 8))
    assert source.layout.stock_tokens == 546
    assert budget_of(Quota(share=0.25), source.layout) == TokenBudget(136, (27, 27), "grid")


def test_more_frames_share_the_tokens_of_fewer_and_no_gain_is_said() -> None:
    source = egogpt(6, 3)
    shown = assign(source, Quota(), [0.1, 0.9, 0.1, 0.1, 0.1, 0.1])
    assert len(source.visual(shown.shapes).tokens) == shown.spent <= 546
    assert shown.shapes[1][0] > shown.shapes[0][0]
    for other, quota, why in (
        (egogpt(), Quota(allocator="uniform"), "no frame tells more"),
        (egogpt(1, 1), Quota(), "no two frames"),
        (egogpt(6, 3), Quota(at_most=5), "5 tokens cannot show 6 frames"),
        (egogpt(6, 30), Quota(), "as large as it can be"),
    ):
        with pytest.raises(NoGain, match=why):
            assign(other, quota, [1.0] * len(other.maps))


def test_two_frames_to_a_map_count_by_the_better_one() -> None:
    assert map_scores([0.1, 0.9, 0.2, 0.3, 0.5], 3, 2).tolist() == [0.9, 0.3, 0.5]
    assert map_scores([0.1, 0.9], 2, 2).tolist() == [0.1, 0.9]
    with pytest.raises(ValueError, match="3 scores, but the model made 4 maps"):
        map_scores([1, 2, 3], 4, 2)


@given(st.integers(1, 20), st.integers(1, 20), st.data())
def test_a_cell_stands_under_its_middle(rows: int, columns: int, data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, rows), st.integers(1, columns)))
    cells = cells_under((rows, columns), shape).reshape(shape)
    assert cells.unique().numel() == cells.numel()
    assert (cells.diff(dim=0) > 0).all()
    assert (cells.diff(dim=1) > 0).all()
    y, x = cells[0, 0] // columns, cells[0, 0] % columns
    assert (int(y), int(x)) == (rows // (2 * shape[0]), columns // (2 * shape[1]))
    assert cells_under((rows, columns), (rows, columns)).tolist() == list(range(rows * columns))


def test_words_keep_their_order_and_sound_between_frames_stays() -> None:
    visual = torch.tensor([0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0]).bool()
    cells = [torch.tensor([1]), torch.zeros(0, dtype=torch.long), torch.arange(2)]
    blocks = [TokenRun(2, one) for one in cells]
    source = prompt_source(visual, blocks)
    assert source.tolist() == [0, 2, 3, 4, 7, 8, 9, 10]
    with pytest.raises(ValueError, match="6 visual tokens, but the frames stand for 4"):
        prompt_source(visual, blocks[:2])


def test_positions_are_the_stock_ones_of_where_a_token_stems_from() -> None:
    stock = torch.arange(30).reshape(3, 1, 10)
    found = mrope_positions(stock, torch.tensor([0, 4, 9]))
    assert found[:, 0].tolist() == [[0, 1, 2], [0, 4, 9], [10, 14, 19], [20, 24, 29]]
