"""Which timestamps are believed, and stretches of damage."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from ingest.container.damage import merged, note, within
from ingest.container.timestamp_repair import LEAP, Timeline, steady

times = st.lists(st.floats(0, 1e6), max_size=80)
stretches = st.lists(st.tuples(st.floats(-10, 100), st.floats(-10, 100)), max_size=20)


@given(times)
def test_steady_times_rise_and_are_among_those_given(stamps: list[float]) -> None:
    kept = [at for at, _ in steady((at, None) for at in stamps)]
    assert all(a < b for a, b in pairwise(kept))
    assert set(kept) <= set(stamps)


@given(st.lists(st.floats(0.01, LEAP - 0.01), max_size=80))
def test_times_that_go_on_are_all_kept(gaps: list[float]) -> None:
    stamps = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    assert [at for at, _ in steady((at, None) for at in stamps)] == stamps


@given(st.integers(0, 59), st.floats(20, 1e9))
@example(place=1, leap=20.0)
@example(place=5, leap=20.0)
def test_one_stray_costs_itself(place: int, leap: float) -> None:
    stamps = [float(n) for n in range(60)]
    stamps[place] += leap
    kept = [at for at, _ in steady((at, None) for at in stamps)]
    assert set(range(60)) - {place} <= set(kept)


def test_a_pause_is_believed_and_a_lone_leap_of_hours_is_not() -> None:
    pause = [n / 10 for n in range(100)] + [4_000 + n / 10 for n in range(100)]
    timeline = Timeline()
    for at in pause:
        timeline.add(at, 0.1, keyframe=False)
    assert timeline.believed().end == 4_010
    timeline.add(30_000.0, 0.1, keyframe=False)
    extent = timeline.believed()
    assert (extent.end, extent.packets, extent.strays) == (4_010, 200, 1)


@given(times)
def test_a_recording_is_no_longer_than_its_packets_make_credible(stamps: list[float]) -> None:
    timeline = Timeline()
    for at in stamps:
        timeline.add(at, 0.1, keyframe=True)
    extent = timeline.believed()
    assert extent.start <= extent.end
    assert extent.packets + extent.strays == len(stamps)
    assert extent.end - extent.start <= 60.2 * max(1, 2 * len(stamps))
    assert list(extent.keyframes) == sorted(extent.keyframes)


@given(stretches)
def test_merged_stretches_cover_what_was_given_and_stay_apart(
    given: list[tuple[float, float]],
) -> None:
    found = merged(given)
    assert all(a[1] + 0.5 < b[0] for a, b in pairwise(found))
    assert all(
        any(a <= start and end <= b for a, b in found) for start, end in given if start < end
    )
    told: list[tuple[float, float]] = []
    for one in given:
        note(told, [one] if one[0] < one[1] else [])
    assert told == found
    assert all(0 <= a < b <= 50 for a, b in within(found, 0, 50))
