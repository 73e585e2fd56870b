"""The curves are written down here a second time, the other way round, from ITU-R BT.2100-2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.images.tone_mapping import Transfer, to_sdr
from tests.media import scene
from tests.tones import as_hdr

TRANSFERS: list[Transfer] = ["pq", "hlg"]


def codes_of(colour: tuple[int, int, int], transfer: Transfer) -> NDArray[np.uint16]:
    return as_hdr(np.full((2, 2, 3), colour, np.uint8), transfer)


@pytest.mark.parametrize("transfer", TRANSFERS)
@pytest.mark.parametrize(
    "colour",
    [(0, 0, 0), (30, 30, 30), (128, 128, 128), (160, 160, 160), (150, 60, 40), (20, 90, 150)],
)
def test_what_an_ordinary_display_can_show_comes_back_as_it_was(
    colour: tuple[int, int, int], transfer: Transfer
) -> None:
    back = to_sdr(codes_of(colour, transfer), transfer)
    assert np.abs(back.astype(int) - colour).max() <= 3


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_a_white_page_is_nearly_white_and_what_shines_is_white(transfer: Transfer) -> None:
    page = to_sdr(codes_of((255, 255, 255), transfer), transfer)  # 203 cd/m²
    assert 215 <= page.min() <= page.max() <= 245
    lamp = to_sdr(as_hdr(np.full((2, 2, 3), 255, np.uint8), transfer, brighter=4.9), transfer)
    assert lamp.min() >= 252


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_untreated_codes_are_washed_out_and_treated_ones_are_not(transfer: Transfer) -> None:
    picture = (scene(3) * 0.6).astype(np.uint8)
    codes = as_hdr(picture, transfer)
    flat, treated = (codes >> 8).astype(np.uint8), to_sdr(codes, transfer)
    assert np.abs(treated.astype(int) - picture).mean() < 2
    assert flat.std() < 0.8 * picture.std() < treated.std()


@pytest.mark.parametrize("transfer", [*TRANSFERS, "sdr"])
def test_brighter_never_becomes_darker_and_grey_stays_grey(transfer: Transfer) -> None:
    ramp = np.arange(65_536, dtype=np.uint16).reshape(256, 256)[..., None].repeat(3, axis=2)
    shown = to_sdr(ramp, transfer).reshape(-1, 3).astype(int)
    assert (np.maximum.accumulate(shown[:, 1]) - shown[:, 1]).max() <= 1  # by rounding
    assert np.ptp(shown, axis=1).max() <= 1
    assert shown[0].max() == 0
    assert shown[-1].min() >= 254


@given(
    st.tuples(*[st.integers(0, 65_535)] * 3),
    st.sampled_from(["pq", "hlg", "sdr"]),
    st.sampled_from(["bt709", "bt2020", "p3"]),
    st.integers(1, 40),
    st.integers(1, 40),
)
def test_a_colour_becomes_the_same_wherever_it_is(
    colour: tuple[int, int, int], transfer: Transfer, primaries: str, height: int, width: int
) -> None:
    codes = np.full((height, width, 3), colour, np.uint16)
    shown = to_sdr(codes, transfer, primaries)  # type: ignore[arg-type]
    assert shown.shape == (height, width, 3)
    assert shown.dtype == np.uint8
    assert (shown == shown[0, 0]).all()


def test_pictures_of_more_pixels_than_are_calculated_at_once_are_whole() -> None:
    codes = as_hdr(scene(1, 400, 300), "pq")
    tall = np.concatenate([codes, codes[::-1]])
    assert (
        to_sdr(tall, "pq") == np.concatenate([to_sdr(codes, "pq"), to_sdr(codes, "pq")[::-1]])
    ).all()


def test_a_wide_gamut_is_brought_into_the_ordinary_one() -> None:
    grey, green = np.full((1, 1, 3), 30_000, np.uint16), np.array([[[0, 65_535, 0]]], np.uint16)
    assert np.ptp(to_sdr(grey, "sdr", "bt2020")) <= 1
    assert to_sdr(grey, "sdr", "bt2020")[0, 0, 0] == pytest.approx(30_000 / 257, abs=1)
    assert to_sdr(green, "sdr", "p3").tolist() == [[[0, 255, 0]]]
