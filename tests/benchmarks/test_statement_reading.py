"""What network, readers and what finds statements count is fitted on lives, and asked of others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.training.statement_reading import Row, order_of, weighed

ASKED = 240  # questions, of four statements each


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The second reader tells which answers, with some noise; the network, and what it says of the
    whole, whether one does; all else is noise."""
    chance = np.random.default_rng(4)
    made = []
    for number in range(ASKED):
        answerable = number % 3 > 0
        gold = number % 4
        read = chance.normal(size=(2, 4)).astype(np.float32)
        read[1, gold] += 4.0 * answerable
        log_shares = np.log(chance.dirichlet(np.ones(4))).astype(np.float32)
        network = float(chance.normal() + 3.0 * answerable)
        signals = chance.normal(size=(4, 3)).astype(np.float32)
        life, group = f"life {number % 10}", f"set {number % 2}"
        right = (gold,) if answerable else ()
        made.append(
            Row(life, group, network, log_shares, (read[0], read[1]), signals, answerable, right)
        )
    return made


def test_what_tells_which_statement_answers_counts_most(rows: list[Row]) -> None:
    order = order_of(rows)
    assert int(np.abs(order).argmax()) == 2  # behind the network and the first reader
    assert order[2] > 5 * np.abs(np.delete(order, 2)).max()


def test_of_long_statements_is_fitted_what_the_others_lack(rows: list[Row]) -> None:
    """The last signal tells which answers, the more the longer they are."""
    long = [
        replace(row, length=0.75, signals=np.pad(row.signals, ((0, 0), (0, 1)))) for row in rows
    ]
    for row in long:
        row.signals[list(row.gold), -1] = 4.0
    short = np.zeros(7)
    assert int(order_of(long, short).argmax()) == 6
    known = np.eye(7)[6] * 40.0  # told by what counts of short ones already
    assert order_of(long, known)[6] < order_of(long, short)[6] / 2


def test_fits_are_asked_of_other_lives(rows: list[Row]) -> None:
    """In the lives of one fold a signal alone tells, and the reader errs, as in no other."""
    contrary = [
        replace(
            row,
            group="contrary",
            read=(row.read[0], -row.read[1]),
            signals=row.signals + 40 * np.isin(np.arange(4), row.gold)[:, None] * [1, 0, 0],
        )
        if row.life in ("life 0", "life 5")
        else row
        for row in rows
    ]
    weights, held_out = weighed(contrary, contrary)
    assert len(weights.order) == len(weights.long) == 6
    assert held_out.pop("contrary")["first"][1] < 0.1
    for figures in held_out.values():
        alone, together = figures["first"]
        assert alone < 0.5 < 0.9 < together
        assert figures["auc"][1] > 0.9
