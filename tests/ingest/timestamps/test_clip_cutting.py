from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnknownTimezone
from ingest.timestamps.placement import SLIVER, cut
from memory.types.core import Span

NOON = datetime(2024, 1, 31, 12, 0, 0, tzinfo=UTC).timestamp()
starts = st.floats(0, 2e9)
lengths = st.floats(0.01, 2000)
zones = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "UTC-09:30", "Asia/Shanghai"])


@given(starts, lengths, zones)
def test_clips_tile_the_recording_without_gap_or_overlap(
    start: float, length: float, zone: str
) -> None:
    span = Span(start, start + length)
    clips = cut("r", span, zone)
    assert clips[0].span.start == span.start
    assert clips[-1].span.end == span.end
    assert all(a.span.end == b.span.start for a, b in pairwise(clips))


@given(starts, lengths, zones)
def test_inner_boundaries_lie_at_the_half_minutes(start: float, length: float, zone: str) -> None:
    clips = cut("r", Span(start, start + length), zone)
    assert all(clip.span.end % 30 == 0 for clip in clips[:-1])


@given(starts, lengths)
def test_no_clip_of_a_longer_recording_is_a_sliver(start: float, length: float) -> None:
    clips = cut("r", Span(start, start + length), "UTC")
    if len(clips) > 1:
        assert all(SLIVER <= clip.span.duration < 30 + 2 * SLIVER for clip in clips)


def test_first_and_last_pieces_are_kept() -> None:
    clips = cut("walk-1", Span(NOON + 20, NOON + 75), "Europe/Berlin")
    assert [clip.span for clip in clips] == [
        Span(NOON + 20, NOON + 30),
        Span(NOON + 30, NOON + 60),
        Span(NOON + 60, NOON + 75),
    ]
    assert [clip.id for clip in clips] == ["walk-1-0000", "walk-1-0001", "walk-1-0002"]
    assert {clip.recording_id for clip in clips} == {"walk-1"}


def test_slivers_join_their_neighbours() -> None:
    clips = cut("r", Span(NOON + 29, NOON + 61), "UTC")
    assert [clip.span for clip in clips] == [Span(NOON + 29, NOON + 61)]
    clips = cut("r", Span(NOON, NOON + 61.5), "UTC")
    assert [clip.span.duration for clip in clips] == [30, 31.5]


def test_a_very_short_recording_is_one_clip_and_an_empty_one_none() -> None:
    assert len(cut("r", Span(NOON, NOON + 0.2), "UTC")) == 1
    assert cut("r", Span(NOON, NOON), "UTC") == []


def test_longer_clips_follow_the_local_clock() -> None:
    clips = cut("r", Span(NOON, NOON + 7200), "Asia/Kathmandu", length=3600)  # UTC+05:45
    assert [clip.span.duration for clip in clips] == [900, 3600, 2700]


@given(starts, lengths, zones)
def test_every_second_lies_in_one_clip(start: float, length: float, zone: str) -> None:
    clips = cut("r", Span(start, start + length), zone)
    for at in (start, start + length / 3, start + length / 2):
        assert sum(clip.span.contains(at) for clip in clips) == 1


def test_clips_over_a_change_of_clocks_and_over_midnight_stay_half_minutes() -> None:
    for zone, moment in (
        ("Europe/Berlin", datetime(2024, 3, 31, 0, 59, 45, tzinfo=UTC)),  # an hour is skipped
        ("Europe/Berlin", datetime(2024, 10, 27, 0, 59, 45, tzinfo=UTC)),  # an hour comes twice
        ("Asia/Kathmandu", datetime(2024, 2, 28, 18, 14, 45, tzinfo=UTC)),  # into a leap day
    ):
        begun = moment.timestamp()
        clips = cut("r", Span(begun, begun + 60), zone)
        assert [clip.span.duration for clip in clips] == [15, 30, 15]


def test_a_zone_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownTimezone, match="Mars/Phobos"):
        cut("r", Span(NOON, NOON + 60), "Mars/Phobos")
