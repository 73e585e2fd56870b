"""What a day holds is read once, and again when it has changed."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.integrity.verify import repair, verify
from memory.store.store import Store
from memory.types.core import Coverage, Span, merge_spans
from tests.memory.lives import add, recording

DAWN = 1_772_409_600.0  # 2026-03-02 00:00:00 UTC
HALF = 43_200.0


def compared(store: Store, until: float, span: Span | None) -> Coverage:
    """The coverage by looking at every clip."""
    wanted = span or Span(-1e15, 1e15)
    found = store.database.rows(
        'SELECT clip.start, clip."end", memory.id IS NOT NULL FROM clip '
        'LEFT JOIN memory ON memory.clip_id = clip.id WHERE clip."end" <= ? AND clip.start < ? '
        'AND clip."end" > ?',
        [until, wanted.end, wanted.start],
    )
    return Coverage(
        merge_spans((Span(row[0], row[1]) for row in found if row[2]), 1.0),
        merge_spans((Span(row[0], row[1]) for row in found if not row[2]), 1.0),
    )


def counted(store: Store, until: float, span: Span | None) -> int:
    return len(store.as_of(until).memories("clip", span))


# Half days around which things happen, off by a few clips.
moments = st.builds(
    lambda half, off: DAWN + HALF * half + 15 * off, st.integers(-1, 9), st.integers(-3, 3)
)
histories = st.lists(
    st.tuples(st.integers(0, 8), st.integers(-2, 2), st.sampled_from(["add", "delete", "move"])),
    min_size=1,
    max_size=6,
)


@given(steps=histories, until=moments, one=moments, two=moments)
def test_coverage_and_counts_equal_those_of_looking_at_every_clip(
    steps: list[tuple[int, int, str]], until: float, one: float, two: float
) -> None:
    with TemporaryDirectory() as folder:
        store, other = Store.open(Path(folder)), Store.open(Path(folder))
        for number, (half, off, what) in enumerate(steps):
            name = f"r{half}"
            known = {found.id for found in store.recordings.all()}
            made = recording(DAWN + HALF * half + 30 * off, 4, name)
            if what == "add" and made.id not in known:
                add(other, made, ["one", "", "two", "three"][: 2 + number % 3])
            elif what == "delete":
                other.delete_recording(made.id)
            elif what == "move" and made.id in known:
                other.recordings.shift(made.id, start=made.start + HALF)
            for asked in (until, float("inf")):
                for span in (None, Span(min(one, two), max(one, two))):
                    view = store.as_of(asked)
                    assert view.coverage(span) == compared(store, asked, span)
                    assert view.count_clips(span) == counted(store, asked, span)
        assert verify(store).sound
        other.close()
        store.close()


def test_a_clip_longer_than_any_should_be_is_not_told_of_before_it_ended(store: Store) -> None:
    long = recording(DAWN + 600, 1, "long")
    add(store, long, ["word"])
    with store.database.transaction() as db:
        for table in ("clip", "memory"):
            db.conn.execute(f'UPDATE {table} SET "end" = ?', [DAWN + 5 * HALF])
    assert store.as_of(1e12).coverage().indexed == (Span(DAWN + 600, DAWN + 5 * HALF),)
    assert store.as_of(DAWN + 4 * HALF).coverage().indexed == ()


@pytest.mark.parametrize("number", [0, 3])
def test_days_that_are_counted_wrongly_are_found_and_counted_again(
    store: Store, number: int
) -> None:
    add(store, recording(DAWN, 2), ["one", "two"])
    assert verify(store).sound
    with store.database.transaction() as db:
        db.conn.execute("UPDATE clip_day SET remembered = ?", [number])
    assert not verify(store).sound
    assert repair(store).sound
    assert store.as_of(float("inf")).count_clips() == 2
