"""Guesses and floods are slowed down."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from app.auth.throttle import Backoff, Buckets, Guesses, network
from tests.app.doors import Clock


def test_wrong_tries_wait_ever_longer_and_a_right_one_clears_them() -> None:
    clock = Clock(0.0)
    tries = Backoff(3, 60.0, clock)
    waits = list[float]()
    for _ in range(10):
        assert tries.charge("a") == 0.0
        waits.append(tries.charge("a") if len(waits) >= 2 else 0.0)
        clock.now += waits[-1]
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert tries.charge("b") == 0.0
    tries.forgive("a")
    assert [tries.charge("a") for _ in range(3)] == [0, 0, 0]
    assert tries.charge("a") > 0


def test_limits_remember_no_more_than_they_should() -> None:
    tries, buckets = Backoff(1, 60.0, Clock(0.0), most=50), Buckets(1, 1, Clock(0.0), most=50)
    for number in range(500):
        tries.charge(str(number))
        buckets.take(str(number))
    assert (len(tries), len(buckets)) == (50, 50)


def test_a_household_of_ipv6_is_one_address() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:2") != network("2001:db8:0:1::1")
    assert network("::ffff:10.0.0.1") == network("10.0.0.1")
    assert len(network("x" * 999)) == 64


def test_guesses_are_counted_by_address_and_by_name() -> None:
    guesses = Guesses(Clock(0.0))
    assert [guesses.charge("10.0.0.1", f"name{n}") > 0 for n in range(7)][-1]
    many = Guesses(Clock(0.0))
    assert [many.charge(f"10.0.{n}.1", "anna") > 0 for n in range(17)][-1]


@given(
    some.floats(0.1, 100),
    some.floats(1, 100),
    some.lists(some.floats(0, 3), min_size=1, max_size=60),
)
def test_a_bucket_never_gives_more_than_its_rate_and_burst(
    rate: float, burst: float, pauses: list[float]
) -> None:
    clock = Clock(0.0)
    bucket, given_out = Buckets(rate, burst, clock), 0
    for pause in pauses:
        clock.now += pause
        wait = bucket.take("a")
        given_out += wait == 0
        assert given_out <= burst + rate * clock.now + 1e-6
        if wait:
            clock.now += wait + 1e-9
            assert bucket.take("a") == 0
            given_out += 1
